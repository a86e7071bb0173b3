import type { JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import { Result, Schema } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { ErasableStream } from "#contracts/choreography.ts";
import { parseJson } from "#contracts/envelope.ts";
import { deadLetterSubject, deliveryFilter, textFilter } from "#contracts/subjects.ts";

/** What is to be erased: one issue or pull request, or with `number` null everything about a repository. */
export interface Target extends RepositoryRef {
  readonly number: number | null;
}

/** A message that holds what somebody wrote. */
export interface Erasable {
  readonly stream: ErasableStream;
  readonly sequence: number;
  readonly subject: string;
  readonly bytes: number;
}

/** What was found, and the dead letters of which nobody can tell what they are about. */
export interface SearchResult {
  readonly found: readonly Erasable[];
  readonly unreadable: readonly Erasable[];
}

/** Finds every message about the target on the streams whose messages can be deleted and that keep what somebody wrote. */
export async function findErasable(manager: JetStreamManager, target: Target): Promise<SearchResult> {
  const found: Erasable[] = [];
  const unreadable: Erasable[] = [];
  for await (const message of messagesOn(manager, "TEXT", textFilter(target))) {
    found.push(erasable("TEXT", message));
  }
  for await (const message of messagesOn(manager, "GITHUB", deliveryFilter(target))) {
    if (isAbout(message.data, target) === "yes") found.push(erasable("GITHUB", message));
  }
  for await (const message of messagesOn(manager, "DLQ", deadLetterSubject("*", "*"))) {
    const answer = isAbout(message.data, target);
    if (answer === "yes") found.push(erasable("DLQ", message));
    if (answer === "unreadable") unreadable.push(erasable("DLQ", message));
  }
  return { found, unreadable };
}

/** The messages on a filter, oldest first, one at a time: a repository's deliveries of 90 days need not fit into the memory. */
async function* messagesOn(manager: JetStreamManager, stream: string, filter: string): AsyncGenerator<StoredMsg> {
  for (let sequence = 1; ; ) {
    const message = await manager.direct.getMessage(stream, { seq: sequence, next_by_subj: filter });
    if (message === null) return;
    yield message;
    sequence = message.seq + 1;
  }
}

const Delivery = Schema.Struct({
  repository: Schema.Struct({ name: Schema.String, owner: Schema.Struct({ login: Schema.String }) }),
});
/** A fact's envelope or a work item. */
const Numbered = Schema.Struct({
  owner: Schema.String,
  repo: Schema.String,
  number: Schema.Int,
  issueNumber: Schema.optionalKey(Schema.Int),
  prNumber: Schema.optionalKey(Schema.NullOr(Schema.Int)),
});

/** Whether a delivery, a fact or a work item is about the target. What is no JSON is `unreadable`. */
export function isAbout(payload: Uint8Array, { owner, repo, number }: Target): "yes" | "no" | "unreadable" {
  const json = parseJson(payload);
  if (Result.isFailure(json)) return "unreadable";
  const found = placeIn(json.success);
  if (found === null || found.owner !== owner || found.repo !== repo) return "no";
  return number === null || found.numbers.includes(number) ? "yes" : "no";
}

function placeIn(json: unknown) {
  const delivery = Schema.decodeUnknownResult(Delivery)(json);
  if (Result.isSuccess(delivery)) {
    const { name, owner } = delivery.success.repository;
    return { owner: owner.login, repo: name, numbers: numbersIn(json) };
  }
  const numbered = Schema.decodeUnknownResult(Numbered)(json);
  if (Result.isFailure(numbered)) return null;
  const { owner, repo, number, issueNumber, prNumber } = numbered.success;
  return { owner, repo, numbers: [number, issueNumber, prNumber] };
}

/** The numbers of all issues and pull requests in a delivery: `issue`, `pull_request`, the `pull_requests` of a check. */
function numbersIn(value: unknown): readonly number[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const named = /(^|_)(issue|pull_request)s?$/.test(key) ? [each].flat() : [];
    return [...named.flatMap(numberOf), ...numbersIn(each)];
  });
}

function numberOf(value: unknown): readonly number[] {
  const hasNumber = typeof value === "object" && value !== null && "number" in value;
  return hasNumber && typeof value.number === "number" ? [value.number] : [];
}

function erasable(stream: Erasable["stream"], { seq, subject, data }: StoredMsg): Erasable {
  return { stream, sequence: seq, subject, bytes: data.length };
}
