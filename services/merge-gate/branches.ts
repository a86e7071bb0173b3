import { isBranchOf } from "#contracts/issue-branch.ts";
import type { IssueFact } from "#contracts/issue-life.ts";

/** The branches of the issue on which its agents said that they opened a pull request. */
export function branchesIn(facts: readonly IssueFact[]): readonly string[] {
  const created = facts.filter((fact) => fact.type === "PR_CREATED");
  return [...new Set(created.map(({ data }) => data.branch))].filter((branch) =>
    created.some(({ on, data }) => data.branch === branch && isBranchOf(on.number, branch)),
  );
}
