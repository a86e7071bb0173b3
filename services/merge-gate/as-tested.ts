import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { DataOf } from "#contracts/catalogue.ts";
import type { IssueFact } from "#contracts/issue-life.ts";
import { GitHub } from "#kit/github/github.ts";

/**
 * Whether a merge of the gate made what was tested: the commit has the files of its head. Otherwise somebody else moved the base in the moment of the
 * merge. What GitHub does not tell counts as that.
 */
export const isAsTested = Effect.fn("isAsTested")(
  function* (at: RepositoryRef, [mergeSha, headSha]: readonly [string, string | null]) {
    if (headSha === null) return false;
    const [made, tested] = yield* Effect.all([readTop(at, mergeSha), readTop(at, headSha)], { concurrency: 2 });
    return made === tested;
  },
  Effect.catchTag("GitHubRefused", () => Effect.succeed(false)),
);

/** The head of which the merge onto this commit was requested last; null where no request names that commit. */
export function mergedHead(
  { prNumber, prevSha }: Pick<DataOf<"BASE_ADVANCED">, "prNumber" | "prevSha">,
  history: readonly IssueFact[],
): string | null {
  const heads = history.flatMap(({ type, data }) =>
    type === "MERGE_REQUESTED" && data.prNumber === prNumber && data.baseSha === prevSha ? [data.headSha] : [],
  );
  return heads.at(-1) ?? null;
}

/** The files and directories at the top of a commit, each with the SHA of all that is in it. */
const readTop = Effect.fnUntraced(function* (at: RepositoryRef, sha: string) {
  const github = yield* GitHub;
  return yield* github.call("read the top of a commit", at, async (octokit, repository) => {
    const { tree } = (await octokit.rest.git.getTree({ ...repository, tree_sha: sha })).data;
    return JSON.stringify(tree.map(({ path, mode, sha: object }) => [path, mode, object]));
  });
});
