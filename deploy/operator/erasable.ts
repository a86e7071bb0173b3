import type { JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import { Result, Schema } from "effect";
import { isSameRepository, type RepositoryRef } from "#contracts/aggregates.ts";
import type { ErasableStream } from "#contracts/choreography.ts";
import { parseJson } from "#contracts/envelope.ts";
import { deadLetterSubject, deliveriesFilter, placeNamed, replaysFilter, textsFilter } from "#contracts/subjects.ts";
import { letterHeader } from "./letter-header.ts";

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

/** What was found, and the dead letters, replayed or not, of which nobody can tell what they are about. */
export interface SearchResult {
  readonly found: readonly Erasable[];
  readonly unreadable: readonly Erasable[];
}

/**
 * Finds every message about the target on the streams whose messages can be deleted and that keep what somebody wrote. GitHub takes names of
 * owners and repositories for equal that differ only in case, and old deliveries may have another case than later ones.
 */
export async function findErasable(manager: JetStreamManager, target: Target): Promise<SearchResult> {
  const found: Erasable[] = [];
  const unreadable: Erasable[] = [];
  for await (const message of messagesOn(manager, "TEXT", textsFilter, (subject) => namesTarget(subject, target))) {
    found.push(erasable("TEXT", message));
  }
  const mayBeAbout = (subject: string) => namesTarget(subject, { ...target, number: null }) || isOfTransfer(subject);
  for await (const message of messagesOn(manager, "GITHUB", deliveriesFilter, mayBeAbout)) {
    if (isAbout(message.data, target, message.subject) === "yes") found.push(erasable("GITHUB", message));
  }
  for await (const message of messagesOn(manager, "DLQ", deadLetterSubject("*", "*"))) {
    const answer = isAbout(message.data, target, letterHeader(message, "Rig-Subject"));
    if (answer === "yes") found.push(erasable("DLQ", message));
    if (answer === "unreadable") unreadable.push(erasable("DLQ", message));
  }
  // A replayed letter waits until its consumer acks it. It has no header with the subject on which it first stood.
  for await (const message of messagesOn(manager, "REDO", replaysFilter)) {
    const answer = isAbout(message.data, target);
    if (answer === "yes") found.push(erasable("REDO", message));
    if (answer === "unreadable") unreadable.push(erasable("REDO", message));
  }
  return { found, unreadable };
}

/** Whether a subject names the target. The subject of a delivery has no number, so it names only a repository. */
function namesTarget(subject: string, target: Target): boolean {
  const named = placeNamed(subject);
  return (
    named !== null && isSameRepository(named, target) && (target.number === null || named.number === target.number)
  );
}

/** A transferred issue has its body in a delivery of the repository where it was, and in one of the repository where it is. */
function isOfTransfer(subject: string): boolean {
  return /^github\.issues\.(?:opened|transferred)\./.test(subject);
}

/** The messages on those subjects of a filter that are wanted. One at a time: a repository's deliveries of 90 days need not fit into the memory. */
async function* messagesOn(
  manager: JetStreamManager,
  stream: string,
  filter: string,
  wanted: (subject: string) => boolean = () => true,
): AsyncGenerator<StoredMsg> {
  const { subjects = {} } = (await manager.streams.info(stream, { subjects_filter: filter })).state;
  for (const subject of Object.keys(subjects).filter(wanted).sort()) yield* messagesOf(manager, stream, subject);
}

/** The messages on one subject, oldest first. */
async function* messagesOf(manager: JetStreamManager, stream: string, filter: string): AsyncGenerator<StoredMsg> {
  for (let sequence = 1; ; ) {
    // Not a direct get: there the publisher's own headers can name another sequence, which would be deleted.
    // A variable, because the client's type lacks the filter, which the server has for both ways of asking (NATS ADR-31).
    const query = { seq: sequence, next_by_subj: filter };
    const message = await manager.streams.getMessage(stream, query);
    if (message === null) return;
    yield message;
    sequence = message.seq + 1;
  }
}

const Repository = Schema.Struct({ name: Schema.String, owner: Schema.Struct({ login: Schema.String }) });
const Delivery = Schema.Struct({ repository: Repository });
/** Where a transferred issue was, in the delivery of where it is, or the other way round. */
const Transfer = Schema.Struct({
  changes: Schema.Union([
    Schema.Struct({ old_repository: Repository, old_issue: Schema.Unknown }),
    Schema.Struct({ new_repository: Repository, new_issue: Schema.Unknown }),
  ]),
});
/** A fact's envelope or a work item. */
const Numbered = Schema.Struct({
  owner: Schema.String,
  repo: Schema.String,
  number: Schema.Int,
  issueNumber: Schema.optionalKey(Schema.Int),
  prNumber: Schema.optionalKey(Schema.NullOr(Schema.Int)),
});

/** A repository, and the issues and pull requests in it that something is about. */
interface Places extends RepositoryRef {
  readonly numbers: readonly unknown[];
}

/**
 * Whether a delivery, a fact or a work item is about the target. Where the payload names no repository, the subject on which it first stood
 * decides. What is no JSON and has no such subject is `unreadable`.
 */
export function isAbout(payload: Uint8Array, target: Target, subject = ""): "yes" | "no" | "unreadable" {
  const json = parseJson(payload);
  const places = Result.isSuccess(json) ? placesIn(json.success) : [];
  if (places.length === 0 && namesTarget(subject, target)) return "yes";
  if (Result.isFailure(json)) return "unreadable";
  const { number } = target;
  const about = places.some(
    (place) => isSameRepository(place, target) && (number === null || place.numbers.includes(number)),
  );
  return about ? "yes" : "no";
}

function placesIn(json: unknown): readonly Places[] {
  const delivery = Schema.decodeUnknownResult(Delivery)(json);
  if (Result.isSuccess(delivery)) {
    return [placesOf(delivery.success.repository, numbersIn(json)), ...transferredIn(json)];
  }
  const numbered = Schema.decodeUnknownResult(Numbered)(json);
  if (Result.isFailure(numbered)) return [];
  const { owner, repo, number, issueNumber, prNumber } = numbered.success;
  return [{ owner, repo, numbers: [number, issueNumber, prNumber] }];
}

function transferredIn(json: unknown): readonly Places[] {
  const transfer = Schema.decodeUnknownResult(Transfer)(json);
  if (Result.isFailure(transfer)) return [];
  const { changes } = transfer.success;
  return "old_repository" in changes
    ? [placesOf(changes.old_repository, numberOf(changes.old_issue))]
    : [placesOf(changes.new_repository, numberOf(changes.new_issue))];
}

function placesOf({ name, owner }: typeof Repository.Type, numbers: readonly number[]): Places {
  return { owner: owner.login, repo: name, numbers };
}

/**
 * The numbers of all issues and pull requests in a delivery: `issue`, `pull_request`, the `pull_requests` of a check. `old_issue` and
 * `new_issue` of a transfer are in another repository.
 */
function numbersIn(value: unknown): readonly number[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const named = /(^|(?<!^(old|new))_)(issue|pull_request)s?$/.test(key) ? [each].flat() : [];
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
