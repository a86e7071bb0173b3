import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { narrowPersonRules } from "#contracts/gate/person-rules.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { agentConfigPath, type Policy } from "#contracts/policy.ts";
import { GitHub } from "#kit/github/github.ts";
import { orWhenAbsent, readRepositoryFile } from "#kit/github/repository-file.ts";
import { narrowByText, OperatorPolicy } from "#kit/policy/policy.ts";
import type { PullShown } from "./change-shown.ts";
import { readChangedFiles } from "./changed-files.ts";
import { type Comparing, heldAs } from "./compare.ts";

type Part<Key extends keyof ForgeState> = Pick<ForgeState, Key> & { readonly untold: readonly string[] };

/**
 * Reads what says whether a person has to merge: the files that the change touches, and the rules that the base branch adds. Nothing is read of
 * one that is held anyway, because it is closed or of another repository. What GitHub refuses to tell holds, and is asked again.
 */
export const readForPeople = Effect.fn("readForPeople")(function* (change: Place, pull: PullShown, told: Told) {
  if (!pull.open || !pull.ownRepository) return { ...noFiles, ...noRules };
  const { comparing } = told;
  const [files, rules] = yield* Effect.all([readFiles(change, pull, comparing), readRules(change, pull, told)], {
    concurrency: "unbounded",
  });
  return { ...files, ...rules, untold: [...files.untold, ...rules.untold] };
});

/** The comparison of the base with the head, and the rules of the base where they are known. */
interface Told {
  readonly comparing: Comparing;
  readonly rules: string | null;
}

const noFiles: Part<"changed"> = { changed: { files: [], unseen: [] }, untold: [] };
const noRules: Part<"repositoryRules"> = { repositoryRules: { own: {} }, untold: [] };

const readFiles = Effect.fnUntraced(function* (
  change: Place,
  { headSha, base, filesCount }: PullShown,
  comparing: Comparing,
) {
  const files = yield* readChangedFiles(change, { headSha, base, filesCount, comparing }).pipe(
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
const readRules = Effect.fnUntraced(function* (change: Place, { baseBranch: ref }: PullShown, { rules }: Told) {
  const policy = yield* OperatorPolicy;
  const reading = readRepositoryFile(change, { path: agentConfigPath, ref });
  return yield* (rules === null ? reading : Effect.succeed(rules)).pipe(
    Effect.map((text): Part<"repositoryRules"> => ({ repositoryRules: ownRules(policy, text), untold: [] })),
    Effect.catchTag("GitHubRefused", orWhenAbsent(noRules)),
    Effect.catchTag(
      "GitHubRefused",
      heldAs(({ message: untold }): Part<"repositoryRules"> => ({ repositoryRules: { untold }, untold: [untold] })),
    ),
  );
});

/** The tiers of risk that hold for the base; those of the operator alone where its file is wrong or not told. */
export const tiersFor = Effect.fn("tiersFor")(function* (rules: ForgeState["repositoryRules"]) {
  const { gate } = yield* OperatorPolicy;
  return narrowPersonRules(gate, "own" in rules ? rules.own : {}).tiers;
});

/** What the file adds, or what is wrong with it. */
function ownRules(policy: Policy, text: string): ForgeState["repositoryRules"] {
  const narrowed = narrowByText(policy, text);
  return "own" in narrowed ? { own: narrowed.own } : narrowed;
}
