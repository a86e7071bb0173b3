import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { Retryable } from "#kit/errors.ts";
import { GitHub, GitHubRefused, NotTold, type Octokit } from "./github.ts";

/** The rules of a branch as GitHub lists them. */
export type Rules = Awaited<ReturnType<Octokit["rest"]["repos"]["getBranchRules"]>>["data"];

/** A branch as GitHub shows it, with what it shows of its classic protection. */
export type Branch = Awaited<ReturnType<Octokit["rest"]["repos"]["getBranch"]>>["data"];

/**
 * What the branch itself shows of its classic protection: `none`; `rulesets`, where only they protect it; `hidden`, where something protects
 * it and nothing is shown; or what it requires.
 */
export type Shown = "none" | "rulesets" | "hidden" | NonNullable<Branch["protection"]["required_status_checks"]>;

/** Reads the rules of a branch and the branch: two requests, more only beyond a hundred rules. Fails with `GitHubRefused`, which names the repair. */
export const readBranchRules = Effect.fn("readBranchRules")(function* (at: RepositoryRef, branch: string) {
  const github = yield* GitHub;
  const rules = github.call(`read the rules of ${branch}`, at, (octokit, repository) => {
    return octokit.paginate(octokit.rest.repos.getBranchRules, { ...repository, branch, per_page: 100 });
  });
  const shown = github.call(`read the protection of ${branch}`, at, async (octokit, repository) => {
    return shownBy((await octokit.rest.repos.getBranch({ ...repository, branch })).data);
  });
  const [listed, protection] = yield* Effect.all(
    [
      naming("give the App Metadata (read); a private repository has rulesets only in a paid plan of GitHub", rules),
      naming("give the App Contents (read), and look whether the branch is still there", shown),
    ],
    { concurrency: "unbounded" },
  );
  return { rules: listed, shown: protection };
});

/** Says that a branch is protected by something of which GitHub shows nothing. */
export function nothingShown(branch: string): NotTold {
  const reason = `${branch} is protected, and nothing of it is shown: give the App Contents (read) and Metadata (read)`;
  return new NotTold({ what: `read the protection of ${branch}`, reason });
}

/** GitHub has null, -1 or nothing where any App may run the check. */
export function appOf(id: number | null | undefined): number | null {
  return id === undefined || id === null || id < 0 ? null : id;
}

/** Says beside a refusal what to repair. */
function naming<A>(repair: string, asked: Effect.Effect<A, Retryable | GitHubRefused>) {
  return Effect.catchTag(asked, "GitHubRefused", ({ what, status, reason }) =>
    Effect.fail(new GitHubRefused({ what, status, reason: `${reason}: ${repair}` })),
  );
}

function shownBy({ protection, protected: isProtected }: Pick<Branch, "protected"> & Partial<Branch>): Shown {
  if (!isProtected) return "none";
  if (protection?.enabled === false) return "rulesets";
  return protection?.required_status_checks ?? "hidden";
}
