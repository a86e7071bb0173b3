import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { Result } from "effect";
import type { ChangeRef, IssueRef } from "#contracts/aggregates.ts";
import { type ChangeLife, evolveChange, unknownChange } from "#contracts/change-life.ts";
import { rowOf, type ServiceName } from "#contracts/choreography.ts";
import { type Fact, isOfKind } from "#contracts/envelope.ts";
import { evolveIssue, type IssueLife, unknownIssue } from "#contracts/issue-life.ts";
import { readFact } from "#contracts/stored-fact.ts";
import { aggregateOf, aggregatePrefix, factFilter, factSubject } from "#contracts/subjects.ts";
import { matches } from "#contracts/test-subjects.ts";
import type { StoredMessage } from "./test-look.ts";

// Whether what a key stored on EVENTS changed any state but that of its own claims. The rule is written down here once more and on purpose
// not taken from the code that it judges.

/** How stored messages are read and folded: the code that every service uses, or in a test of the test a broken one. */
export interface Reader {
  readonly readFact: typeof readFact;
  readonly evolveIssue: typeof evolveIssue;
  readonly evolveChange: typeof evolveChange;
}
export const rigReader: Reader = { readFact, evolveIssue, evolveChange };

type Life = IssueLife | ChangeLife;

/** What the end and the progress of a claim may change; the claim itself changes less. */
const claimFields: Readonly<Record<"issue" | "pr", readonly string[]>> = {
  issue: [
    ...["state", "holder", "epoch", "claims", "pr", "delivered", "endedAttempt", "runEnd", "failedAttempts"],
    // Which remarks a run has read only its holder can say. What a person holds with them the gate asks of GitHub.
    "remarks",
  ],
  pr: [
    "reviewer",
    "epoch",
    "reviewClaims",
    "reviewedSha",
    "reviewId",
    "reviewEnd",
    "reviewsBegun",
    "reviewFailure",
    "objection",
  ],
};

/** Folds what stands on EVENTS, message by message, and says what a hostile message changed that it may not change. */
export function makeJudge(reader: Reader) {
  const lives = new Map<string, Life>();
  const payloads = new Set<string>();
  /** Histories with a fact of a later version, on which nobody decides. */
  const waiting = new Set<string>();
  const fold = (message: StoredMessage): { fact: Fact; before: Life; after: Life } | null => {
    payloads.add(digest(message.payload));
    const read = reader.readFact(message.subject, message.payload);
    if (Result.isFailure(read)) {
      if (read.failure.kind === "unsupported") waiting.add(aggregateOf(message.subject));
      return null;
    }
    const fact = read.success;
    const key = aggregatePrefix(fact.on);
    const before = lives.get(key) ?? (fact.on.kind === "pr" ? unknownChange : unknownIssue);
    const after = evolved(reader, before, fact);
    lives.set(key, after);
    return { fact, before, after };
  };
  return {
    /** Folds what honest services stored. */
    honest: (messages: readonly StoredMessage[]) => void messages.map(fold),
    /** Folds what the attacker stored; each breach is a sentence. */
    hostile: (attacker: ServiceName, messages: readonly StoredMessage[]) =>
      messages.flatMap((message) => {
        const outside = rowOf(attacker).publishes.every(
          (type) => !matches(factFilter(type, attacker), message.subject),
        );
        if (outside) return [`${attacker} stored ${message.subject}, which its row does not publish`];
        const folded = fold(message);
        return folded === null ? [] : breachesOf(attacker, message.subject, folded);
      }),
    /** The state of an issue or a change. */
    lifeOf: (on: IssueRef | ChangeRef): Life =>
      lives.get(aggregatePrefix(on)) ?? (on.kind === "pr" ? unknownChange : unknownIssue),
    /** Whether a history has a fact that this rig is too old for. */
    waits: (on: IssueRef | ChangeRef) => waiting.has(aggregatePrefix(on)),
    /** Whether a payload stands on EVENTS. */
    holds: (payload: Uint8Array) => payloads.has(digest(payload)),
  };
}

function digest(payload: Uint8Array): string {
  return createHash("sha256").update(payload).digest("hex");
}

function evolved(reader: Reader, life: Life, fact: Fact): Life {
  if (isOfKind("issue", fact)) return reader.evolveIssue(life as IssueLife, fact);
  if (isOfKind("pr", fact)) return reader.evolveChange(life as ChangeLife, fact);
  return life;
}

function breachesOf(
  attacker: ServiceName,
  subject: string,
  { fact, before, after }: { readonly fact: Fact; readonly before: Life; readonly after: Life },
): readonly string[] {
  const what = `${attacker}'s message on ${subject}`;
  if (fact.actor !== attacker) return [`${what} passes for a fact of ${fact.actor}`];
  if (factSubject(fact.on, fact.type, attacker) !== subject) return [`${what} passes for ${fact.type}`];
  if (isDeepStrictEqual(before, after)) return [];
  if (rowOf(attacker).claims.length === 0) {
    const [was, is] = [holderOf(before), holderOf(after)];
    return is === null || isDeepStrictEqual(was, is) ? [] : [`${what} (${fact.type}) makes a holder`];
  }
  return claimBreach(attacker, fact, before, after).map((breach) => `${what} (${fact.type}) ${breach}`);
}

function holderOf(life: Life) {
  return "holder" in life ? life.holder : life.reviewer;
}

/** An agent may make the next claim, and what counts under a claim is only what that claim's own agent publishes under its id. */
function claimBreach(attacker: ServiceName, fact: Fact, before: Life, after: Life): readonly string[] {
  const allowed = claimFields["holder" in before ? "issue" : "pr"];
  const changed = Object.entries(after).flatMap(([field, value]) =>
    isDeepStrictEqual(value, Object.entries(before).find(([name]) => name === field)?.[1]) ? [] : [field],
  );
  const beyond = changed.filter((field) => !allowed.includes(field));
  if (beyond.length > 0) return [`changes ${beyond.join(", ")}`];
  if (fact.type === "ISSUE_ASSIGNED" || fact.type === "REVIEW_ASSIGNED") {
    const next = fact.data.agentId === attacker && fact.data.epoch === before.epoch + 1;
    return next ? [] : ["counts as a claim that is not the next one"];
  }
  const holder = holderOf(before);
  const claimId = "claimId" in fact.data ? fact.data.claimId : "";
  const held = holder !== null && holder.claimId === claimId && holder.agentId === attacker;
  return held ? [] : ["counts without the claim"];
}
