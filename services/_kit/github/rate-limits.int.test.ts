import { ConfigProvider, Effect, Layer } from "effect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, type AnsweringServer, startAnswering } from "#kit/test/test-answers.ts";
import { GitHub, gitHubLayer } from "./github.ts";

// octokit as a service uses it, against an HTTP server that limits the rate as GitHub does.

const shop = { owner: "acme", repo: "shop" };
let server: AnsweringServer;
beforeAll(async () => {
  server = await startAnswering();
});
afterAll(() => server.close());

/** Runs with an identity of its own, whose limits nobody has met yet. */
function use<A, E>(program: (github: GitHub["Service"]) => Effect.Effect<A, E>) {
  const env = { GITHUB_API_URL: server.url, GITHUB_TOKEN_MERGE_GATE: "ghp_own" };
  const settings = ConfigProvider.layer(ConfigProvider.fromEnv({ env }));
  return Effect.flatMap(GitHub, program).pipe(Effect.provide(Layer.provide(gitHubLayer("merge-gate"), settings)));
}

const readRepository = (github: GitHub["Service"]) =>
  github.call("read the repository", shop, async (octokit) => (await octokit.rest.repos.get(shop)).data.full_name);

const askGraphql = (github: GitHub["Service"]) =>
  github.call("ask", shop, (octokit) => octokit.graphql<unknown>("{ viewer { login } }"));

const failureOf = <A, E>(program: Effect.Effect<A, E>) => Effect.runPromise(Effect.flip(program));
const secondsFromHere = (seconds: number) => String(Math.ceil(Date.now() / 1_000) + seconds);
const errors = [{ type: "RATE_LIMITED", message: "API rate limit exceeded" }];
const secondary = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

describe("a call that meets a rate limit is made once, and its error has the wait:", () => {
  const used = { "x-ratelimit-remaining": "0" };
  test.each<[string, () => Answer, number]>([
    ["429 with Retry-After", () => ({ status: 429, headers: { "retry-after": "30" } }), 30_000],
    ["429 alone waits a minute", () => ({ status: 429 }), 60_000],
    ["403 with Retry-After", () => ({ status: 403, headers: { "retry-after": "7" } }), 7_000],
    [
      "Retry-After goes before the reset",
      () => ({ status: 403, headers: { ...used, "retry-after": "7", "x-ratelimit-reset": secondsFromHere(600) } }),
      7_000,
    ],
    [
      "403 with nothing remaining waits for the reset",
      () => ({ status: 403, headers: { ...used, "x-ratelimit-reset": secondsFromHere(600) } }),
      600_000,
    ],
    [
      "at least a minute when the reset is over",
      () => ({ status: 403, headers: { ...used, "x-ratelimit-reset": secondsFromHere(-600) } }),
      60_000,
    ],
    [
      "at most an hour",
      () => ({ status: 403, headers: { ...used, "x-ratelimit-reset": secondsFromHere(7_200) } }),
      3_600_000,
    ],
    ["403 that only its message explains", () => ({ status: 403, body: { message: secondary } }), 60_000],
  ])("%s", async (_rule, answer, delayMs) => {
    server.play(answer);
    const failure = await failureOf(use(readRepository));
    expect(failure).toMatchObject({ _tag: "Retryable", what: "read the repository: rate limited by GitHub" });
    expect(Math.abs((failure as { delayMs: number }).delayMs - delayMs)).toBeLessThan(5_000);
    expect(server.asked).toHaveLength(1);
  });

  test("GraphQL answers 200 with an error", async () => {
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": secondsFromHere(600) };
    server.play(() => ({ headers, body: { errors } }));
    const failure = await failureOf(use(askGraphql));
    expect(failure).toMatchObject({ _tag: "Retryable", what: "ask: rate limited by GitHub" });
    expect(Math.abs((failure as { delayMs: number }).delayMs - 600_000)).toBeLessThan(5_000);
    expect(server.asked).toHaveLength(1);
  });
});

describe("the calls of one identity share its limits:", () => {
  const waits = (github: GitHub["Service"]) => Effect.flip(readRepository(github));
  const waitOf = (failure: unknown) => (failure as { delayMs?: number }).delayMs ?? 0;

  test.each<[string, Answer]>([
    ["403 that only its message explains", { status: 403, body: { message: secondary } }],
    ["429 without headers", { status: 429 }],
  ])("after %s the next call waits at least a minute, and is not sent", async (_rule, answer) => {
    server.play(() => answer);
    const twice = (github: GitHub["Service"]) =>
      Effect.all([waits(github), waits(github), Effect.flip(askGraphql(github))]);
    for (const failure of await Effect.runPromise(use(twice))) {
      expect(failure).toMatchObject({ _tag: "Retryable", what: expect.stringContaining("rate limited by GitHub") });
      expect(waitOf(failure)).toBeGreaterThan(59_000);
    }
    expect(server.asked).toHaveLength(1);
  });

  test("GraphQL that is used up does not blind REST", async () => {
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-resource": "graphql" };
    server.play(({ path }) =>
      path.endsWith("/graphql") ? { headers, body: { errors } } : { body: { full_name: "acme/shop" } },
    );
    const both = (github: GitHub["Service"]) =>
      Effect.all([Effect.flip(askGraphql(github)), readRepository(github), Effect.flip(askGraphql(github))]);
    const [first, name, again] = await Effect.runPromise(use(both));
    expect([name, first, again]).toMatchObject(["acme/shop", { _tag: "Retryable" }, { _tag: "Retryable" }]);
    expect(waitOf(again)).toBeGreaterThan(59_000);
    expect(server.asked).toHaveLength(2);
  });

  test("REST that is used up does not blind GraphQL", async () => {
    const used = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": secondsFromHere(600) };
    server.play(({ path }) =>
      path.endsWith("/graphql") ? { body: { data: { viewer: {} } } } : { status: 403, headers: used },
    );
    const both = (github: GitHub["Service"]) => Effect.all([waits(github), askGraphql(github)]);
    expect(await Effect.runPromise(use(both))).toMatchObject([{ _tag: "Retryable" }, { viewer: {} }]);
  });
});
