import type { AggregateRef, ChangeRef, IssueRef, Place, RepositoryRef } from "./aggregates.ts";
import { catalogue, type FactType } from "./catalogue.ts";
import type { DevItem, Priority, ReviewItem, Role, Stack } from "./work.ts";

/**
 * Encodes any text as one subject token. Every character except letters, digits, `_` and `-` is percent-encoded, because NATS could read it
 * as a separator, a wildcard or white space (https://docs.nats.io/nats-concepts/subjects).
 */
export function token(text: string): string {
  const encoded = [...new TextEncoder().encode(text)].map((byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9_-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  });
  return encoded.join("") || "_";
}

/**
 * The subject of a fact, such as `evt.issue.<owner>.<repo>.<n>.<TYPE>`. A type that several services publish has the emitter as one more
 * token, because the broker's permissions check only subjects.
 */
export function factSubject(on: AggregateRef, type: FactType, emitter: string): string {
  return `${aggregatePrefix(on)}.${type}${emitterToken(type, token(emitter))}`;
}

/**
 * The filter that matches all facts of an aggregate. Every writer of an aggregate must use exactly this string: otherwise optimistic
 * concurrency on a replicated stream has races (NATS ADR-50).
 */
export function aggregateFilter(on: AggregateRef): string {
  return `${aggregatePrefix(on)}.>`;
}

/** The part of a fact's subject that names its aggregate; the whole subject when it is not a fact's. */
export function aggregateOf(subject: string): string {
  return /^(?:evt\.(?:issue|pr|ops)(?:\.[^.]+){3}|evt\.fleet\.[^.]+|tick\.[^.]+)(?=\.)/.exec(subject)?.[0] ?? subject;
}

/** The filter that matches the facts of one type in all histories, from all emitters or from one. */
export function factFilter(type: FactType, emitter = "*"): string {
  const { of: kind } = catalogue[type];
  const place = {
    issue: "evt.issue.*.*.*",
    pr: "evt.pr.*.*.*",
    ops: "evt.ops.*.*.*",
    fleet: "evt.fleet.*",
    tick: "tick.*",
  };
  return `${place[kind]}.${type}${emitterToken(type, emitter)}`;
}

function emitterToken(type: FactType, emitter: string): string {
  return catalogue[type].emitter === "several" ? `.${emitter}` : "";
}

/** The stream that stores the history of an aggregate. Ticks have their own stream, because it deletes old ones. */
export function streamOf(kind: AggregateRef["kind"]): "EVENTS" | "TICKS" {
  return kind === "tick" ? "TICKS" : "EVENTS";
}

/** The subject of a raw delivery: `github.<event>.<action>.<owner>.<repo>`; a missing part is `_`. */
export function deliverySubject(of: { event: string; action: string; owner: string; repo: string }): string {
  return `github.${token(of.event)}.${token(of.action)}.${token(of.owner)}.${token(of.repo)}`;
}

/** The filter that matches every delivery. */
export const deliveriesFilter = "github.>";

/** The part of a delivery's subject that names its repository, `<owner>.<repo>`; empty when the subject is not a delivery's. */
export function repositoryOf(subject: string): string {
  return /^github\.[^.]+\.[^.]+\.(.+)$/.exec(subject)?.[1] ?? "";
}

/**
 * The subject of a work item. The stream WORK holds at most one message per subject. A review's subject ends with the head SHA, so that the
 * review of a later head does not wait for the review of an earlier one.
 */
export function workSubject(item: WorkAddress): string {
  const { role, stack, priority, owner, repo, number } = item;
  const subject = `work.${role}.${stack}.${priority}.${token(owner)}.${token(repo)}.${number}`;
  return item.role === "review" ? `${subject}.${token(item.headSha)}` : subject;
}

/** The filter that matches the work items of a role. Without a stack or a priority it matches those of each. */
export function workFilter({
  role,
  stack = "*",
  priority = "*",
}: {
  readonly role: Role;
  readonly stack?: Stack | "*";
  readonly priority?: Priority | "*";
}): string {
  const filter = `work.${role}.${stack}.${priority}.*.*.*`;
  return role === "review" ? `${filter}.*` : filter;
}

/** What the subject of a work item is made of, by its role. */
type WorkAddress =
  | Pick<DevItem, "role" | "stack" | "priority" | "owner" | "repo" | "number">
  | Pick<ReviewItem, "role" | "stack" | "priority" | "owner" | "repo" | "number" | "headSha">;

/**
 * The filter of the announcements of stored work items. The server publishes each one on the item's subject with `queued` in place of
 * `work`, without the item, once the item is stored (`republish` of the stream WORK).
 */
export function announcementFilter({ role, stack }: { readonly role: Role; readonly stack: Stack }): string {
  return `queued.${role}.${stack}.>`;
}

/**
 * The subject of a text about one issue or pull request that one service stores. The same text of the same service about the same number has
 * the same subject. The emitter is its last token, so that no service can occupy the subject of another one's text.
 */
export function textSubject({ owner, repo, number }: Place, sha256: string, emitter: string): string {
  return `text.${token(owner)}.${token(repo)}.${number}.${sha256}.${token(emitter)}`;
}

/** The filter that matches every text. */
export const textsFilter = "text.>";

/** The filter that matches the texts that one service stores. */
export function textFilter(emitter: string): string {
  return `text.*.*.*.*.${token(emitter)}`;
}

/**
 * The repository, and the issue or pull request, that the subject of a text, a fact, a work item or a delivery names. `number` is null for a
 * delivery, whose subject has none. Null for every other subject.
 */
export function placeNamed(subject: string): (RepositoryRef & { readonly number: number | null }) | null {
  const [, owner, repo, number] =
    /^(?:text|evt\.(?:issue|pr|ops)|work(?:\.[^.]+){3})\.([^.]+)\.([^.]+)\.(\d+)(?:\.|$)/.exec(subject) ??
    /^github(?:\.[^.]+){2}\.([^.]+)\.([^.]+)$/.exec(subject) ??
    [];
  if (owner === undefined || repo === undefined) return null;
  return { owner: fromToken(owner), repo: fromToken(repo), number: number === undefined ? null : Number(number) };
}

/** The text that `token` encoded; the token itself when it is no such code. */
function fromToken(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** The subject of a dead letter: a message that this consumer could not handle. With `*` for both it is the filter of all dead letters. */
export function deadLetterSubject(stream: string, consumer: string): string {
  return `dlq.${stream}.${consumer}`;
}

/** The stream and the consumer that the subject of a dead letter names. */
export function failedConsumer(subject: string): { readonly stream: string; readonly consumer: string } {
  const [, stream = "", consumer = ""] = subject.split(".");
  return { stream, consumer };
}

/**
 * The subject on which a dead letter of EVENTS, TICKS or GITHUB is replayed, and the filter of the one consumer that reads it: that of the
 * consumer that failed. Work items are replayed on their own subject.
 */
export function replayFilter(stream: string, consumer: string): string {
  return `redo.${stream}.${consumer}`;
}

/** The KV key of a lease. KV keys may not contain `%`, so it is replaced by `=` (NATS ADR-8). */
export function leaseKey(on: IssueRef | ChangeRef): string {
  return `${on.kind}.${token(on.owner)}.${token(on.repo)}.${on.number}`.replaceAll("%", "=");
}

/** The filter that matches the leases on one kind of aggregate: the KV bucket stores a key on `$KV.<bucket>.<key>` (NATS ADR-8). */
export function leaseFilter(kind: (IssueRef | ChangeRef)["kind"]): string {
  return `$KV.${leaseBucket}.${kind}.>`;
}

/** The part of a fact's subject before its type: `evt.issue.<owner>.<repo>.<n>`, `evt.fleet.<topic>`, `tick.<schedule>`. */
export function aggregatePrefix(on: AggregateRef): string {
  if (on.kind === "tick") return `tick.${token(on.topic)}`;
  if (on.kind === "fleet") return `evt.fleet.${token(on.topic)}`;
  return `evt.${on.kind}.${token(on.owner)}.${token(on.repo)}.${on.number}`;
}

/** The name of a durable consumer on WORK: the service, and what it claims. On EVENTS and GITHUB the name is only the service's. */
export function workConsumer(service: string, claim: { role: Role; stack: Stack; priority: Priority }): string {
  return `${service}-${claim.role}-${claim.stack}-${claim.priority}`;
}

/** All replayed dead letters. */
export const replaysFilter = "redo.>";

/** The name of a service's durable consumer on TICKS. It differs from the service's name, so that both have their own consumer on REDO. */
export function tickConsumer(service: string): string {
  return `${service}-ticks`;
}

/** The name of the durable consumers with which a service counts bytes, on each stream that its row meters. */
export function meterConsumer(service: string): string {
  return `${service}-bytes`;
}

/** The subject of the counter of what a service stored in one hour of UTC, such as `bytes.2026-01-02T03.dev-e`. */
export function bytesSubject(hour: string, emitter: string): string {
  return `bytes.${token(hour)}.${token(emitter)}`;
}

/** The filter that matches the counters of all services and hours. */
export const bytesFilter = "bytes.*.*";

/** The inbox prefix of a bus user. The broker lets a user subscribe only to its own inbox. */
export function inboxPrefix(user: string): string {
  return `_INBOX_${user}`;
}

/** The name of the KV bucket of leases. */
export const leaseBucket = "LEASE";
