import { Effect, Layer, Logger } from "effect";
import { expect, test } from "vitest";
import { Retryable } from "#kit/errors.ts";
import { GitHub } from "#kit/github/github.ts";
import { allPages, makeAsking, type Page, type Question } from "./asking.ts";

// The rules of asking, with a GitHub that is a function. `read` of a question is GitHub's answer.

const at = { owner: "acme", repo: "shop" };
type Read<Value> = Question<Value>["read"];

function run<A, E>(program: Effect.Effect<A, E, GitHub>): Promise<A> {
  const github = GitHub.of({
    login: Effect.succeed("reconciler"),
    repositories: Effect.succeed([]),
    gitToken: () => Effect.succeed(""),
    call: (what, where, call) =>
      Effect.tryPromise({
        try: () => call(null as never, where),
        catch: (cause) => (cause instanceof Retryable ? cause : new Retryable({ what, cause })),
      }),
  });
  const quiet = Layer.merge(Layer.succeed(GitHub, github), Logger.layer([]));
  return Effect.runPromise(Effect.provide(program, quiet));
}

const question = <Value>(read: Read<Value>, key = "list"): Question<Value> => ({ what: key, key, read });
const unchanged = (headers = {}) => Promise.reject(Object.assign(new Error(), { status: 304, response: { headers } }));
const inAnHour = { "x-ratelimit-limit": "5000", "x-ratelimit-reset": String(Math.ceil(Date.now() / 1_000) + 3_600) };

test("what did not change is asked with its ETag, and its answer is the one before", async () => {
  const asking = makeAsking();
  const sent: (string | undefined)[] = [];
  const read: Read<string> = (_octokit, _at, headers) => {
    sent.push(headers["if-none-match"]);
    return headers["if-none-match"] === undefined
      ? Promise.resolve({ value: "first", headers: { etag: 'W/"1"' } })
      : unchanged();
  };
  const ask = asking.ask(at, question(read));
  expect([await run(ask), await run(ask)]).toEqual(["first", "first"]);
  expect(sent).toEqual([undefined, 'W/"1"']);
  expect(asking.sent).toEqual({ requests: 2, unchanged: 1 });
  await run(asking.restart);
  expect(asking.sent).toEqual({ requests: 0, unchanged: 0 });
});

test("the same question about another repository is another question", async () => {
  const asking = makeAsking();
  const sent: (string | undefined)[] = [];
  const read: Read<string> = async (_octokit, _at, headers) => {
    sent.push(headers["if-none-match"]);
    return { value: "", headers: { etag: "1" } };
  };
  await run(asking.ask(at, question(read)));
  await run(asking.ask({ ...at, repo: "tools" }, question(read)));
  expect(sent).toEqual([undefined, undefined]);
});

test.each([
  ["half of the hour's requests are left", 2_500, 2],
  ["fewer than half are left", 2_499, 1],
])("when %s, it goes on as long as the others keep theirs", async (_name, remaining, requests) => {
  const asking = makeAsking();
  const headers = { ...inAnHour, "x-ratelimit-remaining": String(remaining) };
  const read: Read<string> = () => Promise.resolve({ value: "", headers });
  await run(asking.ask(at, question(read)));
  const next = run(Effect.result(asking.ask(at, question(read))));
  if (requests === 1) expect(await next).toMatchObject({ failure: { _tag: "LimitReached" } });
  else expect(await next).toMatchObject({ success: "" });
  expect(asking.sent.requests).toBe(requests);
});

test("after the reset it asks again", async () => {
  const asking = makeAsking();
  const past = { ...inAnHour, "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" };
  const read: Read<string> = () => Promise.resolve({ value: "", headers: past });
  await run(asking.ask(at, question(read)));
  expect(await run(asking.ask(at, question(read)))).toBe("");
});

test("a rate limit ends the comparison, a fault of the network is one for this repository", async () => {
  const asking = makeAsking();
  const failing =
    (error: Error): Read<string> =>
    () =>
      Promise.reject(error);
  const limited = failing(new Retryable({ what: "rate limited", delayMs: 60_000 }));
  expect(await run(Effect.flip(asking.ask(at, question(limited))))).toMatchObject({ _tag: "LimitReached" });
  const broken = failing(new Error("ECONNREFUSED"));
  expect(await run(Effect.flip(asking.ask(at, question(broken))))).toMatchObject({ _tag: "Retryable" });
});

test("a list is read to its end, also when its last page is full and nothing says that another follows", async () => {
  const pages: Readonly<Record<number, Page<number>>> = {
    1: { items: [1, 2], full: true },
    2: { items: [3, 4], full: true },
    3: { items: [], full: false },
  };
  const asking = makeAsking();
  const list = (page: number) =>
    question<Page<number>>(async () => ({ value: pages[page] ?? { items: [], full: false }, headers: {} }), `${page}`);
  expect(await run(allPages(asking, at, list))).toEqual([1, 2, 3, 4]);
  expect(asking.sent.requests).toBe(3);
});
