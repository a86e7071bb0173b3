import { ConfigProvider, Effect, Layer, Logger } from "effect";
import { expect, test } from "vitest";
import type { Fact } from "#contracts/envelope.ts";
import { factOf } from "#contracts/test-facts.ts";
import type { Bus } from "#kit/bus/bus.ts";
import { Retryable } from "#kit/errors.ts";
import { GitHub, GitHubRefused } from "#kit/github/github.ts";
import { makeHandle } from "./work.ts";

// Which repositories are compared, and when. GitHub answers nothing here, so no comparison gets to the bus.

const known = { owner: "acme", repo: "shop", issues: new Map(), changes: new Set<number>() };
const tickAgo = (ms: number): Fact<"TICK"> =>
  factOf("TICK", { schedule: "minute", instant: new Date(Date.now() - ms).toISOString() });

interface Setting {
  readonly named?: string;
  readonly installed?: readonly string[];
  /** How GitHub fails for a repository. */
  readonly fail?: (repository: string) => Retryable | GitHubRefused;
}

/** Handles these ticks; returns the repositories that GitHub was asked for, in order. */
async function askedFor(ticks: readonly Fact<"TICK">[], setting: Setting = {}): Promise<readonly string[]> {
  const { named = "", installed = [], fail = () => new GitHubRefused({ what: "", status: 404, reason: "" }) } = setting;
  const asked: string[] = [];
  const github = GitHub.of({
    login: Effect.succeed("reconciler"),
    repositories: Effect.succeed(installed.map((repo) => ({ owner: "acme", repo }))),
    gitToken: () => Effect.succeed(""),
    call: (_what, { owner, repo }) =>
      Effect.suspend(() => {
        asked.push(`${owner}/${repo}`);
        return Effect.fail(fail(`${owner}/${repo}`));
      }),
  });
  const settings = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { RIG_REPOSITORIES: named } }));
  const layer = Layer.mergeAll(Layer.succeed(GitHub, github), settings, Logger.layer([]));
  const handling = Effect.gen(function* () {
    const handle = yield* makeHandle(Effect.succeed([known]));
    for (const tick of ticks) yield* handle(tick) as Effect.Effect<unknown, unknown, Exclude<GitHub | Bus, Bus>>;
  });
  await Effect.runPromise(Effect.provide(handling, layer));
  return asked;
}

test("those that the rig knows, that the operator names and on which the App is installed are compared, each once", async () => {
  const setting = { named: "Acme/Shop, acme/named", installed: ["named", "installed"] };
  expect(await askedFor([tickAgo(0)], setting)).toEqual(["acme/shop", "acme/named", "acme/installed"]);
});

test.each(["shop", "acme/shop/1", "acme /shop", "https://github.com/acme/shop"])(
  "a name that is none is refused at the start: %s",
  async (named) => {
    const refused = { _tag: "StartRefused", message: expect.stringContaining(`"${named}"`) };
    await expect(askedFor([], { named })).rejects.toMatchObject(refused);
  },
);

test("of the ticks that waited through a standstill only the last one is handled", async () => {
  const ticks = [600_000, 180_000, 130_000, 60_000].map(tickAgo);
  expect(await askedFor(ticks)).toEqual(["acme/shop"]);
});

test("a repository that GitHub refuses does not keep the others from being compared", async () => {
  expect(await askedFor([tickAgo(0)], { named: "acme/other" })).toEqual(["acme/shop", "acme/other"]);
});

test("a rate limit ends the comparison, and the next one begins where it ended", async () => {
  let limited = true;
  const fail = (repository: string) => {
    if (repository !== "acme/second" || !limited) return new GitHubRefused({ what: "", status: 404, reason: "" });
    limited = false;
    return new Retryable({ what: "rate limited", delayMs: 60_000 });
  };
  const asked = await askedFor([tickAgo(0), tickAgo(0)], { named: "acme/second, acme/third", fail });
  expect(asked).toEqual(["acme/shop", "acme/second", "acme/second", "acme/third", "acme/shop"]);
});
