import { Effect } from "effect";
import { expect, test } from "vitest";
import { compare } from "#kit/github/fork.ts";
import { GitHub } from "#kit/github/github.ts";
import { readBehind } from "./behind.ts";

const commit = (sha: string, ...parents: readonly string[]) => ({ sha, parents: parents.map((sha) => ({ sha })) });
const merges = [
  commit("b2", "b1"),
  commit("p1", "b0"),
  commit("b3", "b2", "p1"),
  commit("p2", "b0"),
  commit("b4", "b3", "p2"),
];

const own = { open: true, standing: "clean", ownRepository: true, base: "main", headSha: "h1", entry: null };
const entry = { by: "merge-gate[bot]", state: "QUEUED", position: 1 };
const newer = { ahead_by: 5, behind_by: 2, commits: merges, total_commits: 5 };

/** Why this pull request has to have what its base has, or their merge base: `lacked` is that, and `sinceFork` how many commits the head has since it left. */
async function behindOf({ pull = {}, lacked = newer, strict = false, sinceFork = 2 as number | null }) {
  const { ahead_by: behind_by, behind_by: ahead_by } = lacked;
  const answers: Record<string, object> = {
    "main...h1": { ahead_by, behind_by, base_commit: { sha: "b4" }, merge_base_commit: { sha: "b1" } },
    "h1...main": lacked,
    ...(sinceFork === null ? {} : { "b1...h1": { ahead_by: sinceFork } }),
  };
  const compareCommitsWithBasehead = async ({ basehead }: { readonly basehead: string }) => ({
    data: answers[basehead],
  });
  const octokit = { rest: { repos: { compareCommitsWithBasehead } } };
  const github = {
    call: (_: string, at: object, run: (octokit: object, at: object) => Promise<object>) =>
      Effect.promise(() => run(octokit, at)),
  };
  const shop = { owner: "acme", repo: "shop", number: 9 };
  const comparing = compare(shop, { from: "main", to: "h1" });
  const reading = readBehind(shop, { ...own, ...pull } as never, { strict, comparing });
  return await Effect.runPromise(Effect.provideService(reading, GitHub, github as never));
}

test.each<[string, Parameters<typeof behindOf>[0], string | null, (string | undefined)?, string?]>([
  ["that GitHub shows as behind has to have them", { pull: { standing: "behind" } }, "strict"],
  ["whose base demands it has to have them", { strict: true }, "strict", undefined, "b4"],
  ["that had commits which others merged since has to have them", { sinceFork: 3 }, "shared"],
  ["that lacks more than are listed has to have them", { lacked: { ...newer, total_commits: 101 } }, "shared"],
  ["that only lacks them need not", {}, null, "b1"],
  [
    "that only lacks commits on the base's own line need not, and nothing else is asked for",
    { lacked: { ...newer, commits: [commit("b2", "b1")], total_commits: 1, ahead_by: 1 }, sinceFork: null },
    null,
    "b1",
  ],
  ["that lacks none need not", { strict: true, lacked: { ...newer, ahead_by: 0 } }, null, "b1", "b4"],
  ["that was merged meanwhile need not", { strict: true, lacked: { ...newer, behind_by: 0 } }, null],
  ["in a merge queue need not", { strict: true, pull: { standing: "behind", entry } }, null, "b1"],
  ["in a merge queue has to have what it could undo", { pull: { entry }, sinceFork: 3 }, "shared"],
  ["of a closed pull request need not", { strict: true, pull: { open: false } }, null, undefined, "b4"],
  ["of a fork need not", { strict: true, pull: { ownRepository: false } }, null],
])("the newest commits of the base: a head %s", async (_, given, behind, mergeBase, baseSha) => {
  expect(await behindOf(given)).toEqual({ behind, mergeBase: mergeBase ?? null, baseSha: baseSha ?? null });
});
