import { Effect, Layer } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reviewItem } from "#contracts/test-facts.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { people, playGitHub, threadBy } from "#kit/github/test-people.ts";
import { type AnsweringServer, startAnswering } from "#kit/test/test-answers.ts";
import { settingsLayer } from "#kit/test/test-world.ts";
import { resolveOwnThreads } from "./forge.ts";

// Whose threads an approval resolves. GitHub is played.

let server: AnsweringServer;
beforeAll(async () => {
  server = await startAnswering();
});
afterAll(() => server.close());

test("an approval resolves the threads of Review-E's own App alone, and none of a person with the App's name", async () => {
  const standing = playGitHub({ threads: people.map((person) => threadBy([person], { id: person.who })) });
  server.play((asked) => (asked.path === "/user" ? { body: { login: "rig-review-e[bot]" } } : standing(asked)));
  const settings = settingsLayer({ GITHUB_API_URL: server.url, GITHUB_TOKEN_REVIEW_E: "ghp_own" });
  const item = reviewItem({ owner: "acme", repo: "shop", number: 9 });
  const layer = Layer.provideMerge(gitHubLayer("review-e"), settings);
  await Effect.runPromise(Effect.provide(resolveOwnThreads(item), layer));
  const resolved = server.asked.map(({ body }) => body.variables).filter((each) => each !== undefined);
  expect(resolved.slice(1)).toEqual([{ threadId: "the appointed App" }]);
});
