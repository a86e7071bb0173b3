import { Effect, Layer } from "effect";
import { Octokit } from "octokit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GitHub, gitHubLayer } from "#kit/github.ts";
import { coder, person, startWorld, type World } from "../../deploy/local/forge/test-forge.ts";
import { readFresh } from "./forge.ts";

const at = { owner: "acme", repo: "shop" };
let world: World;
let prNumber = 0;

beforeAll(async () => {
  world = await startWorld();
  process.env.GITHUB_API_URL = `${world.forge.url}/api/v3`;
  process.env.GITHUB_TOKEN_MERGE_GATE = person.token;
  await world.git(coder, "clone");
  await world.push(coder, "side", { "side.txt": "1\n" });
  const { rest } = new Octokit({ auth: coder.token, baseUrl: process.env.GITHUB_API_URL });
  const { data } = await rest.pulls.create({ ...at, title: "Side", head: "side", base: "main", body: "Closes #1" });
  prNumber = data.number;
  await world.forge.settled();
});
afterAll(() => world.close());

test("asks afresh: head, checks, protection, author and body are those of the forge now", async () => {
  const fresh = await Effect.runPromise(readFresh(at, prNumber).pipe(Effect.provide(gitHubLayer("merge-gate"))));
  const { data } = await new Octokit({ baseUrl: `${world.forge.url}/api/v3` }).rest.pulls.get({
    ...at,
    pull_number: prNumber,
  });
  expect(fresh).toEqual({
    number: prNumber,
    open: true,
    draft: false,
    baseBranch: "main",
    body: "Closes #1",
    author: coder.login,
    headSha: data.head.sha,
    labels: [],
    mergeable: true,
    checks: [{ name: "test", completed: true, conclusion: "success" }],
    requiredChecks: ["test"],
    reviews: [],
    unresolvedThreads: 0,
    merged: false,
    mergeSha: null,
    mergedBy: "",
  });
});

test("an open thread behind the hundredth is counted", async () => {
  // The local forge answers with all threads at once, so the pages of GitHub are laid over it.
  const pages = (after: unknown) => {
    const [nodes, pageInfo] =
      after === "next"
        ? [[thread(false), thread(true)], { hasNextPage: false, endCursor: "end" }]
        : [Array.from({ length: 100 }, () => thread(true)), { hasNextPage: true, endCursor: "next" }];
    return { repository: { pullRequest: { reviewThreads: { nodes, pageInfo } } } };
  };
  const thread = (isResolved: boolean) => ({ isResolved, comments: { nodes: [] } });
  const graphql = (_query: string, variables: { readonly after: unknown }) => Promise.resolve(pages(variables.after));
  const paged = Layer.effect(
    GitHub,
    Effect.map(GitHub, (real) =>
      GitHub.of({
        ...real,
        call: (what, where, run) =>
          real.call(what, where, (octokit, repository) =>
            run(
              new Proxy(octokit, { get: (target, name) => (name === "graphql" ? graphql : Reflect.get(target, name)) }),
              repository,
            ),
          ),
      }),
    ),
  ).pipe(Layer.provide(gitHubLayer("merge-gate")));
  const fresh = await Effect.runPromise(readFresh(at, prNumber).pipe(Effect.provide(paged)));
  expect(fresh.unresolvedThreads).toBe(1);
});
