import type { RepositoryRef } from "#contracts/aggregates.ts";
import { type ForgeContext, timeNow } from "./context.ts";
import type { SuiteOutcome } from "./records.ts";

/** A suite of GitHub Actions that no run stands for, such as that of a workflow file with a fault. `repositoryName`: whose file, `owner/name`. */
export interface ActionsSuite extends RepositoryRef, SuiteOutcome {
  readonly headSha: string;
  readonly workflow: { readonly path: string; readonly repositoryName: string };
}

/** Adds the suite. Nobody is told of it. Call it inside `store.exclusive`. */
export async function addSuite(context: ForgeContext, suite: ActionsSuite): Promise<void> {
  const { owner, repo, headSha, status, conclusion, workflow } = suite;
  const now = timeNow();
  context.store.repository(owner, repo).suites.push({
    id: context.store.takeId(),
    app: "github-actions[bot]",
    ...{ headBranch: null, headSha, before: null, pusher: owner },
    ...{ createdAt: now, updatedAt: now, runs: [], outcome: { status, conclusion }, workflow },
  });
  await context.store.save();
}
