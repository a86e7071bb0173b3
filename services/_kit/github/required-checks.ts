import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { RequiredCheck } from "#contracts/checks.ts";
import type { Retryable } from "#kit/errors.ts";
import { GitHub, GitHubRefused, NotTold, type Octokit } from "./github.ts";

/** What GitHub requires of a head before a merge into a branch, as far as checks go. */
export interface Required {
  readonly checks: readonly RequiredCheck[];
  /** Whether a ruleset demands that the head contains the tip of the branch. Of the classic protection only its admins read it. */
  readonly strict: boolean;
}

/**
 * Reads the checks that GitHub requires before a merge into this branch: those of its rulesets, and those of its classic protection. Fails
 * with `GitHubRefused` where they may not be read, whatever the status, and with `NotTold` where the branch is protected and nothing of it
 * is shown: "not readable" is never "nothing required". What each answer means:
 *
 * - rules 200: the active rules of all levels, also for a branch that does not exist. GitHub describes no other answer
 *   (https://docs.github.com/rest/repos/rules#get-rules-for-a-branch), so 403 (permission, or a plan without rulesets) and 404 say nothing.
 * - branch 200: `protection` has what the classic protection requires, for everybody who may read. The protection itself is not asked for,
 *   because it is shown only to those who may administer the repository. `enabled: false` with `protected: true` is a branch that only
 *   rulesets protect. `protected: true` with nothing of the two is not readable.
 * - branch 404: "Branch not found", or "Not Found" where the token may not read contents
 *   (https://docs.github.com/rest/branches/branches#get-a-branch describes one answer for both).
 */
export const readRequiredChecks = Effect.fn("readRequiredChecks")(function* (at: RepositoryRef, branch: string) {
  const github = yield* GitHub;
  const ofRules = github.call(`read the rules of ${branch}`, at, async (octokit, repository) => {
    const request = { ...repository, branch, per_page: 100 };
    return requiredByRules(await octokit.paginate(octokit.rest.repos.getBranchRules, request));
  });
  const ofProtection = github.call(`read the protection of ${branch}`, at, async (octokit, repository) => {
    return requiredByProtection((await octokit.rest.repos.getBranch({ ...repository, branch })).data);
  });
  const [rules, protection] = yield* Effect.all(
    [
      naming("give the App Metadata (read); a private repository has rulesets only in a paid plan of GitHub", ofRules),
      naming("give the App Contents (read), and look whether the branch is still there", ofProtection),
    ],
    { concurrency: "unbounded" },
  );
  if (protection === "hidden" || (protection === "by rulesets" && rules.count === 0)) {
    const reason = `${branch} is protected, and nothing of it is shown: give the App Contents (read) and Metadata (read)`;
    return yield* new NotTold({ what: `read the protection of ${branch}`, reason });
  }
  const classic = protection === "by rulesets" ? [] : protection;
  return { checks: [...rules.checks, ...classic], strict: rules.strict } satisfies Required;
});

/** Says beside a refusal what to repair. */
function naming<A>(repair: string, asked: Effect.Effect<A, Retryable | GitHubRefused>) {
  return Effect.catchTag(asked, "GitHubRefused", ({ what, status, reason }) =>
    Effect.fail(new GitHubRefused({ what, status, reason: `${reason}: ${repair}` })),
  );
}

type Rules = Awaited<ReturnType<Octokit["rest"]["repos"]["getBranchRules"]>>["data"];

function requiredByRules(rules: Rules) {
  const demands = rules.flatMap((rule) => (rule.type === "required_status_checks" ? [rule.parameters] : []));
  const required = demands.flatMap((parameters) => parameters?.required_status_checks ?? []);
  return {
    count: rules.length,
    checks: required.map(({ context, integration_id: appId }) => ({ name: context, appId: appOf(appId) })),
    strict: demands.some((parameters) => parameters?.strict_required_status_checks_policy === true),
  };
}

type Branch = Awaited<ReturnType<Octokit["rest"]["repos"]["getBranch"]>>["data"];

/** The checks of the classic protection; `by rulesets` where there is none, `hidden` where GitHub shows nothing of it. */
function requiredByProtection(
  branch: Pick<Branch, "protected"> & Partial<Branch>,
): readonly RequiredCheck[] | "by rulesets" | "hidden" {
  const { protection, protected: isProtected } = branch;
  if (!isProtected) return [];
  if (protection?.enabled === false) return "by rulesets";
  const required = protection?.required_status_checks;
  if (required === undefined) return "hidden";
  if (required.checks !== undefined) {
    return required.checks.map(({ context, app_id: appId }) => ({ name: context, appId: appOf(appId) }));
  }
  return required.contexts.map((context) => ({ name: context, appId: null }));
}

/** GitHub has null, -1 or nothing where any App may run the check. */
function appOf(id: number | null | undefined): number | null {
  return id === undefined || id === null || id < 0 ? null : id;
}
