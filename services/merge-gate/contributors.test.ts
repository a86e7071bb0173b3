import { expect, test } from "vitest";
import { contributorsIn, contributorsOf } from "./contributors.ts";

type Commit = Parameters<typeof contributorsIn>[0];

const commit = (message: string, author: object | null = { login: "dev-e[bot]" }, committer: object | null = null) =>
  ({ author, committer, commit: { message } }) as Commit;

test("who wrote a commit, committed it, or is named as a co-author has a part in it", () => {
  const message = `Add it

Reported-by: Bob <9+bob@users.noreply.github.com>
Co-authored-by: Rita <1234+rita@users.noreply.github.com>
co-authored-by: Ada Lovelace <ada@users.noreply.github.com>
Co-authored-by: Review-E <5+review-e[bot]@users.noreply.github.com>
Co-authored-by: Eve <eve@example.com>`;
  expect(contributorsIn(commit(message, { login: "dev-e[bot]" }, { login: "web-flow" }))).toEqual([
    ...["dev-e[bot]", "web-flow", "rita", "ada", "review-e[bot]"],
  ]);
  expect(contributorsIn(commit("Add it", null, {}))).toEqual([]);
});

test("GitHub knows the account of a co-author with an address of his own, and an App by the address that GitHub gave it", () => {
  const authors = [
    { email: "3+dev-e[bot]@users.noreply.github.com", user: null },
    { email: "eve@example.com", user: { login: "eve" } },
    { email: "nobody@example.com", user: null },
  ];
  const of = { oid: "a", signature: null, parents: { nodes: [] }, authors: { nodes: authors } };
  const message = "Add it\n\nCo-authored-by: Rita <1234+rita@users.noreply.github.com>";
  const committer = { email: null, user: { login: "web-flow" } };
  expect(contributorsOf({ ...of, message, committer })).toEqual(["dev-e[bot]", "eve", "web-flow", "rita"]);
  expect(contributorsOf({ ...of, message: "", authors: { nodes: [] }, committer: null })).toEqual([]);
});
