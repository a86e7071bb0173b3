/** How a pull request may be merged. */
export type MergeMethod = "merge" | "squash" | "rebase";

/** The classic protection of one branch (https://docs.github.com/rest/branches/branch-protection). */
export interface ProtectionRecord {
  readonly branch: string;
  /** null: no check is required. */
  readonly checks: readonly RequiredCheck[] | null;
  /** The head must contain the base's tip. */
  readonly strict: boolean;
  /** null: no pull request is required. */
  readonly reviews: RequiredReviews | null;
  readonly enforceAdmins: boolean;
  readonly linearHistory: boolean;
  readonly forcePushes: boolean;
  readonly deletions: boolean;
  readonly conversationResolution: boolean;
}

/** A check or commit status that must be green, of one App or (null) of anybody. */
export interface RequiredCheck {
  readonly context: string;
  readonly appId: number | null;
}

/** What approvals a change needs. That code owners are among them is shown in a ruleset, and judged by nobody here. */
export interface RequiredReviews {
  readonly approvals: number;
  /** A push dismisses the approvals. */
  readonly dismissStale: boolean;
  /** The last push must be approved by somebody else than the pusher. */
  readonly lastPush: boolean;
}

/** A ruleset of a repository (https://docs.github.com/rest/repos/rules). */
export interface RulesetRecord {
  readonly id: number;
  readonly createdAt: string;
  name: string;
  enforcement: "active" | "disabled" | "evaluate";
  bypassActors: readonly BypassActor[];
  /** Names of refs, `~DEFAULT_BRANCH` and `~ALL`; `*` stands for anything but a slash, `**` for anything. */
  include: readonly string[];
  exclude: readonly string[];
  rules: readonly RuleRecord[];
  updatedAt: string;
}

/** Whom a ruleset lets pass. `actorId` is an App's id, or 5 for the role admin, 2 for maintain, 4 for write. */
export interface BypassActor {
  readonly actorId: number | null;
  readonly actorType: "Integration" | "OrganizationAdmin" | "RepositoryRole";
  readonly mode: "always" | "pull_request" | "exempt";
}

/** One rule as it was given. */
export interface RuleRecord {
  readonly type: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}
