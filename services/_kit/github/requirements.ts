import { Effect, Schema } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { HeadChecks } from "#contracts/required-checks.ts";
import { type Hidden, type MergeMethod, Requirements } from "#contracts/requirements.ts";
import { nothingShown, type Rules, readBranchRules, type Shown } from "./branch-rules.ts";
import { type Demand, mergeMethods, noDemand, strictest } from "./demands.ts";
import { GitHub, type GitHubRefused, NotTold } from "./github.ts";
import { type HeadOf, type HeadTold, readHeadChecks } from "./head-checks.ts";
import {
  checksShown,
  demandOfProtection,
  demandOfUpdateRule,
  hiddenFromAll,
  hiddenFromReaders,
  hiddenFromWriters,
  type Protection,
  type RefUpdateRule,
} from "./protection-demands.ts";
import { demandOfRules, methodOf } from "./rule-demands.ts";

/** What GitHub requires before a merge, and what reported on the head that would be merged. `weighRequired` weighs the two. */
export interface Required {
  readonly requirements: Requirements;
  readonly head: HeadChecks;
}

/**
 * Reads what GitHub requires before this head is merged into this branch, and everything that reported on it: three requests at once, two
 * where GraphQL's part is `known`, and one more where the branch has a classic protection. "Not readable" is never "nothing required": it fails with `GitHubRefused` or `NotTold`, which
 * name the permission, and what only a part of the protection leaves unsaid is in `hidden`. [docs/requirements.md](../../../docs/requirements.md)
 * has the table of what each answer of GitHub means.
 */
export const readRequirements = Effect.fn("readRequirements")(function* (
  at: RepositoryRef,
  of: HeadOf,
  known: HeadTold | null = null,
) {
  const head = known === null ? readHeadChecks(at, of) : Effect.succeed(known);
  const [{ rules, shown }, told] = yield* Effect.all([readBranchRules(at, of.branch), head], {
    concurrency: "unbounded",
  });
  const classic = typeof shown === "string" && shown !== "hidden" ? "none" : yield* readProtection(at, of.branch);
  // Of what GitHub refuses to tell, a part that it shows is believed no more than the rest.
  const rule = told.lacking.includes("refUpdateRule") ? null : (told.repository.ref?.refUpdateRule ?? null);
  const read = { rules, shown, classic, rule };
  if (isUntold(read)) return yield* nothingShown(of.branch);
  const demand = yield* Effect.try({
    try: () => demandOfAll(read, told),
    catch: () =>
      new NotTold({
        what: `read what ${of.branch} requires`,
        reason: "an answer has another shape than GitHub describes",
      }),
  });
  const hidden = [...hiddenBy(read), ...(told.lacking.includes("mergeQueue") ? ["merge queue" as const] : [])];
  const requirements = { branch: of.branch, ...demand, mergeMethods: methodsOf(demand), hidden };
  return { requirements, head: told.head } satisfies Required;
});

/** The classic protection: what it requires, that there is none, or that it may not be read. */
type Classic = Protection | "none" | "hidden";

interface Told {
  readonly rules: Rules;
  readonly shown: Shown;
  readonly classic: Classic;
  readonly rule: RefUpdateRule | null;
}

const isWhole = Schema.is(Requirements);

/** What all of it demands together. Throws where an answer has another shape than GitHub describes. */
function demandOfAll({ rules, shown, classic, rule }: Told, told: HeadTold): Demand {
  const ofRules = demandOfRules(rules, told.repository.databaseId);
  const checks = [...ofRules.checks, ...checksShown(shown)];
  const demand = strictest([
    ofRules,
    { ...noDemand, checks: checksShown(shown) },
    typeof classic === "string" ? noDemand : demandOfProtection(classic),
    rule === null ? noDemand : demandOfUpdateRule(rule, checks),
    demandOfRepository(told),
  ]);
  if (!isWhole({ branch: "", hidden: [], ...demand })) throw new Error("another shape");
  return demand;
}

/** Whether something protects the branch, and none of the answers shows anything of it. */
function isUntold({ rules, shown, classic, rule }: Told): boolean {
  const isByRulesets = shown === "rulesets" || (shown === "hidden" && classic === "none");
  return (isByRulesets && rules.length === 0) || (shown === "hidden" && classic === "hidden" && rule === null);
}

/** Heads have to be up to date only where checks are required too: without one, that setting has no effect on GitHub. */
function hiddenBy({ shown, classic, rule }: Told): readonly Hidden[] {
  if (classic === "none") return [];
  if (classic !== "hidden") return hiddenFromAll;
  const isChecked = checksShown(shown).length > 0 || (rule?.requiredStatusCheckContexts ?? []).length > 0;
  return (rule === null ? hiddenFromReaders : hiddenFromWriters).filter((part) => isChecked || part !== "strict");
}

/** Asks for the protection itself, which GitHub shows only to those who may administer the repository. */
const readProtection = Effect.fnUntraced(function* (at: RepositoryRef, branch: string) {
  const github = yield* GitHub;
  const asked = github.call(`read the whole protection of ${branch}`, at, async (octokit, repository) => {
    return (await octokit.rest.repos.getBranchProtection({ ...repository, branch })).data;
  });
  return yield* Effect.catchTag(asked, "GitHubRefused", (refused) => Effect.succeed(meaningOf(refused)));
});

/** Of the refusals one says that there is none: 404 "Branch not protected". 404 "Not Found" and 403 say only that it may not be read. */
function meaningOf({ status, reason }: GitHubRefused): "none" | "hidden" {
  return status === 404 && reason.startsWith("Branch not protected") ? "none" : "hidden";
}

function demandOfRepository({ repository }: HeadTold): Demand {
  const { mergeCommitAllowed, squashMergeAllowed, rebaseMergeAllowed, mergeQueue } = repository;
  const allowed = { merge: mergeCommitAllowed, squash: squashMergeAllowed, rebase: rebaseMergeAllowed };
  return {
    ...noDemand,
    mergeMethods: mergeMethods.filter((method) => allowed[method]),
    mergeQueue: mergeQueue === null ? null : { method: methodOf(mergeQueue.configuration?.mergeMethod) },
  };
}

/**
 * The methods that all rules leave. A linear history takes no merge commit. Where commits have to be signed, GitHub signs the commit that it
 * makes to merge or to squash, and none that it rebases
 * (https://docs.github.com/authentication/managing-commit-signature-verification/about-commit-signature-verification). Where it lets only the
 * author squash, its refusal of the merge leads to a person.
 */
function methodsOf({ mergeMethods: allowed, linearHistory, signedCommits }: Demand): readonly MergeMethod[] {
  return allowed.filter((method) => !(method === "merge" && linearHistory) && !(method === "rebase" && signedCommits));
}
