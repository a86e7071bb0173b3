import { Schema } from "effect";
import { Attempt, CausationId, CorrelationId, HeadSha, Owner, PrNumber, Reason, Repo, Traceparent } from "./fields.ts";

/** The kind of agent that may claim a work item: `dev` writes changes, `review` reviews them. */
export const Role = Schema.Literals(["dev", "review"]).annotate({
  description: "Kind of agent that may claim the item: one that writes changes, or one that reviews them.",
});
export type Role = typeof Role.Type;

/** The toolchain that a repository may ask for in its `.rig-agent.yaml`. */
export const RepositoryStack = Schema.Literals(["node"]).annotate({
  description: "Toolchain that the repository asks for in its `.rig-agent.yaml`.",
});
export type RepositoryStack = typeof RepositoryStack.Type;

/** The toolchain that a work item needs: `any` for a review, because it runs no code of the repository. */
export const Stack = Schema.Literals([...RepositoryStack.literals, "any"]).annotate({
  description:
    "Toolchain that the work needs, from the repository's `.rig-agent.yaml`; `any` for a review, which runs no code.",
});
export type Stack = typeof Stack.Type;

/** The stacks that work items of each role may have. Every one needs a row that claims it; without one its items would wait for ever. */
export const stacksOf: Readonly<Record<Role, readonly Stack[]>> = { dev: RepositoryStack.literals, review: ["any"] };

/** The priority of a work item. An agent claims a `normal` item only when no `high` one waits, and a `low` one only when neither waits. */
export const Priority = Schema.Literals(["high", "normal", "low"]).annotate({
  description: "Order of the work: from the issue's label `priority:high` or `priority:low`, else `normal`.",
});
export type Priority = typeof Priority.Type;
/** Every priority, in the order in which agents claim. */
export const priorities = ["high", "normal", "low"] as const;

/** What is asked of an agent that writes changes: a first change, or a correction of an open one. */
export const DevTask = Schema.Literals(["implement", "fix"]).annotate({
  description: "What the agent has to do: write a first change, or correct an open change.",
});
export type DevTask = typeof DevTask.Type;

/**
 * Why a run ended without a usable change. `crashed`: as many claims of the attempt ended without a result as `claimsPerAttemptMax` allows.
 */
export const FailureClass = Schema.Literals([
  "auth",
  "quota",
  "timeout",
  "no-diff",
  "tests",
  "crashed",
  "erased",
  "unsigned",
  "internal",
]).annotate({
  description:
    "`auth`: the model's API refused the key. `quota`: its account is used up. `timeout`: no progress for 30 minutes, or too many turns. `no-diff`: no file was changed. `tests`: the repository's tests failed. `crashed`: claims ended without a result, as many as `claimsPerAttemptMax` of the issue allows. `erased`: the text that a person approved was erased. `unsigned`: the base branch demands signed commits, and the agent makes none that GitHub verifies. `internal`: anything else.",
});
export type FailureClass = typeof FailureClass.Type;

const shared = {
  id: Schema.String.annotate({
    description: "Id of the item, computed from its cause: the same decision always enqueues an item with the same id.",
  }),
  stack: Stack,
  priority: Priority,
  owner: Owner,
  repo: Repo,
  baseBranch: Schema.String.annotate({
    description: "Name of the branch that the change starts from and will be merged into.",
  }),
  issueNumber: Schema.Int.annotate({ description: "Number of the issue that the change is for." }),
  requestedAt: Schema.String.annotate({ description: "When the item was enqueued: ISO 8601, UTC." }),
  correlationId: CorrelationId,
  causationId: CausationId,
  traceparent: Traceparent,
};

/** Work on an issue: a change to write or to correct. An item whose attempt is over is acked without a run. */
const DevItem = Schema.Struct({
  role: Schema.Literals(["dev"]).annotate({ description: "An agent that writes changes may claim the item." }),
  task: DevTask,
  number: Schema.Int.annotate({ description: "Number of the issue, which the claim is on." }),
  attempt: Attempt.annotate({ description: "Number of the attempt that the item belongs to, as in `ISSUE_QUEUED`." }),
  title: Schema.String.annotate({ description: "Title of the issue when the label was set. Untrusted text." }),
  prNumber: Schema.NullOr(PrNumber).annotate({
    description: "Number of the pull request to correct; null for a first change.",
  }),
  headSha: Schema.NullOr(HeadSha).annotate({
    description: "Commit SHA of the head to correct, 40 hex digits; null for a first change.",
  }),
  reason: Reason.annotate({ description: "Why the item was enqueued, written for a person: as in `ISSUE_QUEUED`." }),
  ...shared,
});
export type DevItem = typeof DevItem.Type;

/** The review of one head of a pull request. */
const ReviewItem = Schema.Struct({
  role: Schema.Literals(["review"]).annotate({ description: "An agent that reviews changes may claim the item." }),
  task: Schema.Literals(["review"]).annotate({ description: "What the agent has to do: review a change." }),
  number: Schema.Int.annotate({ description: "Number of the pull request, which the claim is on." }),
  attempt: Attempt.annotate({ description: "Always 1 for a review." }),
  title: Schema.String.annotate({
    description: "Title of the pull request when the item was enqueued. Untrusted text.",
  }),
  prNumber: PrNumber.annotate({ description: "Number of the pull request to review, the same as `number`." }),
  headSha: HeadSha.annotate({ description: "Commit SHA of the head to review, 40 hex digits." }),
  reason: Reason.annotate({
    description: "Why the item was enqueued, for a person: the name of the fact that showed an unreviewed head.",
  }),
  ...shared,
});
export type ReviewItem = typeof ReviewItem.Type;

/** The work items of each role. */
export const workItems = { dev: DevItem, review: ReviewItem } as const satisfies Record<Role, Schema.Top>;

/** One item on the work queue. */
export const WorkItem = Schema.Union([DevItem, ReviewItem]);
export type WorkItem = typeof WorkItem.Type;

/** What a service asks for when it enqueues work for these roles; the kit stamps id, time and the tracing fields. */
export type WorkDraft<R extends Role = Role> = R extends Role
  ? Omit<
      Extract<WorkItem, { readonly role: R }>,
      "id" | "requestedAt" | "correlationId" | "causationId" | "traceparent"
    >
  : never;
