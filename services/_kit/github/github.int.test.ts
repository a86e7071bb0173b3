import { generateKeyPairSync, verify } from "node:crypto";
import { ConfigProvider, Effect, Layer } from "effect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "#kit/process/http.ts";
import { type Answer, type AnsweringServer, type Asked, startAnswering } from "#kit/test/test-answers.ts";
import { GitHub, gitHubLayer } from "./github.ts";

// octokit as a service uses it, against an HTTP server that answers as GitHub does.

const shop = { owner: "acme", repo: "shop" };
const tools = { owner: "acme", repo: "tools" };
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
/** As GitHub gives it. */
const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();

let server: AnsweringServer;
beforeAll(async () => {
  server = await startAnswering();
});
afterAll(() => server.close());

type Env = Readonly<Record<string, string>>;
const asToken: Env = { GITHUB_TOKEN_MERGE_GATE: "ghp_own" };
const asApp: Env = { GITHUB_APP_ID_MERGE_GATE: "123", GITHUB_APP_PRIVATE_KEY_MERGE_GATE: pem };

/** Runs with the merge gate's identity from these settings. The API's URL has a path, as that of GitHub Enterprise has. */
function use<A, E>(env: Env, program: (github: GitHub["Service"]) => Effect.Effect<A, E>, url = server.url) {
  const settings = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { GITHUB_API_URL: `${url}/api/v3`, ...env } }));
  return Effect.flatMap(GitHub, program).pipe(Effect.provide(Layer.provide(gitHubLayer("merge-gate"), settings)));
}

const readRepository =
  (at = shop) =>
  (github: GitHub["Service"]) =>
    github.call("read the repository", at, async (octokit) => (await octokit.rest.repos.get(at)).data.full_name);

const failureOf = <A, E>(program: Effect.Effect<A, E>) => Effect.runPromise(Effect.flip(program));
const pathsOf = (asked: readonly Asked[]) => asked.map(({ method, path }) => `${method} ${path}`);

const list = (github: GitHub["Service"]) =>
  github.call("list the rules", shop, async (octokit, at) => {
    return octokit.paginate(octokit.rest.repos.getBranchRules, { ...at, branch: "main", per_page: 2 });
  });

test("what did not change is asked for with its ETag, and GitHub's 304 gives the answer of before, page by page", async () => {
  const next = `<${server.url}/api/v3/repos/acme/shop/rules/branches/main?per_page=2&page=2>; rel="next"`;
  server.play(({ path, headers }) => {
    const isLast = path.includes("&page=2");
    const etag = isLast ? '"second"' : '"first"';
    if (headers["if-none-match"] === etag) return { status: 304, headers: { etag } };
    if (isLast) return { headers: { etag }, body: [{ type: etag }] };
    return { headers: { etag, link: next }, body: [{ type: etag }, { type: etag }] };
  });
  const both = use(asToken, (github) => Effect.all([list(github), list(github)]));
  const [before, after] = await Effect.runPromise(both);
  expect(before).toEqual([{ type: '"first"' }, { type: '"first"' }, { type: '"second"' }]);
  expect(after).toEqual(before);
  const sent = server.asked.map(({ headers }) => headers["if-none-match"]);
  expect(sent).toEqual([undefined, undefined, '"first"', '"second"']);
});

test("an answer that gives way to others while its 304 is under way is given all the same", async () => {
  const long = { full_name: "x".repeat(199_000) };
  const answerOf = (path: string, headers: Asked["headers"]): Answer => {
    const etag = `"${path}"`;
    return headers["if-none-match"] === etag ? { status: 304 } : { headers: { etag }, body: long };
  };
  const read = (repo: string) => readRepository({ owner: "acme", repo });
  const others = Array.from({ length: 21 }, (_, index) => `other-${index}`);
  const program = use(asToken, (github) =>
    Effect.gen(function* () {
      server.play(({ path, headers }) => answerOf(path, headers));
      yield* read("shop")(github);
      server.play(async ({ path, headers }) => {
        if (path.endsWith("/shop"))
          await Effect.runPromise(Effect.forEach(others, (repo) => read(repo)(github), { concurrency: 8 }));
        return answerOf(path, headers);
      });
      return yield* read("shop")(github);
    }),
  );
  expect(await Effect.runPromise(program)).toBe(long.full_name);
});

test("what GitHub says of two commits is asked for once", async () => {
  server.play(() => ({ headers: { etag: '"1"' }, body: { ahead_by: 1 } }));
  const basehead = `${"a".repeat(40)}...${"b".repeat(40)}`;
  const compare = (github: GitHub["Service"]) =>
    github.call("compare", shop, async (octokit, at) => {
      return (await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead })).data.ahead_by;
    });
  const twice = use(asToken, (github) => Effect.all([compare(github), compare(github)]));
  expect(await Effect.runPromise(twice)).toEqual([1, 1]);
  expect(server.asked).toHaveLength(1);
});

describe("a refusal is not retried:", () => {
  test.each([400, 403, 404, 405, 409, 410, 422])("%i", async (status) => {
    server.play(() => ({ status, headers: { "x-ratelimit-remaining": "4999" }, body: { message: "No." } }));
    const failure = await failureOf(use(asToken, readRepository()));
    expect(failure).toMatchObject({ _tag: "GitHubRefused", what: "read the repository", status, reason: "No." });
    expect(failure.message).toBe(`read the repository: GitHub answered ${status} No.`);
    expect(server.asked).toHaveLength(1);
  });
});

// Each test has its own server, and they run at once, because the four tries of a call take two seconds.
describe.concurrent("a fault is tried four times, then retryable:", () => {
  test.each<[string, Answer]>([
    ["500", { status: 500 }],
    ["502 with a page", { status: 502, headers: { "content-type": "text/html" }, body: "<html>" }],
    ["503", { status: 503 }],
    ["401: an operator mends the identity", { status: 401, body: { message: "Bad credentials" } }],
    ["408", { status: 408 }],
    ["an answer that breaks off", { body: { full_name: "acme/shop" }, end: "cut" }],
  ])("%s", async (_rule, answer) => {
    const own = await startAnswering();
    own.play(() => answer);
    const failure = await failureOf(use(asToken, readRepository(), own.url));
    expect(failure).toMatchObject({ _tag: "Retryable", what: "read the repository", cause: expect.any(Error) });
    expect(failure).not.toHaveProperty("delayMs");
    expect(own.asked).toHaveLength(4);
    await own.close();
  });

  test("a list that breaks off does not count as an empty one", async () => {
    const own = await startAnswering();
    own.play(() => ({ headers: { "content-type": "application/json" }, body: '[{"state":', end: "cut" }));
    const list = (github: GitHub["Service"]) =>
      github.call("list", shop, (octokit) =>
        octokit.paginate(octokit.rest.pulls.listReviews, { ...shop, pull_number: 1 }),
      );
    expect(await failureOf(use(asToken, list, own.url))).toMatchObject({ _tag: "Retryable" });
    await own.close();
  });

  test("a network where nobody listens", async () => {
    const failure = await failureOf(use(asToken, readRepository(), `http://127.0.0.1:${await freePort()}`));
    expect(failure).toMatchObject({ _tag: "Retryable" });
    expect(failure.message).toMatch(/^read the repository: .*ECONNREFUSED.* It is tried again\.$/);
  });

  test("until it succeeds", async () => {
    const own = await startAnswering();
    own.play((_asked, index) => (index < 2 ? { status: 502 } : { body: { full_name: "acme/shop" } }));
    expect(await Effect.runPromise(use(asToken, readRepository(), own.url))).toBe("acme/shop");
    expect(own.asked).toHaveLength(3);
    await own.close();
  });
});

describe("with a token", () => {
  test("a service acts under its login, and git gets the same token", async () => {
    server.play(() => ({ body: { login: "rig-gate", full_name: "acme/shop" } }));
    const acts = (github: GitHub["Service"]) =>
      Effect.all([github.login, readRepository()(github), github.gitToken(shop)]);
    expect(await Effect.runPromise(use(asToken, acts))).toEqual(["rig-gate", "acme/shop", "ghp_own"]);
    expect(pathsOf(server.asked)).toEqual(["GET /api/v3/user", "GET /api/v3/repos/acme/shop"]);
    for (const { headers } of server.asked) expect(headers.authorization).toBe("token ghp_own");
  });
});

describe("as a GitHub App", () => {
  const installations = { shop: 7, tools: 8 };

  /** A GitHub on which the App is installed in two repositories, each with its own installation and token. */
  function playInstalled(
    answer: (asked: Asked) => Answer = ({ headers }) => ({ body: { full_name: headers.authorization } }),
  ) {
    server.play((asked) => {
      const [, repository] = /^\/api\/v3\/repos\/acme\/(\w+)\/installation$/.exec(asked.path) ?? [];
      if (repository === "shop" || repository === "tools") return { body: { id: installations[repository] } };
      const [, installation] = /^\/api\/v3\/app\/installations\/(\d)\/access_tokens$/.exec(asked.path) ?? [];
      const limits = { expires_at: new Date(Date.now() + 3_600_000).toISOString(), repository_selection: "all" };
      const token = { token: `ghs_${installation}`, permissions: { contents: "write" }, ...limits };
      return installation === undefined ? answer(asked) : { status: 201, body: token };
    });
  }

  test("the login is asked for until GitHub answers, and then not again", async () => {
    server.play(({ path }) => (path.endsWith("/app") ? { status: 404 } : { body: {} }));
    const twice = (github: GitHub["Service"]) =>
      Effect.gen(function* () {
        yield* Effect.flip(github.login);
        server.play(() => ({ body: { slug: "rig-merge-gate" } }));
        return [yield* github.login, yield* github.login];
      });
    const login = "rig-merge-gate[bot]";
    expect(await Effect.runPromise(use(asApp, twice))).toEqual([login, login]);
    expect(server.asked).toHaveLength(1);
  });

  test("the login is the App's slug with [bot], asked for with a JWT that the App's key signed", async () => {
    server.play(() => ({ body: { slug: "rig-merge-gate" } }));
    expect(await Effect.runPromise(use(asApp, (github) => github.login))).toBe("rig-merge-gate[bot]");
    expect(pathsOf(server.asked)).toEqual(["GET /api/v3/app"]);
    const { iss, exp, iat } = claimsOf(server.asked[0]);
    expect(iss).toBe("123");
    // GitHub refuses a JWT that is valid for more than ten minutes or was issued in the future.
    expect(exp - Date.now() / 1_000).toBeLessThanOrEqual(600);
    expect(iat).toBeLessThanOrEqual(Date.now() / 1_000);
  });

  test("a call acts as the installation on its repository, which is asked for once, and whose token is made once", async () => {
    playInstalled();
    const reads = (github: GitHub["Service"]) =>
      Effect.all([shop, tools, shop].map((at) => readRepository(at)(github)));
    expect(await Effect.runPromise(use(asApp, reads))).toEqual(["token ghs_7", "token ghs_8", "token ghs_7"]);
    expect(pathsOf(server.asked).filter((path) => path.startsWith("POST"))).toEqual([
      "POST /api/v3/app/installations/7/access_tokens",
      "POST /api/v3/app/installations/8/access_tokens",
    ]);
    expect(pathsOf(server.asked).filter((path) => path.endsWith("/installation"))).toHaveLength(2);
    for (const asked of server.asked) {
      if (asked.path.endsWith("installation") || asked.method === "POST") expect(claimsOf(asked).iss).toBe("123");
    }
  });

  test("it knows the repositories on which it is installed, a token knows none", async () => {
    const repository = (name: string) => ({ name, owner: { login: "acme" } });
    server.play(({ path, method }) => {
      if (method === "POST")
        return { status: 201, body: { token: "ghs_7", expires_at: "2999-01-01T00:00:00Z", permissions: {} } };
      if (path.startsWith("/api/v3/app/installations")) return { body: [{ id: 7 }] };
      return { body: { total_count: 2, repositories: [repository("shop"), repository("tools")] } };
    });
    expect(await Effect.runPromise(use(asApp, (github) => github.repositories))).toEqual([shop, tools]);
    expect(await Effect.runPromise(use(asToken, (github) => github.repositories))).toEqual([]);
  });

  test("git gets a token for its one repository", async () => {
    playInstalled();
    expect(await Effect.runPromise(use(asApp, (github) => github.gitToken(tools)))).toBe("ghs_8");
    expect(pathsOf(server.asked)).toEqual([
      "GET /api/v3/repos/acme/tools/installation",
      "POST /api/v3/app/installations/8/access_tokens",
    ]);
    expect(server.asked[1]?.body).toEqual({ repositories: ["tools"] });
  });

  test("an App that is not installed on the repository is refused", async () => {
    server.play(() => ({ status: 404, body: { message: "Not Found" } }));
    for (const program of [readRepository(), (github: GitHub["Service"]) => github.gitToken(shop)]) {
      expect(await failureOf(use(asApp, program))).toMatchObject({ _tag: "GitHubRefused", status: 404 });
    }
  });

  test("its calls have the same four tries and no waits of octokit's own", async () => {
    playInstalled(() => ({ status: 502 }));
    expect(await failureOf(use(asApp, readRepository()))).toMatchObject({ _tag: "Retryable" });
    expect(pathsOf(server.asked).filter((path) => path === "GET /api/v3/repos/acme/shop")).toHaveLength(4);
    playInstalled(() => ({ status: 429, headers: { "retry-after": "30" } }));
    expect(await failureOf(use(asApp, readRepository()))).toMatchObject({ _tag: "Retryable", delayMs: 30_000 });
    expect(pathsOf(server.asked).filter((path) => path === "GET /api/v3/repos/acme/shop")).toHaveLength(1);
  });
});

describe("a service does not start", () => {
  const key = "GITHUB_APP_PRIVATE_KEY_MERGE_GATE";
  test.each<[string, Env, string]>([
    [
      "without an identity",
      {},
      `merge-gate has no GitHub identity: set GITHUB_TOKEN_MERGE_GATE, or GITHUB_APP_ID_MERGE_GATE and its key.`,
    ],
    ["with the identity of another service", { GITHUB_TOKEN_DEV_E: "ghp_other" }, "merge-gate has no GitHub identity"],
    ["with an App's id and no key", { GITHUB_APP_ID_MERGE_GATE: "123" }, `${key} is not set: the App's PEM key.`],
    ["with an App's id and only a token", { ...asToken, GITHUB_APP_ID_MERGE_GATE: "123" }, `${key} is not set`],
    [
      "with a key that cannot sign",
      { ...asApp, [key]: pem.slice(0, 200) },
      `${key} is no PEM key: set it to the whole`,
    ],
  ])("%s", async (_rule, env, message) => {
    const failure = await failureOf(use(env, (github) => github.login));
    expect(failure).toMatchObject({ _tag: "StartRefused", message: expect.stringContaining(message) });
  });
});

test.each([
  ["line feeds written as \\n", { ...asApp, GITHUB_APP_PRIVATE_KEY_MERGE_GATE: pem.replaceAll("\n", "\\n") }],
  ["a token beside it", { ...asApp, ...asToken }],
])("an App's key is used with %s", async (_rule, env) => {
  server.play(() => ({ body: { slug: "rig-merge-gate" } }));
  expect(await Effect.runPromise(use(env, (github) => github.login))).toBe("rig-merge-gate[bot]");
});

/** Reads the claims of a request's JWT and checks that the App's key signed it. */
function claimsOf(asked: Asked | undefined): { iss: string; exp: number; iat: number } {
  const [, signed = "", claims = "", signature = ""] =
    /^bearer ([\w-]+\.([\w-]+))\.([\w-]+)$/.exec(asked?.headers.authorization ?? "") ?? [];
  expect(verify("RSA-SHA256", Buffer.from(signed), publicKey, Buffer.from(signature, "base64url"))).toBe(true);
  return JSON.parse(Buffer.from(claims, "base64url").toString());
}
