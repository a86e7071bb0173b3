import { describe, expect, test } from "vitest";
import { reviewMarker } from "#contracts/review-marker.ts";
import { reviewItem } from "#contracts/test-facts.ts";
import { playedGitHub } from "#kit/test/test-github.ts";
import { findReview, postReview } from "./forge.ts";

// Of the reviews of this identity the last one counts, so a list that is from before it says nothing. GitHub is played.

const server = playedGitHub("review-e");
const item = reviewItem({ number: 9, headSha: "h1" });
const of = { headSha: "h1", textSha256: "a".repeat(64), mergeBase: "b".repeat(40) };
const reviewBy = (login: string, id: number, state = "APPROVED") => {
  return { id, state, commit_id: "h1", body: reviewMarker(of), user: { login, type: "Bot" } };
};
const own = "review-e[bot]";
const known = [{ id: 2, reviewer: null }];

function show(reviews: readonly object[]): void {
  server.play(({ path, method }) => {
    if (path === "/user") return { body: { login: own } };
    return method === "POST" ? { body: { id: 3 } } : { body: reviews };
  });
}

const find = (posted: readonly { readonly id: number; readonly reviewer: string | null }[]) =>
  server.run(findReview(item, { ...of, dismissed: [], posted }));
const post = (posted: typeof known) =>
  server.run(
    postReview(item, { ...of, dismissed: [], posted }, { event: "APPROVE", body: reviewMarker(of), comments: [] }),
  );

describe("a list of reviews from before the last own one", () => {
  test("concludes nothing, and nothing is posted by it", async () => {
    show([reviewBy(own, 1)]);
    const notYet = { _tag: "Retryable", what: "GitHub does not list the last own review of #9 yet" };
    await expect(find(known)).rejects.toMatchObject(notYet);
    await expect(find([{ id: 2, reviewer: "Review-E[bot]" }])).rejects.toMatchObject(notYet);
    await expect(post(known)).rejects.toMatchObject(notYet);
    expect(server.asked.some(({ method }) => method === "POST")).toBe(false);
  });

  test("is told from one that lacks a review of somebody else", async () => {
    show([reviewBy(own, 1)]);
    expect(await find([{ id: 2, reviewer: "ada" }])).toMatchObject({ id: 1, event: "APPROVE" });
  });
});

test("once it is listed, the last own review counts, and another one is posted where it is not of this verdict", async () => {
  show([reviewBy(own, 1), reviewBy(own, 2, "CHANGES_REQUESTED")]);
  expect(await find(known)).toMatchObject({ id: 2, event: "REQUEST_CHANGES" });
  expect(await post(known)).toBe(3);
  show([reviewBy(own, 2)]);
  expect(await post(known)).toBe(2);
});

test.each([{ headSha: "h0" }, { textSha256: "c".repeat(64) }, { mergeBase: "d".repeat(40) }])(
  "an own review whose marker names something else is none of this head, whichever commit GitHub names for it: %o",
  async (but) => {
    show([{ ...reviewBy(own, 1), body: reviewMarker({ ...of, ...but }) }]);
    expect(await find([])).toBeNull();
  },
);
