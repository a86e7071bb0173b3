import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { agentConfigPath } from "#contracts/policy.ts";
import { GitHub, type GitHubRefused } from "#kit/github/github.ts";
import { orWhenAbsent, readRepositoryFile } from "#kit/github/repository-file.ts";
import { OperatorPolicy, ownRulesByText } from "#kit/policy/policy.ts";
import type { PullShown } from "./change-shown.ts";
import { readChangedFiles } from "./changed-files.ts";

type Part<Key extends keyof ForgeState> = Pick<ForgeState, Key> & { readonly untold: readonly string[] };

/**
 * Reads what says whether a person has to merge: the files that the change touches, and the rules that the base branch adds. Nothing is read of
 * one that is held anyway, because it is closed or of another repository. What GitHub refuses to tell holds, and is asked again.
 */
export const readForPeople = Effect.fn("readForPeople")(function* (change: Place, pull: PullShown) {
  if (!pull.open || !pull.ownRepository) return { ...noFiles, ...noRules };
  const [files, rules] = yield* Effect.all([readFiles(change, pull), readRules(change, pull.baseBranch)], {
    concurrency: "unbounded",
  });
  return { ...files, ...rules, untold: [...files.untold, ...rules.untold] };
});

const noFiles: Part<"changed"> = { changed: { files: [], unseen: [] }, untold: [] };
const noRules: Part<"repositoryRules"> = { repositoryRules: { own: {} }, untold: [] };

const readFiles = Effect.fnUntraced(function* (change: Place, { headSha, baseBranch, filesCount }: PullShown) {
  const files = yield* readChangedFiles(change, { headSha, baseBranch, filesCount }).pipe(
    Effect.map((changed): Part<"changed"> => ({ changed, untold: [] })),
    Effect.catchTag(
      "GitHubRefused",
      heldAs(({ message }): Part<"changed"> => ({ changed: { files: [], unseen: [message] }, untold: [message] })),
    ),
  );
  const { changed } = files;
  const isWhole = changed.unseen.length === 0 && changed.files.every(({ unreadable }) => unreadable === null);
  // A merge by another gate between the readings leaves nothing in the diff, and nothing to hold.
  return isWhole || !(yield* isMerged(change)) ? files : noFiles;
});

const isMerged = Effect.fn("isMerged")(function* (change: Place) {
  const github = yield* GitHub;
  return yield* github.call("read whether it is merged", change, async (octokit, at) => {
    return (await octokit.rest.pulls.get({ ...at, pull_number: change.number })).data.merged;
  });
});

/** Without the file the rules of the operator hold alone. */
const readRules = Effect.fnUntraced(function* (change: Place, ref: string) {
  const policy = yield* OperatorPolicy;
  return yield* readRepositoryFile(change, { path: agentConfigPath, ref }).pipe(
    Effect.map((text): Part<"repositoryRules"> => ({ repositoryRules: ownRulesByText(policy, text), untold: [] })),
    Effect.catchTag("GitHubRefused", orWhenAbsent(noRules)),
    Effect.catchTag(
      "GitHubRefused",
      heldAs(({ message: untold }): Part<"repositoryRules"> => ({ repositoryRules: { untold }, untold: [untold] })),
    ),
  );
});

/** Makes a refusal a value, but for what GitHub may not know yet, which the gate asks for again at once. */
function heldAs<Value>(refusedAs: (refused: GitHubRefused) => Value) {
  return (refused: GitHubRefused): Effect.Effect<Value, GitHubRefused> =>
    refused.status === 404 || refused.status === 422 ? Effect.fail(refused) : Effect.succeed(refusedAs(refused));
}
