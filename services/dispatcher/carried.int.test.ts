import { describe, expect, test } from "vitest";
import type { Fact } from "#contracts/envelope.ts";
import { reviewMarker } from "#contracts/review-marker.ts";
import { approvedTextHash } from "#kit/facts/text.ts";
import { commentBy, reviewBy, writer } from "#kit/github/test-people.ts";
import * as given from "./test-history.ts";
import { commented, draft, fix, type Instead, mention, playDispatcher } from "./test-played.ts";

// Whether a head that only brings an approved one up to date is reviewed again. GitHub is played, the bus is in memory.

const { decidedAfter, asked } = playDispatcher();

const textSha256 = approvedTextHash(given.issue(...given.oneRun));
const of = { headSha: "a1", textSha256, mergeBase: "b0" };
const history: readonly Fact[] = [...given.oneRun, ...given.reviewed(given.reviewPassed("a1"))];
const approvedWith = (more: object, marker: object = {}) => ({
  reviews: [
    reviewBy(writer, { state: "APPROVED", commit_id: "a1", body: reviewMarker({ ...of, ...marker }), ...more }),
  ],
});

const commit = (sha: string, ...parents: readonly string[]) => ({
  sha,
  parents: parents.map((each) => ({ sha: each })),
});
const tree = (...files: readonly string[]) => ({
  truncated: false,
  tree: files.map((file) => ({ path: file.slice(0, 1), mode: "100644", type: "blob", sha: file })),
});

/** A GitHub on which `a2` is a merge of `a1` and the base's `b1`. */
const updated =
  (made: object, parents: readonly string[] = ["a1", "b1"]): Instead =>
  (path) => {
    const answers: Record<string, object> = {
      "pulls/9/commits": [commit("a1", "b0"), commit("a2", ...parents)],
      "compare/b1...trunk": { behind_by: 0 },
      "compare/x1...trunk": { behind_by: 1 },
      "compare/a1...b1": {
        ...{ ahead_by: 1, behind_by: 1, total_commits: 1, commits: [commit("b1", "b0")] },
        merge_base_commit: { sha: "b0" },
      },
      "compare/b0...a1": { ahead_by: 1 },
      "git/trees/b0": tree("m0"),
      "git/trees/a1": tree("m0", "n1"),
      "git/trees/b1": tree("m1"),
      "git/trees/a2": made,
    };
    const name = Object.keys(answers).find((end) => path.endsWith(end));
    return name === undefined ? undefined : { body: answers[name] ?? {} };
  };
const clean = updated(tree("m1", "n1"));
const review = ["work review review 1"];

test("a head that only brings the approved one up to date gets no review", async () => {
  expect(await decidedAfter(given.pushed("a2"), approvedWith({}), history, { instead: clean })).toEqual([]);
});

describe("a later head is reviewed", () => {
  test.each<[string, Instead, object]>([
    ["where its tree has something else than the merge", updated(tree("m1", "n9")), approvedWith({})],
    ["where its tree has something more than the merge", updated(tree("m1", "n1", "z9")), approvedWith({})],
    ["where it merges what the base does not have", updated(tree("m1", "n1"), ["a1", "x1"]), approvedWith({})],
    ["where it is no merge", updated(tree("m1", "n1"), ["a1"]), approvedWith({})],
    ["where the approval was dismissed", clean, approvedWith({ state: "DISMISSED" })],
    ["where the approval is of another text", clean, approvedWith({}, { textSha256: "0".repeat(64) })],
    ["where the approval names another head", clean, approvedWith({}, { headSha: "a9" })],
    ["where the approval names another merge base", clean, approvedWith({}, { mergeBase: "b9" })],
  ])("%s", async (_name, instead, standing) => {
    expect(await decidedAfter(given.pushed("a2"), standing, history, { instead })).toEqual(review);
  });

  test("where the text was approved again after another one, so that the gate does not count the approval", async () => {
    const { data } = given.approved;
    const again = [
      given.fact("ISSUE_APPROVED", { ...data, title: "Sell less" }, "2026-01-03T10:00:00.000Z"),
      given.fact("ISSUE_APPROVED", { ...data }, "2026-01-04T10:00:00.000Z"),
    ].map((each, at) => ({ ...each, id: `again ${at}` }));
    const later = [...history, ...again];
    expect(given.issue(...given.oneRun, ...again).textSince).toBe("2026-01-04T10:00:00.000Z");
    expect(await decidedAfter(given.pushed("a2"), approvedWith({}), later, { instead: clean })).toEqual(review);
  });

  test("without a question about its commits, where the earlier one was objected to or never reviewed", async () => {
    const { length } = asked();
    const objected = [...given.oneRun, ...given.reviewed(given.changesRequested("a1"))];
    for (const before of [objected, [...given.oneRun, given.opened("a1")]])
      expect(await decidedAfter(given.pushed("a2"), {}, before, { instead: clean })).toEqual(review);
    expect(
      asked()
        .slice(length)
        .filter((path) => path.endsWith("/commits")),
    ).toEqual([]);
  });
});

const refused: Instead = (path) =>
  path.includes("/git/trees/") ? { status: 403, body: { message: "No" } } : clean(path);

test.each<[string, Instead, object]>([
  ["the head", (path) => (path.endsWith("/commits") ? { body: [commit("a1", "b0")] } : clean(path)), approvedWith({})],
  ["the approval", clean, { reviews: [] }],
  ["the files of the head", refused, approvedWith({})],
])(
  "while GitHub does not show %s, it is asked again for a minute before a review is queued",
  async (_, instead, standing) => {
    const decidedAt = (ageMs: number) =>
      decidedAfter(draft("PR_SYNCHRONIZED", given.pushed("a2").data), standing, history, { instead, ageMs });
    await expect(decidedAt(50_000)).rejects.toMatchObject({ _tag: "Retryable", delayMs: 15_000 });
    expect(await decidedAt(61_000)).toEqual(review);
  },
);

test("what a person asks for is done, also where GitHub refuses to tell what the head is made of", async () => {
  const mentioned = commentBy(writer, { body: mention });
  const standing = {
    ...approvedWith({}),
    onPull: [mentioned],
    pull: { head: { sha: "a2", ref: "feature/issue-7", repo: { id: 1 } } },
  };
  const told = commented("PR_COMMENTED", writer);
  const later = [...history, given.pushed("a2")];
  expect(await decidedAfter(told, standing, later, { instead: refused })).toEqual(fix);
});
