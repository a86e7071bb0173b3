import { expect, test } from "vitest";
import { parentsOf } from "./change-nodes.ts";

test("a commit has as many parents as GitHub lists, also where it does not name one: of three it is no update", () => {
  const of = { message: "Merge", signature: null, authors: { nodes: [] }, committer: null };
  const parents = { nodes: [{ oid: "a" }, null, { oid: "c" }] };
  expect(parentsOf({ commit: { oid: "h", ...of, parents } })).toEqual({ sha: "h", parents: ["a", "", "c"] });
});
