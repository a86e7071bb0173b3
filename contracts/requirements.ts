import { Schema } from "effect";

const Text = Schema.String;
const Texts = Schema.Array(Text);

/** How GitHub merges a pull request (https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/about-merge-methods-on-github). */
const MergeMethod = Schema.Literals(["merge", "squash", "rebase"]);
export type MergeMethod = typeof MergeMethod.Type;

/** What approvals are required, of people with write permission (`pull_request` in https://docs.github.com/rest/repos/rules). */
const RequiredReviews = Schema.Struct({
  approvals: Schema.Int,
  codeOwners: Schema.Boolean,
  /** Somebody else than the last pusher has to have approved the last push. */
  lastPush: Schema.Boolean,
  /** GitHub dismisses approvals when commits are pushed. */
  dismissStale: Schema.Boolean,
  /** Teams that have to approve changes of certain files. */
  teams: Schema.Array(Schema.Struct({ teamId: Schema.Int, approvals: Schema.Int, files: Texts })),
});
export type RequiredReviews = typeof RequiredReviews.Type;

/** A workflow of GitHub Actions that has to pass. `isOwn`: its file stands in the repository of the pull request itself. */
const RequiredWorkflow = Schema.Struct({ path: Text, repositoryId: Schema.Int, isOwn: Schema.Boolean });
export type RequiredWorkflow = typeof RequiredWorkflow.Type;

/** A requirement that may exist unseen. */
const Hidden = Schema.Literals([
  ...(["approvals", "code owners", "last push approval", "stale reviews", "threads"] as const),
  ...(["strict", "linear history", "signed commits", "deployments", "merge queue", "pushers", "lock"] as const),
]);
export type Hidden = typeof Hidden.Type;

/**
 * What GitHub requires before a merge into one branch: its rulesets of all levels, its classic protection and the settings of the repository,
 * all of them together, so the strictest counts. services/_kit/github/requirements.ts reads it, and docs/requirements.md says what each answer
 * of GitHub means.
 */
export const Requirements = Schema.Struct({
  branch: Text,
  /** The checks and commit statuses that have to pass. `weighRequired` says which do. */
  checks: Schema.Array(Schema.Struct({ name: Text, appId: Schema.NullOr(Schema.Int) })),
  /** Whether the head has to contain the newest commit of the branch. */
  strict: Schema.Boolean,
  reviews: RequiredReviews,
  /** Whether every review thread has to be resolved. */
  threads: Schema.Boolean,
  /** The ways in which GitHub lets a pull request be merged: `merge` before `squash` before `rebase`. Empty: the rules leave none. */
  mergeMethods: Schema.Array(MergeMethod),
  linearHistory: Schema.Boolean,
  signedCommits: Schema.Boolean,
  /** The environments to which the head has to be deployed. */
  deployments: Texts,
  /** null: a merge goes straight into the branch. `method` is null where GitHub does not tell it. */
  mergeQueue: Schema.NullOr(Schema.Struct({ method: Schema.NullOr(MergeMethod) })),
  workflows: Schema.Array(RequiredWorkflow),
  /** Tools that have to have results, and from which severity on an alert blocks, in GitHub's words. */
  codeScanning: Schema.Array(Schema.Struct({ tool: Text, alerts: Text, securityAlerts: Text })),
  /** What messages and addresses of the commits have to look like: the rule, such as `commit_message_pattern`, and its pattern. */
  patterns: Schema.Array(Schema.Struct({ rule: Text, operator: Text, pattern: Text, negate: Schema.Boolean })),
  /** Whether a ruleset lets only those update or create the branch who bypass it. */
  updatesRestricted: Schema.Boolean,
  creationsRestricted: Schema.Boolean,
  /** To whom the classic protection restricts pushes and merges: logins, and slugs of teams and Apps. null: to nobody in particular. */
  pushers: Schema.NullOr(Schema.Struct({ users: Texts, teams: Texts, apps: Texts })),
  /** Whether the branch is read-only. */
  locked: Schema.Boolean,
  /** Other rules of which only GitHub says whether they are met, by its name; absent in a snapshot from before there were any. */
  judgedByGitHub: Schema.optionalKey(Texts),
  /** Rules that are not known here, by GitHub's name. What such a rule requires is not known either, so a person has to look. */
  unknownRules: Texts,
  /** What the classic protection may require besides, and is not shown to this identity (`hiddenBehind`). GitHub holds a merge to it all the same. */
  hidden: Schema.Array(Hidden),
});
export type Requirements = typeof Requirements.Type;

/** Whether GitHub lets a pull request of this standing be merged (https://docs.github.com/graphql/reference/enums#mergestatestatus). */
export function isMergeable(standing: string): boolean {
  return ["clean", "has_hooks", "unstable"].includes(standing);
}

/**
 * What only GitHub judges, one sentence each. Deployments, results of scanning and patterns of commits are met when GitHub lets the pull
 * request be merged: `standing` is its `mergeable_state`. Whoever may bypass a ruleset sees `blocked`, or is not held to it, so that a merge
 * without this rule could pass it over.
 */
export function leftToOthers(
  { deployments, codeScanning, patterns, judgedByGitHub = [] }: Requirements,
  standing: string,
): readonly string[] {
  if (isMergeable(standing)) return [];
  return [
    ...deployments.map((environment) => `a deployment to ${environment} is required, which GitHub judges`),
    ...codeScanning.map(({ tool }) => `results of ${tool} are required, which GitHub judges`),
    ...new Set(patterns.map(({ rule }) => `the rule ${rule} holds for the commits, which GitHub judges`)),
    ...judgedByGitHub.map((rule) => `the rule ${rule} holds, which GitHub judges`),
  ];
}

/**
 * Whether the head has to contain the newest commit of the branch. Where that is hidden GitHub says it by `behind`, but only while nothing else
 * blocks the merge: where only some may update the branch something always does, and it is taken for demanded.
 */
export function isStrict({ strict, hidden, updatesRestricted }: Requirements): boolean {
  return strict || (updatesRestricted && hidden.includes("strict"));
}

/** What shows a hidden part to the gate's App. Required deployments of the classic protection stand in no answer of REST. */
const shownBy = (part: Hidden): string | null =>
  part === "deployments" ? null : part === "merge queue" ? "Merge queues (read)" : "Administration (read)";

/**
 * Why a change waits for what is required unseen; null where it does not. `standing` is GitHub's `mergeable_state`, on all that it requires:
 * - where GitHub lets the change be merged, nothing is missing, shown or not;
 * - where only some may update the branch by a ruleset, it is `blocked` for everybody, and says nothing. There GitHub judges at the merge:
 *   whoever bypasses a ruleset is held to the classic protection all the same, and its refusal leads to a person;
 * - a merge queue judges by itself, and a change that may enter it need not be one that may be merged;
 * - otherwise something is missing that nobody can name, or GitHub has not said yet.
 */
export function hiddenBehind(requirements: Requirements, standing: string): string | null {
  const { branch, hidden, updatesRestricted, mergeQueue } = requirements;
  if (hidden.length === 0 || updatesRestricted || mergeQueue !== null || isMergeable(standing)) return null;
  const given = [...new Set(hidden.flatMap((part) => shownBy(part) ?? []))];
  const repair = given.length > 0 ? `give the App ${given.join(" and ")}` : "a person has to look at it on GitHub";
  const word = standing === "blocked" ? "blocks the merge, and nothing that is shown is missing" : `says ${standing}`;
  return `GitHub ${word}; not shown of ${branch}: ${hidden.join(", ")}: ${repair}`;
}
