import { describe, expect, test } from "vitest";
import { factsOf } from "#contracts/delivery-facts.ts";
import { emptyText } from "#contracts/test-facts.ts";
import { type CommentSeen, missingComments, nextSince } from "./decide-comment.ts";
import { at, fact, noon, repository, typesOf } from "./test-seen.ts";

// Given what the rig was told of comments and what GitHub has now; then what the rig lacks.

const ada = { login: "ada", type: "User" };
const seen = (more: Partial<CommentSeen> = {}, user: CommentSeen["comment"]["user"] = ada): CommentSeen => {
  const plain = { number: 1, where: "issue", createdAt: noon, updatedAt: noon } as const;
  const all = { ...plain, ...more };
  return { ...all, comment: { id: 4, body: "@dev-e Please.", user, updated_at: all.updatedAt } };
};
const missing = (comment: CommentSeen, ...history: Parameters<typeof missingComments>[2]) =>
  missingComments(repository, [comment], history);
const told = { commentId: 4, author: "ada", action: "created", body: emptyText, updatedAt: noon } as const;

describe("a comment whose delivery never came", () => {
  test("on an issue, below a pull request or on a line is the fact that the delivery would have been", () => {
    const about = { action: "created", comment: seen().comment, repository };
    const deliveries = [
      ...factsOf({ event: "issue_comment", payload: { ...about, issue: { number: 1 } } }),
      ...factsOf({ event: "issue_comment", payload: { ...about, issue: { number: 1, pull_request: {} } } }),
      ...factsOf({ event: "pull_request_review_comment", payload: { ...about, pull_request: { number: 1 } } }),
    ];
    expect(deliveries.map(({ type }) => type)).toEqual(["ISSUE_COMMENTED", "PR_COMMENTED", "PR_COMMENTED"]);
    const found = (["issue", "conversation", "diff"] as const).flatMap((where) => missing(seen({ where })));
    expect(found).toEqual(deliveries.map((draft) => ({ draft, at: noon })));
  });

  test("is told once, and again when it was edited", () => {
    expect(missing(seen(), fact("ISSUE_COMMENTED", told))).toEqual([]);
    const edited = seen({ updatedAt: at(1) });
    const action = { draft: { data: { action: "edited", updatedAt: at(1) } } };
    expect(missing(edited, fact("ISSUE_COMMENTED", told))).toMatchObject([action]);
    const both = [told, { ...told, action: "edited", updatedAt: at(1) } as const];
    expect(missing(edited, ...both.map((data) => fact("ISSUE_COMMENTED", data)))).toEqual([]);
  });

  test("is another one than a comment on a line with the same id", () => {
    const line = fact("PR_COMMENTED", { ...told, where: "diff" });
    expect(typesOf(missing(seen({ where: "conversation" }), line))).toEqual(["PR_COMMENTED"]);
    expect(missing(seen({ where: "diff" }), line)).toEqual([]);
  });

  test("of an App or of a deleted account, or that is deleted as the rig knows, means nothing", () => {
    expect([...missing(seen({}, { login: "dev-e[bot]", type: "Bot" })), ...missing(seen({}, null))]).toEqual([]);
    expect(missing(seen(), fact("ISSUE_COMMENTED", { ...told, action: "deleted", body: null }))).toEqual([]);
  });
});

describe("the time from which on comments are listed", () => {
  const list = (...minutes: readonly number[]) => minutes.map((each) => ({ updatedAt: at(each) }));
  const next = (comments: ReturnType<typeof list>, instant = at(500)) =>
    nextSince(comments, { since: noon, perPage: 3, instant });

  test("stays while one page has them all, so that the answer is the same one", () => {
    expect(next(list(1, 200))).toBe(noon);
  });

  test("moves to a second before the last one that is an hour older than the newest", () => {
    expect(next(list(1, 100, 139, 141, 200))).toBe("2026-01-02T14:18:59Z");
    expect(next(list(150, 180, 200))).toBe(noon);
  });

  test("never passes one that may still be delivered, whatever the clocks say", () => {
    expect(next(list(1, 100, 200), at(0))).toBe(noon);
  });
});
