import { expect, test } from "vitest";
import { merges, playGate } from "./test-played.ts";

// What a look of the gate costs. GitHub is played, the bus is in memory.

const { appendedAfter, asked } = playGate();

/** What a look asks for: one query, the rules and the branch, the comparison of the base with the head as JSON and as a diff, and who pushed it. */
const look = ["/graphql", "activity", "branches/main", "compare/b1...h1", "compare/b1...h1", "rules/branches/main"];

/** What GitHub was asked for, without the gate's own login, which is asked for once in the life of a gate. */
function requests(): readonly string[] {
  const places = asked().map((path = "") => path.replace("/repos/acme/shop/", ""));
  return places.filter((place) => place !== "/user").toSorted();
}

test("a look at an ordinary change that waits is six requests, and to show the verdict two", async () => {
  expect(await appendedAfter([], { pull: { labels: [{ name: "manual-merge" }] } })).toEqual([]);
  expect(requests()).toEqual([...look, "check-runs", "commits/h1/check-runs"].toSorted());
});

test("a merge is another look just before it, and one request", async () => {
  expect(await appendedAfter([])).toEqual(merges);
  const shown = ["check-runs", "commits/h1/check-runs"];
  expect(requests()).toEqual([...look, ...look, ...shown, "pulls/9/merge"].toSorted());
});

test("while something runs on the base, or failed there, a look that may merge is one request more", async () => {
  expect(await appendedAfter([], { onBase: "PENDING" })).toEqual(merges);
  const shown = ["check-runs", "commits/h1/check-runs"];
  const turn = [...look, "/graphql"];
  expect(requests()).toEqual([...turn, ...turn, ...shown, "pulls/9/merge"].toSorted());
});
