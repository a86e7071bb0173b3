import type { DataOf, FactType } from "#contracts/catalogue.ts";
import { type ChangeFact, foldChange, unknownChange } from "#contracts/change-life.ts";
import type { Consumes, Decision } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import type { IssueStanding } from "#contracts/issue-label.ts";
import { foldIssue, type IssueFact, unknownIssue } from "#contracts/issue-life.ts";
import type { Limits } from "#contracts/policy.ts";
import { approvalOf, emptyText, factOf, labelOf, plainSettings } from "#contracts/test-facts.ts";
import { type Consumed, decide, type Seen } from "./decide.ts";
import type { Labeled } from "./decide-label.ts";

/** A fact about issue 7 or its pull request 9 of `acme/shop`, for given/when/then. */
export function fact<Type extends FactType>(type: Type, data: DataOf<Type>, occurredAt = approvedAt): Fact<Type> {
  // Facts that say the same are one fact: each has its id from what it says.
  const plain = factOf(type, data, { occurredAt, id: `${type} ${JSON.stringify(data)}` });
  return { ...plain, on: { ...plain.on, repo: "shop", number: plain.on.kind === "pr" ? 9 : 7 } };
}

const approvedAt = "2026-01-01T10:00:00.000Z";

const agent = "dev-e[bot]";
const snapshot = {
  title: "Sell more (#7)",
  author: agent,
  branch: "feature/issue-7-sell-more",
  baseBranch: "trunk",
  headSha: "h1",
  closes: [7],
};

export const labeled = (...labels: string[]) =>
  fact("ISSUE_LABELED", labelOf({ labels: ["agent-ready", ...labels], defaultBranch: "trunk" }));
export const unlabeled = fact("ISSUE_UNLABELED", { label: "agent-ready", sender: "ada" });
export const closed = fact("ISSUE_CLOSED", { sender: "ada", stateReason: null });
const approval = approvalOf({ priority: "high", defaultBranch: "trunk" });
export const approved = fact("ISSUE_APPROVED", approval);
export const approvedWith = (limits: Partial<Limits>) =>
  fact("ISSUE_APPROVED", { ...approval, limits: { ...plainSettings.limits, ...limits } });
export const queued = (attempt: number, task: "implement" | "fix" = "implement", headSha = "h1") =>
  fact("ISSUE_QUEUED", {
    attempt,
    task,
    reason: "because",
    prNumber: task === "fix" ? 9 : null,
    headSha: task === "fix" ? headSha : null,
  });
export const assigned = (attempt: number, epoch = attempt) =>
  fact("ISSUE_ASSIGNED", { claimId: `c${epoch}`, epoch, agentId: "dev-e", instanceId: "i", attempt });
export const prCreated = (epoch = 1) =>
  fact("PR_CREATED", {
    claimId: `c${epoch}`,
    agentId: "dev-e",
    prNumber: 9,
    prUrl: "",
    branch: snapshot.branch,
    epoch,
  });
export const succeeded = (attempt: number, headSha = "h1", claim = `c${attempt}`) =>
  fact("RUN_SUCCEEDED", { claimId: claim, attempt, prNumber: 9, headSha, turns: 3, summary: emptyText });
export const failed = (attempt: number, failure: DataOf<"RUN_FAILED">["class"] = "tests", claim = `c${attempt}`) =>
  fact("RUN_FAILED", {
    claimId: claim,
    attempt,
    class: failure,
    retryable: failure !== "auth" && failure !== "quota" && failure !== "erased",
    reason: "it broke",
    details: emptyText,
  });
/** The same fact with the same id, published by another agent. */
export const byMallory = <F extends Fact>(original: F): F => ({ ...original, actor: "mallory" });
export const needsHuman = fact("ISSUE_NEEDS_HUMAN", { reason: "stuck", details: null });
export const cancelled = fact("ISSUE_CANCELLED", { reason: "closed by ada" });
export const mergeRequested = fact("MERGE_REQUESTED", { prNumber: 9, headSha: "h1" });
export const merged = (at: string) => fact("MERGED", { prNumber: 9, mergeSha: "m1" }, at);
export const done = fact("ISSUE_DONE", { prNumber: 9, mergeSha: "m1", durationMinutes: 1 });

export const opened = (headSha = "h1") => fact("PR_OPENED", { ...snapshot, headSha });
export const pushed = (headSha: string) => fact("PR_SYNCHRONIZED", { ...snapshot, headSha, prevSha: "h0" });
export const prClosed = (isMerged: "merged" | "unmerged") =>
  fact("PR_CLOSED", { ...snapshot, merged: isMerged === "merged", mergeSha: null, sender: "ada" });
export const reviewAssigned = (headSha = "h1", epoch = 1) => {
  const claim = { claimId: `r${epoch}`, epoch, agentId: "review-e", instanceId: "i", attempt: 1 };
  return fact("REVIEW_ASSIGNED", { ...claim, headSha });
};
export const reviewPassed = (headSha = "h1", claimId = "r1") =>
  fact("REVIEW_PASSED", { claimId, headSha, reviewId: 1, summary: emptyText });
export const changesRequested = (headSha = "h1", claimId = "r1") =>
  fact("REVIEW_CHANGES_REQUESTED", { claimId, headSha, reviewId: 1, summary: emptyText, threads: [] });
export const reviewFailed = (headSha = "h1", claimId = "r1") =>
  fact("REVIEW_FAILED", { claimId, headSha, reason: "the model failed", details: null });
/** A change whose first head, `h1` if not given, was claimed and reviewed with this end. */
export const reviewed = (end: Fact<"REVIEW_PASSED" | "REVIEW_CHANGES_REQUESTED" | "REVIEW_FAILED">) =>
  [opened(end.data.headSha), reviewAssigned(end.data.headSha), end] as const;

/** What an issue's facts add up to: its life after one attempt that ended with the pull request 9 is `oneRun`. */
export const issue = (...facts: readonly IssueFact[]) => foldIssue(facts);
export const change = (...facts: readonly ChangeFact[]) => foldChange(facts);
export const oneRun: readonly IssueFact[] = [approved, queued(1), assigned(1), prCreated(), succeeded(1)];

export const personObjects = (headSha: string) =>
  fact("REVIEW_SUBMITTED", {
    reviewId: 2,
    reviewer: "bob",
    reviewerType: "User",
    state: "changes_requested",
    headSha,
  });
export const personComments = fact("PR_COMMENTED", {
  commentId: 3,
  author: "bob",
  action: "created",
  body: emptyText,
  where: "conversation",
});
export const personCommentsOnIssue = fact("ISSUE_COMMENTED", {
  commentId: 4,
  author: "bob",
  action: "created",
  body: emptyText,
});
/** What GitHub confirms of an objection. */
export const objectionTo = (headSha: string) => ({ prNumber: 9, headSha, reason: "bob asked for changes" });
export const checksFailed = (headSha: string) => fact("CI_FAILED", { headSha, suiteId: 1, conclusion: "failure" });

export const statusReported = (state: DataOf<"STATUS_REPORTED">["state"], headSha = "h1") =>
  fact("STATUS_REPORTED", { headSha, context: "ci/jenkins", state });

/** What GitHub shows of an open issue that has the label. */
export const open: IssueStanding = { open: true, labelled: true, title: "Sell more", bodySha256: emptyText.sha256 };
/** What GitHub and the repository's file say of a label that is confirmed. */
export const confirmed: Asked = {
  standing: open,
  account: { type: "User", mayWrite: true },
  byRig: false,
  bots: [],
  config: { effective: plainSettings },
};
const taken: IssueStanding = { ...open, labelled: false };
type Asked = Omit<Labeled, keyof Fact>;

/**
 * What is decided on issue 7 after a fact; what is not given is unknown, the repository's file is right, and GitHub confirms that the label
 * was set or taken off.
 */
export function decided(
  fact: Consumes<"dispatcher">,
  { config, standing, account, byRig, bots, ...seen }: Partial<Seen & Asked>,
): Decision<"dispatcher", "issue"> {
  const on = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;
  const consumed = askedFor(fact, { config, standing, account, byRig, bots });
  // Unless a test says something else, a required check is what failed.
  const redChecks = fact.type === "CI_FAILED" || fact.type === "STATUS_REPORTED" ? ["test"] : [];
  const byAgent = seen.change?.author === agent;
  const plain = { issue: unknownIssue, change: unknownChange, prNumber: 9, objection: null };
  const unasked = { foreign: null, isHeadMissing: false, isHeadReplaced: false, isMergedElsewhere: false };
  const known = { ...plain, ...unasked, redChecks, byAgent, ...seen };
  return decide(consumed, { on, ...known });
}

function askedFor(fact: Consumes<"dispatcher">, given: Readonly<Record<string, unknown>>): Consumed {
  const asked = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (fact.type === "ISSUE_LABELED") return { ...fact, ...confirmed, ...asked };
  if (fact.type === "ISSUE_UNLABELED") return { ...fact, standing: taken, ...asked };
  if (fact.type === "ISSUE_CLOSED") return { ...fact, isClosedNow: !isOpen(given.standing) };
  return fact;
}

/** Unless a test says something else, GitHub has the issue open. */
function isOpen(standing: unknown): boolean {
  return standing === undefined || (standing as IssueStanding | null)?.open === true;
}

export const nothing: Decision<"dispatcher", "issue"> = { facts: [], work: [] };

/** The facts of a decision as they are stored. */
export function stored({ facts }: Pick<Decision<"dispatcher", "issue">, "facts">): readonly IssueFact[] {
  return facts.map(({ type, data }) => fact(type, data as DataOf<typeof type>) as IssueFact);
}

/** A decision in the words of the tests: the facts, and the work that is enqueued. */
export function outcome({ facts, work }: Decision<"dispatcher", "issue">): readonly string[] {
  const types = facts.map(({ type, data }) =>
    type === "ISSUE_QUEUED" ? `${type} ${data.attempt} ${data.task}` : type,
  );
  return [...types, ...work.map(({ role, task, attempt }) => `work ${role} ${task} ${attempt}`)];
}
