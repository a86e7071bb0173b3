import { Schema } from "effect";
import { placeName } from "#contracts/aggregates.ts";
import type { DataOf, FactType } from "#contracts/catalogue.ts";
import type { Fact } from "#contracts/envelope.ts";
import { frozenName } from "#contracts/freezes.ts";
import { fixesBaseLabel, readyLabel } from "#contracts/labels.ts";
import { reasonCharactersMax } from "#contracts/reason.ts";
import { factSubject } from "#contracts/subjects.ts";
import { TextRef } from "#contracts/text.ts";
import { asSentence, firstLine, isSentence, visible } from "./print.ts";

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
  return visible(`${at}  ${subject.padEnd(60)}  ${fact.actor.padEnd(10)}  ${tell(fact, texts)}`);
}

/** What a fact says, in words for a person. */
export function tell<Type extends FactType>(fact: Fact<Type>, texts: Texts): string {
  return sentences[fact.type as Type](fact.data as DataOf<Type>, texts);
}

/** One sentence for each type of fact: a type without one does not compile. */
const sentences: { readonly [Type in FactType]: (data: DataOf<Type>, texts: Texts) => string } = {
  ISSUE_LABELED: ({ sender, label, title, body }, texts) =>
    `${sender} labelled it ${label}: ${firstLine(title)}${texts.has(body.subject) ? "" : ` ${erased}`}`,
  ISSUE_UNLABELED: ({ sender, label }) => `${sender || "somebody"} took the label ${label} off`,
  // In full: the end of the reason says what to do.
  ISSUE_LABEL_CONFIRMED: ({ sender }) => `the label that ${sender} set again is confirmed`,
  ISSUE_LABEL_REFUSED: ({ reason }) => `the label is refused: ${reason}`,
  ISSUE_CLOSED: ({ stateReason, sender }) => `closed (${stateReason ?? "no reason"}) by ${sender || "somebody"}`,
  ISSUE_APPROVED: ({ stack, priority }) => `may be worked on: stack ${stack}, priority ${priority}`,
  ISSUE_QUEUED: ({ attempt, task, reason }) => `attempt ${attempt} (${task}) is queued: ${reason}`,
  ISSUE_ASSIGNED: ({ attempt, epoch }) => `claims attempt ${attempt}, epoch ${epoch}`,
  ISSUE_UNASSIGNED: reasonIn,
  ISSUE_NEEDS_HUMAN: (data, texts) => `a person is asked: ${withAdvice(reasonIn(data, texts))}`,
  ISSUE_CANCELLED: ({ reason }) => reason,
  ISSUE_DONE: ({ durationMinutes }) => `done in ${durationMinutes} min`,
  WORK_STARTED: ({ task, model }) => `works (${task}) with ${model}`,
  BRANCH_CREATED: ({ branch }) => `pushed ${branch}`,
  PR_CREATED: ({ prNumber, epoch }) => `#${prNumber} is the issue's change, epoch ${epoch}`,
  RUN_SUCCEEDED: ({ attempt, headSha, turns }) => `attempt ${attempt} ended at ${short(headSha)} after ${turns} turns`,
  RUN_FAILED: (data, texts) => `attempt ${data.attempt} failed (${data.class}): ${reasonIn(data, texts)}`,
  TOKEN_USAGE: ({ inputTokens, outputTokens, cacheReadTokens }) =>
    `${inputTokens} tokens in, ${outputTokens} out, ${cacheReadTokens} from cache`,
  PR_OPENED: headOf,
  PR_SYNCHRONIZED: headOf,
  PR_EDITED: headOf,
  PR_REOPENED: headOf,
  ISSUE_COMMENTED: commented,
  PR_COMMENTED: (data, texts) =>
    data.deletedBy === undefined || data.deletedBy.login === data.author
      ? commented(data, texts)
      : `${data.deletedBy.login} deleted a comment of ${data.author}`,
  PR_CLOSED: ({ merged, sender }) => (merged ? `closed as merged by ${sender}` : `closed unmerged by ${sender}`),
  REVIEW_ASSIGNED: ({ headSha }) => `claims the review of ${short(headSha)}`,
  REVIEW_UNASSIGNED: reasonIn,
  REVIEW_PASSED: ({ headSha, summary }, texts) => `approves ${short(headSha)}: ${shown(summary, texts)}`,
  REVIEW_CHANGES_REQUESTED: ({ threads, summary }, texts) =>
    `wants changes in ${threads.length} ${threads.length === 1 ? "place" : "places"}: ${shown(summary, texts)}`,
  REVIEW_FAILED: reasonIn,
  REVIEW_SUBMITTED: ({ reviewer, state }) => `GitHub has a review by ${reviewer}: ${state}`,
  REVIEW_LOOP_EXCEEDED: ({ rounds }) => `${rounds} rounds are used up`,
  THREAD_RESOLVED: ({ sender }) => `resolved by ${sender}`,
  CI_PASSED: ({ headSha }) => `checks passed on ${short(headSha)}`,
  CI_FAILED: ({ conclusion, headSha }) => `checks ended with ${conclusion} on ${short(headSha)}`,
  STATUS_REPORTED: ({ context, state, headSha }) => `${context} ended with ${state} on ${short(headSha)}`,
  GATE_EVALUATED: ({ passed, checks, shadow }) => {
    const missing = checks.filter((check) => !check.passed).map(({ why }) => why);
    const aside = checks.filter((check) => check.passed && check.leftAside !== undefined).map(({ why }) => why);
    const told = passed ? "open: everything is there" : `held: ${missing.join("; ")}`;
    const more = [...aside, ...(shadow === true ? ["in shadow: nothing follows"] : [])];
    return more.length === 0 ? told : `${told} (${more.join("; ")})`;
  },
  GATE_UNSHOWN: ({ reason, instead }) =>
    `shows its verdict as ${instead === "status" ? "a commit status" : "nothing"}: ${reason}`,
  GATE_REMINDED: ({ hold, since }) => `reminds people that one of them holds it since ${since} (${hold})`,
  GATE_OVERDUE: ({ hold, since, reason }) => `held since ${since} (${hold}): ${reason}`,
  GATE_OUTDATED: ({ headSha }) => `the gate looks at ${short(headSha)} again`,
  BRANCH_UPDATE_REQUESTED: ({ headSha }) => `asks for the merge of the base into ${short(headSha)}`,
  MERGE_REQUESTED: ({ headSha }) => `asks for the merge of ${short(headSha)}`,
  MERGE_QUEUED: ({ prNumber, headSha }) => `put #${prNumber} into the merge queue, with ${short(headSha)}`,
  MERGED: ({ prNumber, mergeSha }) => `#${prNumber} is merged as ${short(mergeSha)}`,
  MERGE_FAILED: reasonIn,
  MERGE_CONFLICT: ({ prNumber }) => `#${prNumber} conflicts with its base, or is behind it`,
  BASE_BROKEN: ({ prNumber, mergeSha, branch, checks }) =>
    `the merge of #${prNumber} (${short(mergeSha)}) broke ${branch}: ${checks.join(", ")} failed since; revert it, or mend it under the label ${fixesBaseLabel}`,
  REVERT_PROPOSED: ({ prNumber, mergeSha }) => `proposes to revert the merge of #${prNumber} (${short(mergeSha)})`,
  ADMIN_BYPASS_DETECTED: ({ prNumber, mergedBy }) => `#${prNumber} was merged past the gate by ${mergedBy}`,
  BASE_CLAIMED: ({ prNumber, branch, baseSha, to }) =>
    `#${prNumber} has its turn at ${short(baseSha)} of ${branch}, to be ${to === "test" ? "tested" : "merged"}`,
  BASE_AWAITED: ({ prNumber, branch, baseSha }) => `#${prNumber} waits for its turn at ${short(baseSha)} of ${branch}`,
  BASE_RELEASED: ({ prNumber, branch, baseSha, reason }) =>
    `the turn of #${prNumber} at ${short(baseSha)} of ${branch} is over: ${firstLine(reason)}`,
  BASE_ADVANCED: ({ prNumber, branch, baseSha }) => `${branch} is at ${short(baseSha)} by the merge of #${prNumber}`,
  BASE_CHECKED: ({ branch, baseSha, name, passed }) =>
    `${name === "" ? "checks" : name} ${passed ? "passed" : "failed"} on ${short(baseSha)} of ${branch}`,
  TICK: () => "TICK",
  RECONCILED: ({ owner, repo, missing, notCompared, requests }) => {
    const lacked = missing.map(({ type, number }) => `${type} of #${number}`).join(", ");
    const failing = notCompared.map((number) => `#${number}`).join(", ");
    const parts = [lacked && `lacked ${lacked}`, failing && `could not be compared in ${failing}`].filter(Boolean);
    return `${owner}/${repo} ${parts.join(" and ")}: ${requests} requests`;
  },
  REPOSITORY_MOVED: ({ fromOwner, fromRepo, owner, repo }) => `${fromOwner}/${fromRepo} is ${owner}/${repo}`,
  INSTALLATION_CHANGED: ({ appId, account, action }) => `App ${appId} at ${account}: ${action}`,
  FLEET_PAUSED: ({ agentId, bytes, bytesMax, hour, until }) =>
    `${agentId} is paused until ${until}: ${bytes} bytes in the hour ${hour}, ${bytesMax} allowed`,
  FLEET_RESUMED: ({ agentId }) => `${agentId} gets work again`,
  DEAD_LETTER_REPLAYED: (data) => `${data.person} replayed letter ${letterOf(data)}`,
  DEAD_LETTER_DISMISSED: (data) => `${data.person} dismissed letter ${letterOf(data)}`,
  TEXT_ERASED: (data) => `${data.person} erased ${erasedIn(data)}`,
  MERGES_FROZEN: ({ person, reason, ...frozen }) =>
    `${person} froze the merges into ${frozenName(frozen)}${reason === "" ? "" : `: ${firstLine(reason)}`}`,
  MERGES_UNFROZEN: ({ person, ...frozen }) => `${person} unfroze the merges into ${frozenName(frozen)}`,
};

function commented({ author, action, body }: DataOf<"ISSUE_COMMENTED">, texts: Texts): string {
  return `${author} ${action} a comment${body === null ? "" : `: ${shown(body, texts)}`}`;
}

function headOf({ headSha, branch }: DataOf<"PR_OPENED">): string {
  return `head ${short(headSha)} of ${branch}`;
}

/** A SHA as git and GitHub abbreviate it. */
function short(sha: string): string {
  return sha.slice(0, 7);
}

function letterOf({ sequence, stream, consumer, subject }: DataOf<"DEAD_LETTER_REPLAYED">): string {
  return `${sequence} of ${stream}/${consumer}: ${subject}`;
}

function erasedIn({ texts, deliveries, deadLetters, ...target }: DataOf<"TEXT_ERASED">): string {
  return `${placeName(target)}: ${texts} texts, ${deliveries} deliveries, ${deadLetters} dead letters`;
}

const erased = "(erased)";

/** The reason in full, because its end may say what to do, and the first line of what others wrote about it. */
function reasonIn({ reason, details }: DataOf<"ISSUE_NEEDS_HUMAN">, texts: Texts): string {
  if (details === null) return reason;
  const text = firstLine(texts.get(details.subject) ?? erased, reasonCharactersMax);
  return `${reason}${isSentence(reason) ? "" : ":"} ${text}`;
}

/** What a person is told who is asked: the reason, then how the rig goes on, unless the reason says that itself. */
function withAdvice(reason: string): string {
  const sentence = asSentence(reason);
  if (/\blabel (?:\S+ )?off and set it again/.test(reason)) return sentence;
  return `${sentence} To let the rig go on, take the label ${readyLabel} off and set it again; or merge the change yourself.`;
}

function shown({ subject }: TextRef, texts: Texts): string {
  return firstLine(texts.get(subject) ?? erased);
}
