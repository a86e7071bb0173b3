import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { agentConfigPath } from "#contracts/policy.ts";
import { GitHub } from "#kit/github/github.ts";
import { orWhenAbsent, readRepositoryFile } from "#kit/github/repository-file.ts";
import { narrowByText, OperatorPolicy } from "#kit/policy/policy.ts";
import { readChangedFiles } from "./changed-files.ts";
import type { PullRequest } from "./pull-request.ts";

/**
 * Reads what says whether a person has to merge: the files that the change touches, and the rules that the base branch adds. Nothing is read of
 * one that is held anyway, because it is closed or of another repository.
 */
export const readForPeople = Effect.fn("readForPeople")(function* (change: Place, pr: PullRequest) {
  const { state, base, head, changed_files: filesCount } = pr;
  if (state !== "open" || head.repo?.id !== base.repo.id) return { changed: nothing, repositoryRules: { own: {} } };
  const asked = { headSha: head.sha, baseBranch: base.ref, filesCount };
  const [changed, text] = yield* Effect.all(
    [
      readChangedFiles(change, asked),
      readRepositoryFile(change, { path: agentConfigPath, ref: base.ref }).pipe(
        Effect.catchTag("GitHubRefused", orWhenAbsent(null)),
      ),
    ],
    { concurrency: "unbounded" },
  );
  // Without the file the rules of the operator hold alone.
  const narrowed = text === null ? { own: {} } : narrowByText(yield* OperatorPolicy, text);
  const repositoryRules = "own" in narrowed ? { own: narrowed.own } : narrowed;
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
