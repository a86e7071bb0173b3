import { Schema } from "effect";
import { Attempt, CausationId, CorrelationId, HeadSha, Owner, PrNumber, Reason, Repo, Traceparent } from "./fields.ts";

/** Who may do a work item: `dev` writes changes, `review` reviews them. */
export const Role = Schema.Literals(["dev", "review"]).annotate({
  description: "Kind of agent that may claim the item: one that writes changes, or one that reviews them.",
});
export type Role = typeof Role.Type;

/** The toolchain that a repository may ask for in its `.rig-agent.yaml`. */
export const RepositoryStack = Schema.Literals(["node"]).annotate({
  description: "Toolchain that the repository asks for in its `.rig-agent.yaml`.",
});
export type RepositoryStack = typeof RepositoryStack.Type;

/** The toolchain that a work item needs. `any` is for reviews, which run no code of the repository. */
export const Stack = Schema.Literals([...RepositoryStack.literals, "any"]).annotate({
  description:
    "Toolchain that the work needs, from the repository's `.rig-agent.yaml`; `any` for a review, which runs no code.",
});
export type Stack = typeof Stack.Type;

/** The stacks that work of a role can ask for: each of them needs a row that claims it, or the work would wait for ever. */
export const stacksOf: Readonly<Record<Role, readonly Stack[]>> = { dev: RepositoryStack.literals, review: ["any"] };

/** Agents claim all `high` items before any `normal` one, and those before any `low` one. */
export const Priority = Schema.Literals(["high", "normal", "low"]).annotate({
  description: "Order of the work: from the issue's label `priority:high` or `priority:low`, else `normal`.",
});
export type Priority = typeof Priority.Type;
export const priorities = ["high", "normal", "low"] as const;

/** What is asked of the agent: a first change, a correction of an open change, or a review. */
export const Task = Schema.Literals(["implement", "fix", "review"]).annotate({
  description: "What the agent has to do: write a first change, correct an open change, or review one.",
});
export type Task = typeof Task.Type;

/**
 * Why a run ended without a usable change. `crashed` means that as many claims of one attempt ended without a result as the issue's limit allows.
 */
export const FailureClass = Schema.Literals([
  "auth",
  "quota",
  "timeout",
  "no-diff",
  "tests",
  "crashed",
  "erased",
  "internal",
]).annotate({
  description:
    "`auth`: the model's API refused the key. `quota`: its account is used up. `timeout`: no progress for 30 minutes, or too many turns. `no-diff`: no file was changed. `tests`: the repository's tests failed. `crashed`: claims ended without a result, as many as `claimsPerAttemptMax` of the issue allows. `erased`: the text that a person approved was erased. `internal`: anything else.",
});
export type FailureClass = typeof FailureClass.Type;

/**
 * One item on the work queue. `number` is the issue's number for `dev` and the pull request's for `review`;
 * `attempt` is the one in `ISSUE_QUEUED`, and an item whose attempt is over is acked unworked.
 */
export const WorkItem = Schema.Struct({
  id: Schema.String.annotate({
    description: "Id of the item. It follows from its cause, so the same decision enqueues an item with the same id.",
  }),
  role: Role,
  stack: Stack,
  priority: Priority,
  task: Task,
  owner: Owner,
  repo: Repo,
  number: Schema.Int.annotate({
    description: "Number of what the claim is on: the issue for `dev`, the pull request for `review`.",
  }),
  attempt: Attempt.annotate({
    description: "Number of the attempt that the item belongs to, as in `ISSUE_QUEUED`; always 1 for a review.",
  }),
  title: Schema.String.annotate({
    description:
      "Title of the issue when the label was set (`dev`), or of the pull request when the item was enqueued (`review`). Untrusted text.",
  }),
  baseBranch: Schema.String.annotate({
    description: "Name of the branch that the change starts from and is to be merged into.",
  }),
  issueNumber: Schema.Int.annotate({ description: "Number of the issue that the change is for." }),
  prNumber: Schema.NullOr(PrNumber).annotate({
    description: "Number of the pull request to correct or to review; null for a first change.",
  }),
  headSha: Schema.NullOr(HeadSha).annotate({
    description: "Commit SHA of the head to correct or to review, 40 hex digits; null for a first change.",
  }),
  reason: Reason.annotate({
    description:
      "Why the item was enqueued, written for a person: as in `ISSUE_QUEUED`, or the name of the fact that showed an unreviewed head.",
  }),
  requestedAt: Schema.String.annotate({ description: "When the item was enqueued: ISO 8601, UTC." }),
  correlationId: CorrelationId,
  causationId: CausationId,
  traceparent: Traceparent,
});
export type WorkItem = typeof WorkItem.Type;

/** What a service asks for when it enqueues work; the kit stamps id, time and the tracing fields. */
export type WorkDraft<R extends Role = Role> = Omit<
  WorkItem,
  "id" | "role" | "requestedAt" | "correlationId" | "causationId" | "traceparent"
> & { readonly role: R };
