import type { DataOf } from "./catalogue.ts";
import { type Fact, type FactOf, factKey } from "./envelope.ts";
import { type Claim, isNextClaim, isOfClaim } from "./events/agent.ts";
import { type HeadTiers, withTier } from "./gate/head-tiers.ts";

/**
 * The state of one pull request, computed from its facts. `known` is false until the first fact that tells of the pull request itself:
 * PR_OPENED, PR_SYNCHRONIZED, PR_EDITED, PR_REOPENED or PR_CLOSED.
 */
export interface ChangeLife {
  readonly known: boolean;
  readonly open: boolean;
  readonly merged: boolean;
  readonly title: string;
  readonly author: string;
  readonly branch: string;
  readonly baseBranch: string;
  readonly headSha: string;
  /** Heads that another one replaced: a PR_SYNCHRONIZED that arrives late must not restore one. One that came back stays among them. */
  readonly supersededHeads: readonly string[];
  /** Since when GitHub has had each head that it told of, at the latest: ISO 8601. */
  readonly headsSince: Readonly<Record<string, string>>;
  /** When each of the superseded heads was replaced last, at the latest: ISO 8601. */
  readonly replacedAt: Readonly<Record<string, string>>;
  /** When GitHub changed the pull request last, by the delivery that told of the head: ISO 8601; null while none says it. */
  readonly headAt: string | null;
  /** Whether its base branch was ever changed. Earlier reviews then judged another diff, so the gate leaves the merge to a person. */
  readonly retargeted: boolean;
  /** The issues that its body closes when it is merged. */
  readonly closes: readonly number[];
  /** The last claim on a review, with the head SHA that it is for; null after the review has ended. `epoch` is the highest epoch so far. */
  readonly reviewer: (Claim & { readonly headSha: string }) | null;
  readonly epoch: number;
  /** Claims on the review of this head since its last end; a released one only if it `counts`. */
  readonly reviewClaims: number;
  /** The head SHA of Review-E's last review that gave a verdict; null when it was dismissed since, or a head came back. */
  readonly reviewedSha: string | null;
  /** The id of that review on GitHub, whatever became of it: a list of reviews without it is from before. */
  readonly reviewId: number | null;
  /** The ids of the reviews on GitHub that were dismissed. The dismissal may be told before the review's own fact. */
  readonly dismissedReviews: readonly number[];
  /** When the last claims on reviews began, at most `reviewsMax` of them, whatever ended them; a released one only if it `counts`: ISO 8601. */
  readonly reviewsBegun: readonly string[];
  /** The key of the fact that ended the last review. */
  readonly reviewEnd: string | null;
  /** The last objection of Review-E, the head SHA that it is about, and its review's id. What people object to is asked of GitHub. */
  readonly objection: { readonly headSha: string; readonly reviewId: number; readonly reason: string } | null;
  /** The heads of which GitHub said that their checks failed. Which of them are required is asked of GitHub. */
  readonly redHeads: readonly string[];
  /** The last review that ended without a verdict, and when; null after one with a verdict. Its head may be reviewed again. */
  readonly reviewFailure: (DataOf<"REVIEW_FAILED"> & { readonly at: string }) | null;
  readonly lastGate: DataOf<"GATE_EVALUATED"> | null;
  readonly tiers: HeadTiers;
  readonly shownInstead: DataOf<"GATE_UNSHOWN">["instead"] | null;
  /** Whether the reconciler asked the gate after its last evaluation to look again, because GitHub shows threads otherwise. */
  readonly gateOutdated: boolean;
  /** The ids of the comments on lines that held a merge and whose deletion nobody told of. */
  readonly holdingComments: readonly number[];
  /** The ids of the comments on lines whose deletion GitHub told, and by whom. */
  readonly deletedComments: readonly number[];
  /** The comments on lines of the diff that somebody else than their author deleted. */
  readonly erased: readonly { readonly author: string; readonly by: Deleter }[];
}

type Deleter = NonNullable<DataOf<"PR_COMMENTED">["deletedBy"]>;

/** 50 reviews of a change since its issue's approval: more than attempts and people make. Whoever may push could make a model review for ever. */
export const reviewsMax = 50;

/** The state of a pull request before its first fact. */
export const unknownChange: ChangeLife = {
  known: false,
  open: false,
  merged: false,
  ...{ title: "", author: "", branch: "" },
  baseBranch: "main",
  headSha: "",
  supersededHeads: [],
  headsSince: {},
  replacedAt: {},
  headAt: null,
  retargeted: false,
  closes: [],
  reviewer: null,
  epoch: 0,
  reviewClaims: 0,
  reviewedSha: null,
  reviewId: null,
  dismissedReviews: [],
  reviewsBegun: [],
  reviewEnd: null,
  objection: null,
  redHeads: [],
  reviewFailure: null,
  lastGate: null,
  ...{ tiers: {}, shownInstead: null },
  gateOutdated: false,
  ...{ holdingComments: [], deletedComments: [], erased: [] },
};

/** The facts in a pull request's history. */
export type ChangeFact = FactOf<"pr">;

/** Computes the state of one pull request from its facts, oldest first. */
export function foldChange(facts: readonly ChangeFact[]): ChangeLife {
  return facts.reduce(evolveChange, unknownChange);
}

/** Whether this head may be reviewed: it is the head of an open change, and no review of it gave a verdict. */
export function isReviewable(life: ChangeLife, headSha: string): boolean {
  return life.open && life.headSha === headSha && life.reviewedSha !== headSha;
}

/** Whether this very fact ended the last review. A second such fact, or one of another actor, did not end it. */
export function endedReview(life: ChangeLife, fact: FactOf<"pr">): boolean {
  return life.reviewEnd === factKey(fact);
}

/** Computes the state after one more fact. A fact of a review whose claim is not held changes nothing. */
export function evolveChange(before: ChangeLife, fact: ChangeFact): ChangeLife {
  const life = "closes" in fact.data ? withHeads(before, fact as Fact<Telling>) : before;
  switch (fact.type) {
    case "PR_OPENED":
      // GitHub may send deliveries out of order: a PR_OPENED that arrives after another delivery holds older data and changes nothing.
      return life.known ? life : snapshot(life, fact);
    case "PR_SYNCHRONIZED":
      return pushed(life, fact);
    case "PR_REOPENED":
      return isLate(life, fact.data) ? { ...life, open: true } : snapshot(life, fact);
    case "PR_EDITED": {
      // As the first fact it tells everything, because the PR_OPENED that arrives after it changes nothing. So does a PR_CLOSED.
      if (!life.known) return snapshot(life, fact);
      const { title, closes, baseBranch } = fact.data;
      return { ...life, title, closes, baseBranch, retargeted: isRetargeted(life, baseBranch) };
    }
    case "PR_CLOSED": {
      const { merged, closes, baseBranch } = fact.data;
      // One that was told after the opening that followed it ends nothing; a merge is never undone.
      if (!merged && isLate(life, fact.data)) return life;
      const told = life.known
        ? { ...life, baseBranch, retargeted: isRetargeted(life, baseBranch) }
        : snapshot(life, fact);
      return { ...told, open: false, merged, closes };
    }
    case "REVIEW_ASSIGNED":
      if (!isReviewable(life, fact.data.headSha) || !isNextClaim(life.epoch, fact)) return life;
      return {
        ...life,
        reviewer: fact.data,
        epoch: fact.data.epoch,
        reviewClaims: life.reviewClaims + 1,
        reviewsBegun: [...life.reviewsBegun, fact.occurredAt].slice(-reviewsMax),
      };
    case "REVIEW_UNASSIGNED":
      return releaseReview(life, fact);
    case "REVIEW_PASSED":
    case "REVIEW_FAILED":
    case "REVIEW_CHANGES_REQUESTED":
      return endReview(life, fact);
    case "GATE_EVALUATED":
      return { ...withHolding(life, fact.data), tiers: withTier(life.tiers, fact.data) };
    case "GATE_UNSHOWN":
      return { ...life, shownInstead: fact.data.instead };
    case "GATE_OUTDATED":
      return { ...life, gateOutdated: life.gateOutdated || fact.data.because === "threads" };
    case "CI_FAILED":
      // Failures come before their push, and late: none of them hides that of another head.
      return { ...life, redHeads: [...new Set([...life.redHeads, fact.data.headSha])] };
    case "PR_COMMENTED":
      return fact.data.deletedBy === undefined ? life : withoutComment(life, fact.data, fact.data.deletedBy);
    case "REVIEW_SUBMITTED":
      return fact.data.state === "dismissed" ? withoutReview(life, fact.data.reviewId) : life;
    case "GATE_REMINDED":
    case "THREAD_RESOLVED":
    case "CI_PASSED":
      return life;
  }
}

/** The facts that tell of the whole pull request. */
type Telling = "PR_OPENED" | "PR_SYNCHRONIZED" | "PR_EDITED" | "PR_REOPENED" | "PR_CLOSED";

/** GitHub has had the heads that a fact names since its time at the latest, whenever it is delivered. */
function withHeads(life: ChangeLife, fact: Fact<Telling>): ChangeLife {
  const { data } = fact;
  const at = timeOf(fact);
  const heads = [data.headSha, "prevSha" in data ? data.prevSha : ""].filter((head) => head !== "");
  const isEarlier = (head: string) => !(Date.parse(life.headsSince[head] ?? "") <= Date.parse(at));
  const told = heads.filter(isEarlier).map((head) => [head, at] as const);
  return told.length === 0 ? life : { ...life, headsSince: { ...life.headsSince, ...Object.fromEntries(told) } };
}

const timeOf = ({ data, occurredAt }: Fact<Telling>): string => data.updatedAt ?? occurredAt;

/** A review was dismissed. If it gave Review-E's last verdict, the head has none any more, and may be reviewed again. */
function withoutReview(life: ChangeLife, id: number): ChangeLife {
  const dismissedReviews = [...new Set([...life.dismissedReviews, id])];
  const told = { ...life, dismissedReviews, objection: life.objection?.reviewId === id ? null : life.objection };
  return life.reviewId === id ? { ...told, reviewedSha: null } : told;
}

/** What held a merge once stays known: with its last comment a thread is on GitHub no more. */
function withHolding(life: ChangeLife, lastGate: DataOf<"GATE_EVALUATED">): ChangeLife {
  // The gate may have read a comment before its deletion, and published after the deletion was told.
  const seen = lastGate.threads.flatMap(({ comments }) => comments).filter((id) => !life.deletedComments.includes(id));
  return { ...life, lastGate, gateOutdated: false, holdingComments: [...new Set([...life.holdingComments, ...seen])] };
}

/** A comment on a line was deleted, and GitHub told by whom. */
function withoutComment(life: ChangeLife, { commentId, author }: DataOf<"PR_COMMENTED">, by: Deleter): ChangeLife {
  const holdingComments = life.holdingComments.filter((id) => id !== commentId);
  const told = { ...life, holdingComments, deletedComments: [...life.deletedComments, commentId] };
  return by.login === author ? told : { ...told, erased: [...life.erased, { author, by }] };
}

/** Ends the claim on a review. After a push it is of an earlier head, so none is taken off this head's count. */
function releaseReview(life: ChangeLife, fact: Fact<"REVIEW_UNASSIGNED">): ChangeLife {
  const { headSha, counts } = fact.data;
  if (!isOfClaim(life.reviewer, fact) || headSha !== life.reviewer?.headSha) return life;
  const reviewsBegun = counts ? life.reviewsBegun : life.reviewsBegun.slice(0, -1);
  return { ...life, reviewer: null, reviewClaims: Math.max(0, life.reviewClaims - (counts ? 0 : 1)), reviewsBegun };
}

/** The end of a review counts only from the holder's agent, under its claim and for the head that was claimed. */
function endReview(
  life: ChangeLife,
  fact: Fact<"REVIEW_PASSED" | "REVIEW_FAILED" | "REVIEW_CHANGES_REQUESTED">,
): ChangeLife {
  const { headSha } = fact.data;
  if (!isOfClaim(life.reviewer, fact) || headSha !== life.reviewer?.headSha) return life;
  const over = { ...life, reviewer: null, reviewClaims: 0, reviewEnd: factKey(fact) };
  if (fact.type === "REVIEW_FAILED") return { ...over, reviewFailure: { ...fact.data, at: fact.occurredAt } };
  const { reviewId } = fact.data;
  if (life.dismissedReviews.includes(reviewId)) return { ...over, reviewId, reviewFailure: null };
  const ended = { ...over, reviewedSha: headSha, reviewId, reviewFailure: null };
  if (fact.type === "REVIEW_CHANGES_REQUESTED") return { ...ended, objection: objectionIn(fact) };
  return life.objection?.headSha === headSha ? { ...ended, objection: null } : ended;
}

/** A push replaces the head, unless it comes late: of two deliveries GitHub's time says which is the later one. */
function pushed(life: ChangeLife, fact: Fact<"PR_SYNCHRONIZED">): ChangeLife {
  const { headSha, prevSha, updatedAt } = fact.data;
  if (isLate(life, { updatedAt })) {
    // One that left the head of now shows that this head came back since.
    const left = superseding(life, prevSha, timeOf(fact));
    return headSha === life.headSha ? left : superseding(left, headSha, life.headAt ?? timeOf(fact));
  }
  // A time after that of the head says that it came back once more, and that the push is no late one.
  const isAgain = headSha === life.headSha && Date.parse(updatedAt ?? "") > Date.parse(life.headAt ?? "");
  if (isSuperseded(life, fact.data) && !isAgain) return life;
  const told = superseding(life, prevSha, timeOf(fact));
  // It leads to the head of now from another one, so nobody told of the push to that one. In one second with what told of the head it is that very push.
  const cameBack = headSha === life.headSha && !["", headSha].includes(prevSha) && updatedAt !== life.headAt;
  return snapshot(cameBack ? { ...superseding(told, headSha, timeOf(fact)), headSha: prevSha } : told, fact);
}

function superseding(life: ChangeLife, head: string, at: string): ChangeLife {
  if (head === "" || Date.parse(life.replacedAt[head] ?? "") >= Date.parse(at)) return life;
  const supersededHeads = [...new Set([...life.supersededHeads, head])];
  return { ...life, supersededHeads, replacedAt: { ...life.replacedAt, [head]: at } };
}

/** Whether GitHub told of something later already. A time that is not known is neither before nor after another one. */
function isLate({ headAt }: ChangeLife, { updatedAt }: { readonly updatedAt?: string | undefined }): boolean {
  return Date.parse(updatedAt ?? "") < Date.parse(headAt ?? "");
}

/**
 * What GitHub told of the whole pull request. A PR_SYNCHRONIZED that arrives after the PR_CLOSED does not open the change again. A head that
 * comes back is reviewed again: at the gate only Review-E's last review counts, and that may be of the head between, also one without an end.
 */
function snapshot(before: ChangeLife, fact: Fact<Telling>): ChangeLife {
  const { title, author, branch, baseBranch, headSha, closes, updatedAt: headAt = before.headAt } = fact.data;
  const life = headSha === before.headSha ? before : replacing(before, fact);
  const open = fact.type === "PR_SYNCHRONIZED" && life.known ? life.open : true;
  const retargeted = isRetargeted(life, baseBranch);
  const told = { title, author, branch, baseBranch, headSha, headAt, closes };
  return { ...life, ...told, known: true, open, retargeted };
}

function replacing(life: ChangeLife, fact: Fact<Telling>): ChangeLife {
  const reviewedSha = life.supersededHeads.includes(fact.data.headSha) ? null : life.reviewedSha;
  return { ...superseding(life, life.headSha, timeOf(fact)), reviewClaims: 0, reviewedSha };
}

/** Whether the fact of a later push arrived before this one. A push back to an old head is not superseded, because its `prevSha` is the current head. */
function isSuperseded(life: ChangeLife, push: { readonly headSha: string; readonly prevSha: string }): boolean {
  return life.supersededHeads.includes(push.headSha) && push.prevSha !== life.headSha;
}

function isRetargeted(life: ChangeLife, baseBranch: string): boolean {
  return life.retargeted || (life.known && life.baseBranch !== baseBranch);
}

/** The objection that Review-E's review raises to its head. A review of anybody else is none by itself, because everybody may submit one. */
export function objectionIn({
  data: { headSha, reviewId },
}: Fact<"REVIEW_CHANGES_REQUESTED">): NonNullable<ChangeLife["objection"]> {
  return { headSha, reviewId, reason: "Review-E asked for changes" };
}
