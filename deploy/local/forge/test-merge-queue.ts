import type { Octokit } from "#kit/github/github.ts";

/** Gives the default branch a merge queue that wants these checks; how to take it away. */
export async function mergeQueueOn(
  rest: Octokit["rest"],
  { checks }: { readonly checks: readonly string[] },
): Promise<() => Promise<unknown>> {
  const at = { owner: "acme", repo: "shop" };
  const numbers = {
    ...{ check_response_timeout_minutes: 60, max_entries_to_build: 5, max_entries_to_merge: 5 },
    ...{ min_entries_to_merge: 1, min_entries_to_merge_wait_minutes: 5 },
  };
  const { data } = await rest.repos.createRepoRuleset({
    ...at,
    name: "queue",
    enforcement: "active",
    conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
    rules: [
      { type: "merge_queue", parameters: { ...numbers, merge_method: "MERGE", grouping_strategy: "ALLGREEN" } },
      {
        type: "required_status_checks",
        parameters: {
          required_status_checks: checks.map((context) => ({ context })),
          strict_required_status_checks_policy: false,
        },
      },
    ],
  });
  return () => rest.repos.deleteRepoRuleset({ ...at, ruleset_id: data.id });
}
