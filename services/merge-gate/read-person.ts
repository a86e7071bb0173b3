import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { agentConfigPath } from "#contracts/policy.ts";
import { GitHub } from "#kit/github/github.ts";
import { orWhenAbsent, readRepositoryFile } from "#kit/github/repository-file.ts";
import { OperatorPolicy, ownRulesByText } from "#kit/policy/policy.ts";
import type { PullShown } from "./change-shown.ts";
import { readChangedFiles } from "./changed-files.ts";
import type { Comparing } from "./compare.ts";

/**
 * Reads what says whether a person has to merge: the files that the change touches, and the rules that the base branch adds. Nothing is read of
 * one that is held anyway, because it is closed or of another repository.
 */
export const readForPeople = Effect.fn("readForPeople")(function* (
  change: Place,
  pull: PullShown,
  { rules, comparing }: { readonly rules: string | null; readonly comparing: Comparing },
) {
  const { open, ownRepository, headSha, baseBranch, base, filesCount } = pull;
  if (!open || !ownRepository) return { changed: nothing, repositoryRules: { own: {} } };
  const readRules = readRepositoryFile(change, { path: agentConfigPath, ref: baseBranch }).pipe(
    Effect.catchTag("GitHubRefused", orWhenAbsent(null)),
  );
  const [changed, text] = yield* Effect.all(
    [
      readChangedFiles(change, { headSha, base, filesCount, comparing }),
      rules === null ? readRules : Effect.succeed(rules),
    ],
    { concurrency: "unbounded" },
  );
  // Without the file the rules of the operator hold alone.
  const repositoryRules = text === null ? { own: {} } : ownRulesByText(yield* OperatorPolicy, text);
  const isWhole = changed.unseen.length === 0 && changed.files.every(({ unreadable }) => unreadable === null);
  // A merge by another gate between the readings leaves nothing in the diff, and nothing to hold.
  return { changed: isWhole || !(yield* isMerged(change)) ? changed : nothing, repositoryRules };
});

const isMerged = Effect.fn("isMerged")(function* (change: Place) {
  const github = yield* GitHub;
  return yield* github.call("read whether it is merged", change, async (octokit, at) => {
    return (await octokit.rest.pulls.get({ ...at, pull_number: change.number })).data.merged;
  });
});

const nothing = { files: [], unseen: [] };
