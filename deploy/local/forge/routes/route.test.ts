import { expect, test } from "vitest";
import { type Call, commentsSince } from "./route.ts";

const at = (second: number) => `2026-01-02T03:04:0${second}Z`;
const edited = { id: 1, createdAt: at(0), updatedAt: at(5) };
const comments = [edited, { id: 2, createdAt: at(1) }, { id: 3, createdAt: at(3) }];
const ask = (query: string) => {
  const call: Call = { viewer: null, params: {}, query: new URLSearchParams(query), body: {}, accept: "", address: "" };
  return commentsSince(call, comments).map(({ id }) => id);
};

test("comments are listed as GitHub lists them: by creation, since their last change, and in the order that is asked for", () => {
  expect([ask(""), ask("direction=desc")]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect(ask(`since=${at(3)}`)).toEqual([1, 3]);
  expect(ask(`since=${at(3)}&sort=updated&direction=asc`)).toEqual([3, 1]);
  expect(ask("sort=created&direction=desc")).toEqual([3, 2, 1]);
});
