import { expect, test } from "vitest";
import { authorsIn, contributorsIn, withAuthors } from "./contributors.ts";

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

test("GitHub knows the account of a co-author with an address of his own", () => {
  const authors = { nodes: [{ user: { login: "dev-e" } }, { user: { login: "eve" } }, { user: null }] };
  const byCommit = authorsIn([{ commit: { oid: "a", authors } }]);
  const listed = ["a", "b"].map((sha) => ({ sha, by: ["dev-e[bot]"] }));
  expect(withAuthors(listed, byCommit).map(({ by }) => by)).toEqual([["dev-e[bot]", "dev-e", "eve"], ["dev-e[bot]"]]);
  expect(withAuthors(listed, undefined)).toEqual(listed);
});
