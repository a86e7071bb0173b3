import { Effect } from "effect";
import { describe, expect, test } from "vitest";
import { playedGitHub } from "#kit/test/test-github.ts";
import { type Read, type Remarks, readRemarks } from "./remarks.ts";
import {
  commentBy,
  eachPerson,
  outsider,
  playGitHub,
  reviewBy,
  type Standing,
  threadBy,
  writer,
} from "./test-people.ts";
import { makeTrust } from "./trust.ts";

const server = playedGitHub("dev-e");

const issue = { owner: "acme", repo: "shop", number: 7 };
const approvedAt = "2026-01-02T03:00:00.500Z";

/** What is read while this stands on GitHub. */
function remarksAmong(standing: Standing, read: Partial<Read> = {}): Promise<Remarks> {
  server.play(playGitHub(standing));
  const wanted = { issue, approvedAt, prNumber: 9, ...read };
  return server.run(Effect.flatMap(makeTrust, (trust) => readRemarks(trust, wanted)));
}

const texts = (remarks: readonly { readonly text: string }[]) => remarks.map(({ text }) => text);

describe.each(eachPerson)("of %s", (_who, person) => {
  const { counts } = person;
  const isPerson = person.account?.type === "User";

  test(`a review that asks for changes is ${counts ? "an objection" : "not read"}`, async () => {
    const { reviews } = await remarksAmong({ reviews: [reviewBy(person)] });
    expect(reviews.map(({ objects }) => objects)).toEqual(counts ? [true] : []);
  });

  test(`a thread is ${counts ? "" : "not "}read`, async () => {
    const { threads } = await remarksAmong({ threads: [threadBy([person])] });
    expect(threads.flatMap(({ comments }) => texts(comments))).toEqual(counts ? [`Words of ${person.who}.`] : []);
  });

  test(`a comment is ${counts && isPerson ? "" : "not "}read, on the issue or its pull request`, async () => {
    const standing = { onIssue: [commentBy(person)], onPull: [commentBy(person, { id: 2, body: "And here." })] };
    const { comments } = await remarksAmong(standing);
    expect(texts(comments)).toEqual(counts && isPerson ? ["Please.", "And here."] : []);
  });
});

test("a thread that a stranger began is read without his words once somebody who counts wrote in it", async () => {
  const { threads } = await remarksAmong({ threads: [threadBy([outsider, writer, outsider])] });
  expect(threads).toMatchObject([{ path: "a.js", line: 3, comments: [{ text: "Words of a person who may write." }] }]);
  expect(JSON.stringify(threads)).not.toContain("stranger.");
});

test("a review or a comment without a text is read as an empty one", async () => {
  const standing = { reviews: [reviewBy(writer, { body: null })], onPull: [commentBy(writer, { body: null })] };
  const { reviews, comments } = await remarksAmong(standing);
  expect([texts(reviews), texts(comments)]).toEqual([[""], [""]]);
});

test("resolved threads are over", async () => {
  expect((await remarksAmong({ threads: [threadBy([writer], { isResolved: true })] })).threads).toEqual([]);
});

describe("of each reviewer the last verdict counts", () => {
  const first = reviewBy(writer, { id: 1, body: "First." });
  test.each<[string, readonly object[], readonly string[]]>([
    ["another one that asks for changes", [first, reviewBy(writer, { id: 2, body: "Second." })], ["Second."]],
    ["an approval", [first, reviewBy(writer, { id: 2, state: "APPROVED", body: "" })], []],
    ["a dismissal", [first, reviewBy(writer, { id: 2, state: "DISMISSED" })], []],
    ["a comment, which is no verdict", [first, reviewBy(writer, { id: 2, state: "COMMENTED", body: "" })], ["First."]],
    ["a stranger's, which replaces nothing", [first, reviewBy(outsider, { id: 2, body: "No!" })], ["First."]],
    ["one that is not submitted", [first, reviewBy(writer, { id: 2, state: "PENDING", body: "Draft." })], ["First."]],
  ])("after %s", async (_name, reviews, left) => {
    expect(texts((await remarksAmong({ reviews })).reviews)).toEqual(left);
  });
});

test("what a person writes in a review that asks for nothing is read, and is no objection", async () => {
  const { reviews } = await remarksAmong({ reviews: [reviewBy(writer, { state: "COMMENTED", body: "A thought." })] });
  expect(reviews).toMatchObject([{ text: "A thought.", objects: false }]);
});

test("a comment from before the approval is not read on the issue, and one that was edited since is", async () => {
  const old = "2026-01-02T02:58:00Z";
  const onIssue = [
    commentBy(writer, { body: "Before.", created_at: old, updated_at: old }),
    commentBy(writer, { id: 2, body: "Edited.", created_at: old }),
  ];
  expect(texts((await remarksAmong({ onIssue }, { prNumber: null })).comments)).toEqual(["Edited."]);
  expect(server.asked[0]?.path).toContain("since=2026-01-02T02%3A59%3A00.500Z");
  expect((await remarksAmong({ onIssue }, { prNumber: null, approvedAt: null })).comments).toEqual([]);
});

test("a progress comment of the rig is no remark, whichever account the agent has", async () => {
  const body = "Attempt 1 is under way.\n\n<!-- rig:progress -->";
  expect((await remarksAmong({ onIssue: [commentBy(writer, { body })] })).comments).toEqual([]);
});

test("an edited comment is another remark", async () => {
  const keyOf = async (updated_at: string) =>
    (await remarksAmong({ onPull: [commentBy(writer, { updated_at })] })).comments[0]?.key;
  expect(await keyOf("2026-01-02T03:04:05Z")).toBe("comment/1/2026-01-02T03:04:05Z");
  expect(await keyOf("2026-01-02T03:04:06Z")).toBe("comment/1/2026-01-02T03:04:06Z");
});
