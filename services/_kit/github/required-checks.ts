import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { RequiredCheck } from "#contracts/checks.ts";
import { GitHub } from "./github.ts";
import { orWhenAbsent } from "./repository-file.ts";

const none: readonly RequiredCheck[] = [];

/**
 * Reads the checks that GitHub requires before a merge into this branch: those of its rulesets, and those of its classic protection. Fails
 * with `GitHubRefused` where they may not be read. The branch itself is asked and not its protection, because that one is shown only to
 * those who may administer the repository (https://docs.github.com/rest/branches/branches#get-a-branch,
 * https://docs.github.com/rest/repos/rules#get-rules-for-a-branch).
 */
export const readRequiredChecks = Effect.fn("readRequiredChecks")(function* (at: RepositoryRef, branch: string) {
  const github = yield* GitHub;
  const ofRules = github.call(`read the rules of ${branch}`, at, async (octokit, repository) => {
    const request = { ...repository, branch, per_page: 100 };
    const rules = await octokit.paginate(octokit.rest.repos.getBranchRules, request);
    return rules.flatMap((rule) => {
      const checks = rule.type === "required_status_checks" ? (rule.parameters?.required_status_checks ?? []) : [];
      return checks.map(({ context, integration_id: appId }) => ({ name: context, appId: appOf(appId) }));
    });
  });
  const ofProtection = github.call(`read the protection of ${branch}`, at, async (octokit, repository) => {
    const { data } = await octokit.rest.repos.getBranch({ ...repository, branch });
    const { protection } = data as Partial<typeof data>;
    // To see nothing of it is not to see that nothing is required.
    if (protection === undefined && data.protected)
      throw refusal(`GitHub shows nothing of the protection of ${branch}`);
    const required = protection?.required_status_checks;
    if (required?.checks !== undefined) {
      return required.checks.map(({ context, app_id: appId }) => ({ name: context, appId: appOf(appId) }));
    }
    return (required?.contexts ?? []).map((context) => ({ name: context, appId: null }));
  });
  // A branch, or a GitHub without rulesets, that answers 404 requires nothing.
  const both = [ofRules, ofProtection].map((asked) => Effect.catchTag(asked, "GitHubRefused", orWhenAbsent(none)));
  return (yield* Effect.all(both, { concurrency: "unbounded" })).flat();
});

/** An error as octokit has it for an answer with the status 403. */
function refusal(message: string): Error {
  return Object.assign(new Error(message), { status: 403 });
}

/** GitHub has null, -1 or nothing where any App may run the check. */
function appOf(id: number | null | undefined): number | null {
  return id === undefined || id === null || id < 0 ? null : id;
}
