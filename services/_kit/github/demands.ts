import type { RequiredCheck } from "#contracts/checks.ts";
import type { MergeMethod, RequiredReviews, Requirements } from "#contracts/requirements.ts";

/** What one source demands of a branch: a rule, the classic protection, the repository. `mergeMethods` are those that it allows. */
export type Demand = Omit<Requirements, "branch" | "hidden">;

/** All ways to merge, the gate's first choice first. */
export const mergeMethods: readonly MergeMethod[] = ["merge", "squash", "rebase"];

/** A source that demands nothing. */
export const noDemand: Demand = {
  checks: [],
  strict: false,
  reviews: { approvals: 0, codeOwners: false, lastPush: false, dismissStale: false, teams: [] },
  threads: false,
  mergeMethods,
  linearHistory: false,
  signedCommits: false,
  deployments: [],
  mergeQueue: null,
  workflows: [],
  codeScanning: [],
  patterns: [],
  updatesRestricted: false,
  creationsRestricted: false,
  pushers: null,
  locked: false,
  judgedByGitHub: [],
  unknownRules: [],
};

/** All sources together: the strictest of each. */
export function strictest(demands: readonly Demand[]): Demand {
  return demands.reduce(both, noDemand);
}

function both(one: Demand, other: Demand): Demand {
  const reviews = (of: (reviews: RequiredReviews) => boolean) => of(one.reviews) || of(other.reviews);
  return {
    checks: [...one.checks, ...other.checks.filter((check) => !one.checks.some((known) => isSame(known, check)))],
    strict: one.strict || other.strict,
    reviews: {
      approvals: Math.max(one.reviews.approvals, other.reviews.approvals),
      codeOwners: reviews(({ codeOwners }) => codeOwners),
      lastPush: reviews(({ lastPush }) => lastPush),
      dismissStale: reviews(({ dismissStale }) => dismissStale),
      teams: [...one.reviews.teams, ...other.reviews.teams],
    },
    threads: one.threads || other.threads,
    mergeMethods: one.mergeMethods.filter((method) => other.mergeMethods.includes(method)),
    linearHistory: one.linearHistory || other.linearHistory,
    signedCommits: one.signedCommits || other.signedCommits,
    deployments: [...new Set([...one.deployments, ...other.deployments])],
    mergeQueue: one.mergeQueue?.method ? one.mergeQueue : (other.mergeQueue ?? one.mergeQueue),
    workflows: [...one.workflows, ...other.workflows],
    codeScanning: [...one.codeScanning, ...other.codeScanning],
    patterns: [...one.patterns, ...other.patterns],
    updatesRestricted: one.updatesRestricted || other.updatesRestricted,
    creationsRestricted: one.creationsRestricted || other.creationsRestricted,
    pushers: one.pushers ?? other.pushers,
    locked: one.locked || other.locked,
    judgedByGitHub: [...new Set([...(one.judgedByGitHub ?? []), ...(other.judgedByGitHub ?? [])])],
    unknownRules: [...new Set([...one.unknownRules, ...other.unknownRules])],
  };
}

function isSame(one: RequiredCheck, other: RequiredCheck): boolean {
  return one.name === other.name && one.appId === other.appId;
}
