import { createHash, randomUUID } from "node:crypto";
import { Effect } from "effect";
import { type AggregateRef, type Place, shortName } from "#contracts/aggregates.ts";
import type { FactDraft } from "#contracts/envelope.ts";
import { textSubject } from "#contracts/subjects.ts";
import type { Text, TextRef } from "#contracts/text.ts";
import { Bus, subjectTaken } from "#kit/bus/bus.ts";
import { Poison, Retryable } from "#kit/errors.ts";

/**
 * Stores a text about an issue or pull request on TEXT and returns the pointer to it. The same text about the same number has the same
 * subject, so it is stored once: if it is there already, that is success. Fails with `Poison` when the subject holds another text, because
 * the fact must not point to it, and with `Retryable` when the text is not stored.
 */
const storeText = Effect.fn("storeText")(function* (service: string, at: Place, { text, keptDays }: Text) {
  const ref = pointerTo(service, at, text);
  const bus = yield* Bus;
  // The message id differs at each call: otherwise the server would drop a text that is stored again after its erasure as a duplicate.
  const msgId = `${ref.subject}@${randomUUID()}`;
  // A time to live in hours (NATS ADR-43).
  const headers = keptDays === undefined ? {} : { "Nats-TTL": `${keptDays * 24}h` };
  const answer = yield* bus.publish({ subject: ref.subject, payload: utf8(text), msgId, headers });
  if (answer.stored) return ref;
  if (answer.code !== subjectTaken) {
    return yield* new Retryable({ what: `store ${ref.subject}`, cause: answer.description });
  }
  // readText fails for another text. If the text is absent, it was erased meanwhile, and the next try stores it.
  if ((yield* readText(ref)) === null) return yield* new Retryable({ what: `store ${ref.subject}` });
  return ref;
});

/**
 * Reads a text; null when it was erased. Fails with `Poison` when the stored text has another hash than the pointer, and with `Retryable`
 * while the bus is away.
 */
export const readText = Effect.fn("readText")(function* (ref: TextRef) {
  const bus = yield* Bus;
  const stored = yield* bus.last("TEXT", ref.subject);
  if (stored === null) return null;
  if (hashOf(stored.payload) !== ref.sha256) {
    return yield* new Poison({ what: `the text on ${ref.subject} is not the one that its fact points to` });
  }
  return new TextDecoder().decode(stored.payload);
});

/** Stores the texts in drafts, and returns the drafts with a pointer in place of each text. */
export const storeTexts = Effect.fn("storeTexts")(function* (service: string, drafts: readonly FactDraft[]) {
  const pointing: FactDraft[] = [];
  for (const draft of drafts) {
    const pointer = (text: string) => pointerTo(service, placeOf(draft.on), text);
    pointing.push(replaceTexts(draft, pointer) as FactDraft);
    const texts = new Map(textsIn(draft).map((text) => [text.text, text]));
    yield* Effect.forEach(texts.values(), (text) => storeText(service, placeOf(draft.on), text));
  }
  return pointing;
});

/** The texts in a value, as they are stored. */
function textsIn(value: unknown): readonly Text[] {
  if (typeof value !== "object" || value === null) return [];
  return isText(value) ? [{ ...value, text: cut(value.text) }] : Object.values(value).flatMap(textsIn);
}

/** The value with a pointer in place of each text. */
function replaceTexts(value: unknown, pointer: (text: string) => TextRef): unknown {
  if (Array.isArray(value)) return value.map((each) => replaceTexts(each, pointer));
  if (typeof value !== "object" || value === null) return value;
  if (isText(value)) return pointer(cut(value.text));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replaceTexts(each, pointer)]));
}

/** 256,000 characters of at most 3 bytes each fit into a message on TEXT, which has at most 1 MiB. A longer text is cut. */
export const charactersMax = 256_000;

function cut(text: string): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax)}\n(cut at ${charactersMax} characters)`;
}

function isText(value: object): value is Text {
  const names = Object.keys(value);
  return (
    "text" in value && typeof value.text === "string" && names.every((name) => name === "text" || name === "keptDays")
  );
}

function placeOf(on: AggregateRef): Place {
  if ("topic" in on) throw new Error(`a fact about ${shortName(on)} has no number under which a text could be erased`);
  return on;
}

function pointerTo(service: string, at: Place, text: string): TextRef {
  const bytes = utf8(text);
  const sha256 = hashOf(bytes);
  return { sha256, bytes: bytes.length, subject: textSubject(at, sha256, service) };
}

/** The hash that a pointer to this text has. */
export function textHash(text: string): string {
  return hashOf(utf8(cut(text)));
}

/** The hash of what was approved of an issue, title and body: another text has another one. */
export function approvedTextHash({
  title,
  body,
}: {
  readonly title: string;
  readonly body: Pick<TextRef, "sha256"> | null;
}): string {
  return hashOf(utf8(`${body?.sha256 ?? ""} ${title}`));
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
