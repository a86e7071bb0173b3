import { Schema } from "effect";

/** Who may do a work item: `dev` writes changes, `review` reviews them. */
export const Role = Schema.Literals(["dev", "review"]);
export type Role = typeof Role.Type;

/** The toolchain that a repository may ask for in its `.rig-agent.yaml`. */
export const RepositoryStack = Schema.Literals(["node"]);
export type RepositoryStack = typeof RepositoryStack.Type;

/** The toolchain that a work item needs. `any` is for reviews, which run no code of the repository. */
export const Stack = Schema.Literals([...RepositoryStack.literals, "any"]);
export type Stack = typeof Stack.Type;

/** The stacks that work of a role can ask for: each of them needs a row that claims it, or the work would wait for ever. */
export const stacksOf: Readonly<Record<Role, readonly Stack[]>> = { dev: RepositoryStack.literals, review: ["any"] };

/** Agents claim all `high` items before any `normal` one, and those before any `low` one. */
export const Priority = Schema.Literals(["high", "normal", "low"]);
export type Priority = typeof Priority.Type;
export const priorities = ["high", "normal", "low"] as const;

/** What is asked of the agent: a first change, a correction of an open change, or a review. */
export const Task = Schema.Literals(["implement", "fix", "review"]);
export type Task = typeof Task.Type;

/**
 * Why a run ended without a usable change. `crashed` means that three claims of one attempt ended without a word.
 */
export const FailureClass = Schema.Literals(["auth", "quota", "timeout", "no-diff", "tests", "crashed", "internal"]);
export type FailureClass = typeof FailureClass.Type;

/**
 * One item on the work queue. `number` is the issue's number for `dev` and the pull request's for `review`;
 * `attempt` is that of the dispatch fact, and an item whose attempt is over is acked unworked.
 */
export const WorkItem = Schema.Struct({
  id: Schema.String,
  role: Role,
  stack: Stack,
  priority: Priority,
  task: Task,
  owner: Schema.String,
  repo: Schema.String,
  number: Schema.Int,
  attempt: Schema.Int,
  title: Schema.String,
  baseBranch: Schema.String,
  issueNumber: Schema.Int,
  prNumber: Schema.NullOr(Schema.Int),
  headSha: Schema.NullOr(Schema.String),
  reason: Schema.String,
  requestedAt: Schema.String,
  correlationId: Schema.String,
  causationId: Schema.String,
  traceparent: Schema.String,
});
export type WorkItem = typeof WorkItem.Type;

/** What a service asks for when it enqueues work; the kit stamps id, time and the tracing fields. */
export type WorkDraft<R extends Role = Role> = Omit<
  WorkItem,
  "id" | "role" | "requestedAt" | "correlationId" | "causationId" | "traceparent"
> & { readonly role: R };

/** The claims and rounds that an issue may use up before a person is asked (domain rule: three, two strikes). */
export const limits = {
  /** Claims of one attempt that ended in silence before the attempt counts as failed. */
  claimsPerAttemptMax: 3,
  /** Failed attempts of one issue before it needs a person. */
  failedAttemptsMax: 2,
  /** Rounds of fixing one change, for reviews and checks each counted together. */
  fixRoundsMax: 3,
} as const;
