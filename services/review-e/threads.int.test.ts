import { expect, test } from "vitest";
import { reviewItem } from "#contracts/test-facts.ts";
import { people, playGitHub, threadBy } from "#kit/github/test-people.ts";
import { playedGitHub } from "#kit/test/test-github.ts";
import { resolveOwnThreads } from "./forge.ts";

// Whose threads an approval resolves. GitHub is played.

const server = playedGitHub("review-e");

test("an approval resolves the threads of Review-E's own App alone, and none of a person with the App's name", async () => {
  const standing = playGitHub({ threads: people.map((person) => threadBy([person], { id: person.who })) });
  server.play((asked) => (asked.path === "/user" ? { body: { login: "rig-review-e[bot]" } } : standing(asked)));
  const item = reviewItem({ owner: "acme", repo: "shop", number: 9 });
  await server.run(resolveOwnThreads(item));
  const resolved = server.asked.map(({ body }) => body.variables).filter((each) => each !== undefined);
  expect(resolved.slice(1)).toEqual([{ threadId: "the appointed App" }]);
});
