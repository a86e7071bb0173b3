import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { Octokit } from "#kit/github/github.ts";

/**
 * Makes the ruleset that docs/operating.md asks of every repository: only the gate's App updates the default branch, and only by pull
 * requests. Does nothing where there is a ruleset, so the operator may change it.
 */
export async function keepGateRuleset(octokit: Octokit, at: RepositoryRef, gateAppId: number): Promise<void> {
  const { data: rulesets } = await octokit.rest.repos.getRepoRulesets({ ...at });
  if (rulesets.length > 0) return;
  await octokit.rest.repos.createRepoRuleset({
    ...at,
    name: "only the gate merges",
    target: "branch",
    enforcement: "active",
    conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
    rules: [{ type: "update" }, { type: "deletion" }, { type: "non_fast_forward" }],
    bypass_actors: [{ actor_id: gateAppId, actor_type: "Integration", bypass_mode: "pull_request" }],
  });
}
