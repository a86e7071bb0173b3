import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { type HeadCheck, latestRuns } from "#contracts/required-checks.ts";
import { GitHub, type Octokit } from "./github.ts";

/** A check or commit status of a head, with what it printed. REST does not tell whether GitHub requires it. */
export interface Check extends HeadCheck {
  readonly output: string;
}

/** Reads the latest checks and commit statuses of a head, finished or not. */
export const readChecks = Effect.fn("readChecks")(function* (at: RepositoryRef, headSha: string) {
  const github = yield* GitHub;
  const read = yield* github.call(`read the checks of ${headSha}`, at, (octokit, repository) =>
    Promise.all([checkRuns(octokit, repository, headSha), statuses(octokit, repository, headSha)]),
  );
  return read.flat();
});

/** The latest run of each check. GitHub's filter leaves the latest of each suite, and a workflow that runs again makes another suite. */
async function checkRuns(octokit: Octokit, at: RepositoryRef, ref: string): Promise<readonly Check[]> {
  const request = { ...at, ref, filter: "latest", per_page: 100 } as const;
  const runs = await octokit.paginate(octokit.rest.checks.listForRef, request);
  const read = runs.map(({ id, name, app, status, conclusion, started_at: since, output }): Check => {
    const told = { id, name, appId: app?.id ?? null, status, conclusion, since };
    return { kind: "run", ...told, isRequired: false, output: output.text ?? output.summary ?? "no output" };
  });
  return latestRuns(read);
}

/** At most 10 pages of 100 contexts, more than any commit has. */
const statusPagesMax = 10;

/** The latest commit status of each context. One that is pending has not ended. */
async function statuses(octokit: Octokit, at: RepositoryRef, ref: string): Promise<readonly Check[]> {
  const found: Check[] = [];
  for (let page = 1; page <= statusPagesMax; page += 1) {
    const { data } = await octokit.rest.repos.getCombinedStatusForRef({ ...at, ref, per_page: 100, page });
    for (const { context: name, state, description, created_at: since } of data.statuses) {
      const end =
        state === "pending" ? { status: state, conclusion: null } : { status: "completed", conclusion: state };
      const told = { kind: "status", id: null, name, appId: null, since, isRequired: false } as const;
      found.push({ ...told, ...end, output: description ?? "no output" });
    }
    if (data.statuses.length < 100) break;
  }
  return found;
}
