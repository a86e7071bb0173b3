import { expect, test } from "vitest";
import { forkOf } from "./fork.ts";

const commit = (sha: string, ...parents: readonly string[]) => ({ sha, parents: parents.map((sha) => ({ sha })) });
const merges = [
  commit("b2", "b1"),
  commit("p1", "b0"),
  commit("b3", "b2", "p1"),
  commit("p2", "b0"),
  commit("b4", "b3", "p2"),
];

test.each<[string, Parameters<typeof forkOf>[0], ReturnType<typeof forkOf>]>([
  [
    "below the one commit that it lacks",
    { commits: [commit("b1", "b0")], total_commits: 1 },
    { sha: "b0", isOnlyWay: true },
  ],
  [
    "on the base's own line, whatever was merged into it",
    { commits: merges, total_commits: 5 },
    { sha: "b1", isOnlyWay: false },
  ],
  [
    "there too, in whichever order GitHub lists",
    { commits: merges.toReversed(), total_commits: 5 },
    { sha: "b1", isOnlyWay: false },
  ],
  ["somewhere that nobody knows, where not all commits are listed", { commits: merges, total_commits: 6 }, null],
])("a head left its base %s", (_, lacked, fork) => {
  expect(forkOf(lacked)).toEqual(fork);
});
