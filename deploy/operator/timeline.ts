import { Schema } from "effect";
import type { DataOf } from "#contracts/catalogue.ts";
import type { Fact } from "#contracts/envelope.ts";
import { factSubject } from "#contracts/subjects.ts";
import { TextRef } from "#contracts/text.ts";

/** The texts that facts point to, by subject. One that is missing was erased. */
export type Texts = ReadonlyMap<string, string>;

const isPointer = Schema.is(TextRef);

/** The pointers that a line about the fact shows; comments of a review are counted, not shown. */
export function pointersIn({ data }: Fact): readonly TextRef[] {
  return Object.values(data).filter(isPointer);
}

/** One line about a fact: when (seconds since `startMs`), on which subject, who published it, what it tells. */
export function timelineLine(fact: Fact, startMs: number, texts: Texts): string {
  const at = `${((Date.parse(fact.occurredAt) - startMs) / 1000).toFixed(2).padStart(7)}s`;
  const subject = factSubject(fact.on, fact.type, fact.actor);
  return `${at}  ${subject.padEnd(60)}  ${fact.actor.padEnd(10)}  ${tell(fact, texts)}`;
}

/** What a fact says, in words for a person. */
export function tell(fact: Fact, texts: Texts): string {
  switch (fact.type) {
    case "ISSUE_LABELED":
      return `${fact.data.sender} labelled it ${fact.data.label}: ${fact.data.title}${texts.has(fact.data.body.subject) ? "" : ` ${erased}`}`;
    case "ISSUE_CLOSED":
      return `closed (${fact.data.stateReason ?? "no reason"}) by ${fact.data.sender}`;
    case "ISSUE_APPROVED":
      return `may be worked on: stack ${fact.data.stack}, priority ${fact.data.priority}`;
    case "ISSUE_QUEUED":
      return `attempt ${fact.data.attempt} (${fact.data.task}) is queued: ${fact.data.reason}`;
    case "ISSUE_ASSIGNED":
      return `claims attempt ${fact.data.attempt}, epoch ${fact.data.epoch}`;
    case "ISSUE_UNASSIGNED":
    case "ISSUE_NEEDS_HUMAN":
      return because(fact.data, texts);
    case "ISSUE_CANCELLED":
      return firstLine(fact.data.reason);
    case "ISSUE_DONE":
      return `done in ${fact.data.durationMinutes} min`;
    case "WORK_STARTED":
      return `works (${fact.data.task}) with ${fact.data.model}`;
    case "BRANCH_CREATED":
      return `pushed ${fact.data.branch}`;
    case "PR_CREATED":
      return `#${fact.data.prNumber} is the issue's change, epoch ${fact.data.epoch}`;
    case "RUN_SUCCEEDED":
      return `attempt ${fact.data.attempt} ended at ${fact.data.headSha.slice(0, 7)} after ${fact.data.turns} turns`;
    case "RUN_FAILED":
      return `attempt ${fact.data.attempt} failed (${fact.data.class}): ${because(fact.data, texts)}`;
    case "TOKEN_USAGE":
      return `${fact.data.inputTokens} tokens in, ${fact.data.outputTokens} out, ${fact.data.cacheReadTokens} from cache`;
    case "DEAD_LETTER_REPLAYED":
      return `${fact.data.person} replayed letter ${letterOf(fact.data)}`;
    case "DEAD_LETTER_DISMISSED":
      return `${fact.data.person} dismissed letter ${letterOf(fact.data)}`;
    case "TEXT_ERASED":
      return `${fact.data.person} erased ${erasedIn(fact.data)}`;
    default:
      return tellOfChange(fact, texts);
  }
}

function tellOfChange(fact: Exclude<Fact, { type: "TOKEN_USAGE" }>, texts: Texts): string {
  switch (fact.type) {
    case "PR_OPENED":
    case "PR_SYNCHRONIZED":
    case "PR_EDITED":
    case "PR_REOPENED":
      return `head ${fact.data.headSha.slice(0, 7)} of ${fact.data.branch}`;
    case "PR_CLOSED":
      return fact.data.merged ? `closed as merged by ${fact.data.sender}` : `closed unmerged by ${fact.data.sender}`;
    case "REVIEW_ASSIGNED":
      return `claims the review of ${fact.data.headSha.slice(0, 7)}`;
    case "REVIEW_PASSED":
      return `approves ${fact.data.headSha.slice(0, 7)}: ${shown(fact.data.summary, texts)}`;
    case "REVIEW_CHANGES_REQUESTED":
      return `wants changes in ${fact.data.threads.length} places: ${shown(fact.data.summary, texts)}`;
    case "REVIEW_FAILED":
      return because(fact.data, texts);
    case "REVIEW_SUBMITTED":
      return `GitHub has a review by ${fact.data.reviewer}: ${fact.data.state}`;
    case "REVIEW_LOOP_EXCEEDED":
      return `${fact.data.rounds} rounds are used up`;
    case "THREAD_RESOLVED":
      return `resolved by ${fact.data.sender}`;
    case "CI_PASSED":
      return `checks passed on ${fact.data.headSha.slice(0, 7)}`;
    case "CI_FAILED":
      return `checks ended with ${fact.data.conclusion} on ${fact.data.headSha.slice(0, 7)}`;
    case "GATE_EVALUATED": {
      const missing = fact.data.checks.filter(({ passed }) => !passed);
      return fact.data.passed ? "open: everything is there" : `held: ${missing.map(({ why }) => why).join("; ")}`;
    }
    case "MERGE_REQUESTED":
      return `asks for the merge of ${fact.data.headSha.slice(0, 7)}`;
    case "MERGED":
      return `#${fact.data.prNumber} is merged as ${fact.data.mergeSha.slice(0, 7)}`;
    case "MERGE_FAILED":
      return because(fact.data, texts);
    case "MERGE_CONFLICT":
      return `#${fact.data.prNumber} conflicts with its base`;
    case "ADMIN_BYPASS_DETECTED":
      return `#${fact.data.prNumber} was merged past the gate by ${fact.data.mergedBy}`;
    default:
      return fact.type;
  }
}

function letterOf({ sequence, stream, consumer, subject }: DataOf<"DEAD_LETTER_REPLAYED">): string {
  return `${sequence} of ${stream}/${consumer}: ${subject}`;
}

function erasedIn({ owner, repo, number, texts, deliveries, deadLetters }: DataOf<"TEXT_ERASED">): string {
  const what = `${owner}/${repo}${number === null ? "" : `#${number}`}`;
  return `${what}: ${texts} texts, ${deliveries} deliveries, ${deadLetters} dead letters`;
}

const erased = "(erased)";

/** The reason, and the first line of what others wrote about it. */
function because({ reason, details }: DataOf<"ISSUE_NEEDS_HUMAN">, texts: Texts): string {
  return details === null ? firstLine(reason) : `${firstLine(reason)}: ${shown(details, texts)}`;
}

function shown({ subject }: TextRef, texts: Texts): string {
  return firstLine(texts.get(subject) ?? erased);
}

function firstLine(text: string): string {
  const line = text.split("\n")[0] ?? "";
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
}
