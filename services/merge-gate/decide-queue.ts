import type { Decision } from "#contracts/choreography.ts";
import type { Check } from "#contracts/gate/condition.ts";
import type { Evaluation } from "#contracts/gate/evaluate.ts";
import { type QueueEvent, queueLogin, type Removal, removalIn } from "#contracts/gate/queue.ts";
import { holds } from "#contracts/gate/reasons.ts";
import type { ForgeState, Seen } from "#contracts/gate/snapshot.ts";
import type { IssueFact, IssueLife } from "#contracts/issue-life.ts";
import { because, type Why } from "#contracts/reason.ts";
import { requestsMax, standingRequest, timed } from "./decide.ts";

// What follows from the merge queue of a base.

type Outcome = Decision<"merge-gate", "issue">;
type Change = Pick<ForgeState, "number" | "headSha">;

/** Whether the request for the merge of this head stands. */
export function isRequested(issue: IssueLife, { number, headSha }: Change): boolean {
  const request = standingRequest(issue);
  return request?.prNumber === number && request.headSha === headSha;
}

/** Whether the gate put this head into the queue for the request that stands. */
export function isQueuedRequest(issue: IssueLife, forge: Change): boolean {
  const { mergeQueued } = issue;
  const isOfHead = mergeQueued?.prNumber === forge.number && mergeQueued.headSha === forge.headSha;
  return isOfHead && isRequested(issue, forge);
}

/** Records once for each request that the change is in the queue. */
export function recordQueued({ on, issue, forge }: Pick<Seen, "on" | "issue" | "forge">): Outcome {
  if (!isRequested(issue, forge) || isQueuedRequest(issue, forge)) return { facts: [], work: [] };
  const { number: prNumber, headSha } = forge;
  return { facts: [{ type: "MERGE_QUEUED", on, data: { prNumber, headSha } }], work: [] };
}

/** Whether the gate waits for nothing but the queue. */
export function isOnlyQueued({ checks }: Evaluation): boolean {
  return checks.every(({ passed, hold }: Check) => passed || hold === "merge-queue");
}

/** Whether something holds it, whatever GitHub has still to tell. */
export function isHeldInAnyCase({ checks }: Evaluation): boolean {
  return checks.some(({ hold }) => hold !== undefined && holds[hold].who !== "github");
}

/** 1 h: GitHub shows the end of a merge within seconds. A message that waits for it is a dead letter by then. */
const shownWithinMs = 3_600_000;

/**
 * How the queue ended the request that stands: with which words, and whether a person is asked. It is asked again, five times at most for one
 * head, but where somebody took the change out by hand. null while GitHub shows neither the merge nor its end.
 */
export function endOfQueue(
  evaluation: Evaluation,
  { issue, change, forge, at }: Pick<Seen, "issue" | "change" | "forge" | "at">,
  of: { readonly events: readonly QueueEvent[]; readonly gateLogin: string; readonly history: readonly IssueFact[] },
): (Why & { readonly asksPerson: boolean }) | null {
  const ofChange = of.history.filter((fact) => fact.type === "MERGE_QUEUED" && fact.data.prNumber === forge.number);
  const told = removalIn(of.events, { entries: ofChange.length, gateLogin: of.gateLogin });
  const { since = at } =
    timed(evaluation, { lastGate: change.lastGate, at }).find(({ name }) => name === "rules") ?? {};
  const goneSince = Math.max(Date.parse(since), Date.parse(issue.mergeQueued?.at ?? at));
  if (told === null && Date.parse(at) - goneSince <= shownWithinMs) return null;
  const { reason, byHand }: Removal = told ?? { reason: "", byHand: null };
  const asked = of.history.filter((fact) => fact.type === "MERGE_REQUESTED" && fact.data.headSha === forge.headSha);
  const by = byHand === null ? "the merge queue took it out" : `${byHand} took it out of the merge queue`;
  const said = reason === "" ? because(`${by}, and GitHub does not say why`) : because(by, reason);
  return { ...said, asksPerson: byHand !== null || asked.length >= requestsMax };
}

/** Whether the queue merged what this gate had put into it. Where GitHub lists nobody who did, the history tells. */
export function isMergedByQueue(
  { mergedBy, gateLogin }: { readonly mergedBy: string; readonly gateLogin: string },
  { issue, forge }: Pick<Seen, "issue" | "forge">,
  events: readonly QueueEvent[],
): boolean {
  const last = events.findLast(({ isIn }) => isIn);
  const by = last?.by || (issue.mergeQueued?.prNumber === forge.number ? gateLogin : "");
  return mergedBy === queueLogin && by === gateLogin;
}
