import { changeAt, issueAt, type RefOf } from "./aggregates.ts";
import { foldChange, isReviewable } from "./change-life.ts";
import type { DraftOf, FactDraft, FactOf } from "./envelope.ts";
import type { Claim } from "./events/agent.ts";
import { foldIssue } from "./issue-life.ts";
import { isRunnable } from "./issue-run.ts";
import type { Why } from "./reason.ts";
import { reviewClaimsMax } from "./waits.ts";
import type { DevItem, FailureClass, ReviewItem, Role, WorkItem } from "./work.ts";

/** The state of the claim on one work item, computed from the history of its aggregate. */
export interface ClaimState {
  /** Whether the work of the item is still to be done. */
  readonly runnable: boolean;
  readonly holder: Claim | null;
  /** The highest epoch so far, 0 before the first claim. */
  readonly epoch: number;
  /** Number of claims of this attempt, or on the review of this head; a released one only if it `counts`. After `claimsMax` the attempt or the review has failed. */
  readonly claims: number;
  readonly claimsMax: number;
}

/** The type of the work item by the kind of aggregate that its claim is on. */
export interface ItemOf {
  readonly issue: DevItem;
  readonly pr: ReviewItem;
}
/** The kinds of aggregates that are claimed. */
export type ClaimedKind = keyof ItemOf;
/** The kind of aggregate that the work items of a role claim. The broker lets an agent renew leases only on this kind. */
export const claimedKind = { dev: "issue", review: "pr" } as const satisfies Record<Role, ClaimedKind>;

/**
 * One kind of claim: the aggregate that is claimed, how its history is read, and the facts that begin and end a claim. All agents that
 * claim this kind of work use the same one. `Draft` is the type of these facts; the agent's row must name each of them in `publishes`.
 */
export interface ClaimKind<Kind extends ClaimedKind, Draft extends DraftOf<Kind> = DraftOf<Kind>> {
  /** Whether the item is work of this kind. */
  isFor(item: WorkItem): item is ItemOf[Kind];
  /** The aggregate whose history holds the claim. */
  on(item: ItemOf[Kind]): RefOf<Kind>;
  stateOf(item: ItemOf[Kind], history: readonly FactOf<Kind>[]): ClaimState;
  /** The fact that makes the claim. */
  claimed(item: ItemOf[Kind], claim: Claim): Draft;
  /** The fact that releases the claim before its work is done, after which the item is redelivered. `counts`: see `Counts` in events/agent.ts. */
  released(item: ItemOf[Kind], claim: Claim, counts: boolean, why: Why): Draft;
  /** The fact that ends the run without a result: too many claims, no progress for 30 min, deliveries used up, or a failure that the agent found. */
  failed(item: ItemOf[Kind], claim: Claim, failure: FailureClass, why: Why): Draft;
}

/** Another attempt cannot repair a refused key, an empty account, an erased text or a key to sign with that is not set. */
const beyondRepair: readonly FailureClass[] = ["auth", "quota", "erased", "unsigned"];

/** Claims on an attempt of an issue (Dev-E). ISSUE_ASSIGNED makes the claim; RUN_SUCCEEDED or RUN_FAILED ends it. */
export const issueClaims: ClaimKind<"issue", FactDraft<"ISSUE_ASSIGNED" | "ISSUE_UNASSIGNED" | "RUN_FAILED">> = {
  isFor: (item) => item.role === "dev",
  on: issueAt,
  stateOf: ({ attempt }, history) => {
    const life = foldIssue(history);
    const { holder, epoch, claims, limits } = life;
    return { runnable: isRunnable(life, attempt), holder, epoch, claims, claimsMax: limits.claimsPerAttemptMax };
  },
  claimed: (item, claim) => ({ type: "ISSUE_ASSIGNED", on: issueAt(item), agentId: claim.agentId, data: claim }),
  released: (item, { claimId, agentId }, counts, why) => {
    return { type: "ISSUE_UNASSIGNED", on: issueAt(item), agentId, data: { claimId, agentId, counts, ...why } };
  },
  failed: (item, { claimId, agentId }, failure, why) => {
    const retryable = !beyondRepair.includes(failure);
    const data = { claimId, attempt: item.attempt, class: failure, retryable, ...why };
    return { type: "RUN_FAILED", on: issueAt(item), agentId, data };
  },
};

/** Claims on the review of one head (Review-E). REVIEW_ASSIGNED makes the claim; REVIEW_PASSED, REVIEW_CHANGES_REQUESTED or REVIEW_FAILED ends it. */
export const reviewClaims: ClaimKind<"pr", FactDraft<"REVIEW_ASSIGNED" | "REVIEW_UNASSIGNED" | "REVIEW_FAILED">> = {
  isFor: (item) => item.role === "review",
  on: changeAt,
  stateOf: ({ headSha }, history) => {
    const life = foldChange(history);
    return {
      runnable: isReviewable(life, headSha),
      // A claim on another head is none on this one: a review of that head is worthless by now. The first claim on this one ends it, and not the push.
      holder: life.reviewer?.headSha === headSha ? life.reviewer : null,
      epoch: life.epoch,
      claims: life.reviewClaims,
      claimsMax: reviewClaimsMax,
    };
  },
  claimed: (item, claim) => ({
    type: "REVIEW_ASSIGNED",
    on: changeAt(item),
    agentId: claim.agentId,
    data: { ...claim, headSha: item.headSha },
  }),
  released: (item, { claimId, agentId }, counts, why) => {
    const data = { claimId, headSha: item.headSha, counts, ...why };
    return { type: "REVIEW_UNASSIGNED", on: changeAt(item), agentId, data };
  },
  failed: (item, { claimId, agentId }, _failure, why) => ({
    type: "REVIEW_FAILED",
    on: changeAt(item),
    agentId,
    data: { claimId, headSha: item.headSha, ...why },
  }),
};
