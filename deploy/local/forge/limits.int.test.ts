import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coder, person, startTestForge, type TestForge } from "./test-forge.ts";

const shop = { owner: "acme", repo: "shop" };
let local: TestForge;

beforeAll(async () => {
  local = await startTestForge();
  await local.octokitOf(person).rest.issues.create({ ...shop, title: "One" });
}, 60_000);
afterAll(() => local.close());

const issues = (headers: Record<string, string> = {}, user = person) =>
  local.octokitOf(user).rest.issues.listForRepo({ ...shop, headers });
const graphql = (user = person) => local.octokitOf(user).graphql("{ viewer { login } }");
const remainingOf = (answer: { readonly headers: { readonly "x-ratelimit-remaining"?: string } }): number =>
  Number(answer.headers["x-ratelimit-remaining"]);

describe("conditional requests and rate limits", { timeout: 60_000 }, () => {
  it("answers 304 to a client that has this answer already, and does not count that", async () => {
    const first = await issues();
    const etag = first.headers.etag ?? "";
    expect(etag).toMatch(/^W\/"[0-9a-f]{64}"$/);
    await expect(issues({ "if-none-match": etag })).rejects.toMatchObject({ status: 304 });
    expect(remainingOf(await issues())).toBe(remainingOf(first) - 1);
  });

  it("answers in full once something changed", async () => {
    const etag = (await issues()).headers.etag ?? "";
    await local.octokitOf(person).rest.issues.create({ ...shop, title: "Two" });
    const after = await issues({ "if-none-match": etag });
    expect(after.data).toHaveLength(2);
    expect(after.headers.etag).not.toBe(etag);
  });

  it("lists what was updated since, in the order that is asked for", async () => {
    const list = async (more: object) =>
      (await local.octokitOf(person).rest.issues.listForRepo({ ...shop, ...more })).data.map((each) => each.title);
    expect(await list({})).toEqual(["Two", "One"]);
    expect(await list({ sort: "created", direction: "asc" })).toEqual(["One", "Two"]);
    expect(await list({ since: new Date(Date.now() + 5_000).toISOString() })).toEqual([]);
  });

  it("refuses with 403 and the time of the reset when nothing is left, and only that user", async () => {
    local.forge.rateLimits.lower({ login: person.login, resource: "core", remaining: 1 });
    expect(remainingOf(await issues())).toBe(0);
    await expect(issues()).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining("API rate limit exceeded for user ID"),
      response: { headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": expect.stringMatching(/^\d+$/) } },
    });
    expect((await issues({}, coder)).status).toBe(200);
    const { data } = await local.octokitOf(person).rest.rateLimit.get();
    expect(data.resources).toMatchObject({ core: { remaining: 0 }, graphql: { remaining: 15_000 } });
  });

  it("counts again after the reset", async () => {
    local.forge.rateLimits.lower({ login: person.login, resource: "core", remaining: 0, resetInMs: 0 });
    expect(remainingOf(await issues())).toBe(14_999);
  });

  it("has GraphQL used up while REST is full: 200 with an error and no data", async () => {
    local.forge.rateLimits.lower({ login: person.login, resource: "graphql", remaining: 0 });
    await expect(graphql()).rejects.toMatchObject({
      headers: { "x-ratelimit-remaining": "0", "x-ratelimit-resource": "graphql" },
      errors: [{ type: "RATE_LIMIT", message: expect.stringContaining("API rate limit exceeded") }],
    });
    expect((await issues()).status).toBe(200);
  });

  it.each([
    [{ times: 1, status: 429, retryAfterSeconds: 7 } as const, "7"],
    [{ times: 1, status: 403 } as const, undefined],
  ])("plays a secondary limit %o", async (limit, retryAfter) => {
    local.forge.rateLimits.playSecondary(limit);
    const refusal: { response?: { headers?: Record<string, string> } } = await issues().catch((error) => error);
    expect(refusal).toMatchObject({
      status: limit.status,
      message: expect.stringContaining("You have exceeded a secondary rate limit."),
    });
    expect(refusal.response?.headers?.["retry-after"]).toBe(retryAfter);
    expect((await issues()).status).toBe(200);
  });

  it("plays a secondary limit of GraphQL alone", async () => {
    local.forge.rateLimits.playSecondary({ times: 1, status: 403, resource: "graphql" });
    expect((await issues()).status).toBe(200);
    await expect(graphql(coder)).rejects.toMatchObject({ status: 403 });
  });
});
