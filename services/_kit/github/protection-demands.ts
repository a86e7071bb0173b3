import type { RequiredCheck } from "#contracts/checks.ts";
import type { Hidden } from "#contracts/requirements.ts";
import { appOf, type Shown } from "./branch-rules.ts";
import { type Demand, noDemand } from "./demands.ts";
import type { Octokit } from "./github.ts";

// What each answer about the classic protection demands, and what it leaves unsaid.

/** The classic protection as GitHub shows it to those who may administer the repository. */
export type Protection = Awaited<ReturnType<Octokit["rest"]["repos"]["getBranchProtection"]>>["data"];

/** The classic protection as GraphQL shows it to everybody who may write (https://docs.github.com/graphql/reference/objects#refupdaterule). */
export interface RefUpdateRule {
  readonly requiredApprovingReviewCount: number | null;
  readonly requiredStatusCheckContexts: readonly (string | null)[] | null;
  readonly requiresCodeOwnerReviews: boolean;
  readonly requiresConversationResolution: boolean;
  readonly requiresLinearHistory: boolean;
  readonly requiresSignatures: boolean;
}

/** Not even the administrators' answer has deployments; it has all else. */
export const hiddenFromAll: readonly Hidden[] = ["deployments"];
/** What `refUpdateRule` leaves unsaid, which GraphQL shows to those who may write. */
export const hiddenFromWriters: readonly Hidden[] = [
  ...(["strict", "last push approval", "stale reviews", "pushers", "lock"] as const),
  ...hiddenFromAll,
];
/** What the branch itself leaves unsaid, which everybody may read. */
export const hiddenFromReaders: readonly Hidden[] = [
  ...(["approvals", "code owners", "threads", "linear history", "signed commits"] as const),
  ...hiddenFromWriters,
];

/** The checks that the branch itself shows. */
export function checksShown(shown: Shown): readonly RequiredCheck[] {
  if (typeof shown === "string") return [];
  if (shown.checks !== undefined) return shown.checks.map(checkOf);
  return shown.contexts.map((name) => ({ name, appId: null }));
}

/** What GraphQL shows. It names no App, so a check that `known` has with its App is left out. */
export function demandOfUpdateRule(rule: RefUpdateRule, known: readonly RequiredCheck[]): Demand {
  const names = (rule.requiredStatusCheckContexts ?? []).flatMap((name) => name ?? []);
  const unknown = names.filter((name) => !known.some((one) => one.name === name));
  return {
    ...noDemand,
    checks: unknown.map((name) => ({ name, appId: null })),
    reviews: {
      ...noDemand.reviews,
      approvals: rule.requiredApprovingReviewCount ?? 0,
      codeOwners: rule.requiresCodeOwnerReviews,
    },
    threads: rule.requiresConversationResolution,
    linearHistory: rule.requiresLinearHistory,
    signedCommits: rule.requiresSignatures,
  };
}

/** What the administrators' answer shows. */
export function demandOfProtection(protection: Protection): Demand {
  const { required_status_checks: checks, required_pull_request_reviews: reviews, restrictions } = protection;
  const isOn = (part: { readonly enabled?: boolean } | undefined) => part?.enabled === true;
  return {
    ...noDemand,
    checks: checks === undefined ? [] : checksShown(checks),
    strict: checks?.strict === true,
    reviews: {
      ...noDemand.reviews,
      approvals: reviews?.required_approving_review_count ?? 0,
      codeOwners: reviews?.require_code_owner_reviews === true,
      lastPush: reviews?.require_last_push_approval === true,
      dismissStale: reviews?.dismiss_stale_reviews === true,
    },
    threads: isOn(protection.required_conversation_resolution),
    linearHistory: isOn(protection.required_linear_history),
    signedCommits: isOn(protection.required_signatures),
    creationsRestricted: isOn(protection.block_creations),
    pushers: restrictions === undefined ? null : pushersOf(restrictions),
    locked: isOn(protection.lock_branch),
  };
}

function checkOf({ context: name, app_id: appId }: { readonly context: string; readonly app_id: number | null }) {
  return { name, appId: appOf(appId) };
}

function pushersOf({ users, teams, apps }: NonNullable<Protection["restrictions"]>): NonNullable<Demand["pushers"]> {
  return {
    users: users.flatMap(({ login }) => login ?? []),
    teams: teams.map(({ slug }) => slug),
    apps: apps.flatMap(({ slug }) => slug ?? []),
  };
}
