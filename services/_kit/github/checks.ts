import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { CheckEnd } from "#contracts/checks.ts";
import { GitHub, type Octokit } from "./github.ts";

/** A check or commit status of a head, with what it printed. */
export interface Check extends CheckEnd {
  readonly output: string;
  /** The id of its suite; null for a commit status. */
  readonly suiteId: number | null;
}

/** Reads the latest checks and commit statuses of a head, finished or not. */
export const readChecks = Effect.fn("readChecks")(function* (at: RepositoryRef, headSha: string) {
  const github = yield* GitHub;
  const read = yield* github.call(`read the checks of ${headSha}`, at, (octokit, repository) =>
    Promise.all([checkRuns(octokit, repository, headSha), statuses(octokit, repository, headSha)]),
  );
  return read.flat();
});

/** The latest run of each check. */
async function checkRuns(octokit: Octokit, at: RepositoryRef, ref: string): Promise<readonly Check[]> {
  const request = { ...at, ref, filter: "latest", per_page: 100 } as const;
  const runs = await octokit.paginate(octokit.rest.checks.listForRef, request);
  return runs.map(({ name, app, conclusion, output, check_suite: suite }) => {
    const said = output.text ?? output.summary ?? "no output";
    return { name, appId: app?.id ?? null, suiteId: suite?.id ?? null, conclusion, output: said };
  });
}

/** At most 10 pages of 100 contexts, more than any commit has. */
const statusPagesMax = 10;

/** The latest commit status of each context. One that is pending has not ended. */
async function statuses(octokit: Octokit, at: RepositoryRef, ref: string): Promise<readonly Check[]> {
  const found: Check[] = [];
  for (let page = 1; page <= statusPagesMax; page += 1) {
    const { data } = await octokit.rest.repos.getCombinedStatusForRef({ ...at, ref, per_page: 100, page });
    for (const { context, state, description } of data.statuses) {
      const conclusion = state === "pending" ? null : state;
      found.push({ name: context, appId: null, suiteId: null, conclusion, output: description ?? "no output" });
    }
    if (data.statuses.length < 100) break;
  }
  return found;
}
