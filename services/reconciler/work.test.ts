import { ConfigProvider, Effect, Layer, Logger } from "effect";
import { expect, test } from "vitest";
import type { Fact } from "#contracts/envelope.ts";
import { factOf } from "#contracts/test-facts.ts";
import { memoryBus } from "#kit/bus/test-memory-bus.ts";
import { Retryable } from "#kit/errors.ts";
import { GitHub, GitHubRefused, type Octokit } from "#kit/github/github.ts";
import type { KnownRepository } from "./known.ts";
import { makeHandle } from "./work.ts";

// Which repositories are compared, and when. GitHub answers next to nothing here, and the bus in memory has no facts.

const known: KnownRepository = { owner: "acme", repo: "shop", issues: new Map(), changes: new Set() };
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
  const { fail = () => new GitHubRefused({ what: "", status: 404, reason: "" }) } = setting;
  const asked: string[] = [];
  await handleAll(ticks, setting, (_what, { owner, repo }) =>
    Effect.suspend(() => {
      asked.push(`${owner}/${repo}`);
      return Effect.fail(fail(`${owner}/${repo}`));
    }),
  );
  return asked;
}

async function handleAll(
  ticks: readonly Fact<"TICK">[],
  { named = "", installed = [] }: Setting,
  call: GitHub["Service"]["call"],
  knows = known,
): Promise<void> {
  const github = GitHub.of({
    login: Effect.succeed("reconciler"),
    repositories: Effect.succeed(installed.map((repo) => ({ owner: "acme", repo }))),
    gitToken: () => Effect.succeed(""),
    call,
  });
  const settings = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { RIG_REPOSITORIES: named } }));
  const layer = Layer.mergeAll(Layer.succeed(GitHub, github), settings, memoryBus, Logger.layer([]));
  const handling = Effect.gen(function* () {
    const handle = yield* makeHandle(Effect.succeed([knows]));
    for (const tick of ticks) yield* handle(tick);
  });
  await Effect.runPromise(Effect.provide(handling, layer));
}

/** What GitHub is asked of a repository in which nothing happens. Its lists are empty but for those of these issues that are worked on. */
async function askedWhenQuiet(issues: KnownRepository["issues"]): Promise<readonly string[]> {
  const asked: string[] = [];
  const issue = { repository_url: "https://api.github.com/repos/acme/shop", title: "", labels: [], closed_at: null };
  const repository = { name: "shop", owner: { login: "acme" }, default_branch: "main", ...issue };
  const workedOn = [...issues].filter(([, { isWorkedOn }]) => isWorkedOn);
  const labelled = workedOn.map(([number]) => ({ number, updated_at: "2026-01-02T03:04:05Z" }));
  const answers: Readonly<Record<string, unknown>> = { get: repository, listForRepo: labelled };
  const area = new Proxy({}, { get: (_, name) => async () => ({ data: answers[String(name)] ?? [], headers: {} }) });
  const octokit = { rest: new Proxy({}, { get: () => area }) } as unknown as Octokit;
  const call: GitHub["Service"]["call"] = (what, at, run) => {
    asked.push(what);
    return Effect.promise(() => run(octokit, at));
  };
  await handleAll([tickAgo(0)], {}, call, { ...known, issues });
  return asked;
}

test("a repository in which nothing happens costs two lists, and with work under way one of events and two of comments", async () => {
  const [first, last] = [["read the repository", "list the open pull requests"], "list the labelled issues"];
  expect(await askedWhenQuiet(new Map())).toEqual([...first, last]);
  const issue = { isWorkedOn: true, prNumber: null, approvedAt: "2026-01-02T03:04:05.000Z" };
  const two = new Map([
    [1, issue],
    [2, issue],
  ]);
  const more = ["read the events of the repository", "list the comments"];
  expect(await askedWhenQuiet(two)).toEqual([...first, ...more, last]);
  const asked = await askedWhenQuiet(new Map([[1, { ...issue, isWorkedOn: false }]]));
  expect(asked).not.toContain("read the events of the repository");
});

test("an issue that waits for a person, and is not listed as open with its label, is asked for: somebody may have closed it", async () => {
  const issue = { isWorkedOn: false, prNumber: null, approvedAt: "2026-01-02T03:04:05.000Z" };
  expect(await askedWhenQuiet(new Map([[1, issue]]))).toContain("read #1");
});

test("issues that wait for a person keep no pull request and no comment from being compared, however many they are", async () => {
  const issue = { prNumber: null, approvedAt: "2026-01-02T03:04:05.000Z" };
  const numbers = Array.from({ length: 1_000 }, (_, index) => index + 1);
  const asked = await askedWhenQuiet(
    new Map(numbers.map((number) => [number, { ...issue, isWorkedOn: number === 1 }])),
  );
  const firstOfThem = asked.indexOf("read #2");
  expect(asked.slice(0, firstOfThem)).toEqual(
    expect.arrayContaining(["list the open pull requests", "list the comments"]),
  );
});

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
