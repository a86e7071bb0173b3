import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coder, person, reviewer, startTestForge, stranger, type TestForge } from "./test-forge.ts";

const shop = { owner: "acme", repo: "shop" };
let local: TestForge;

beforeAll(async () => {
  local = await startTestForge();
  await local.git(coder, "clone");
  await local.push(coder, "topic", { "a.js": "1;\n2;\n3;\n" });
  const pull = { ...shop, pull_number: 1 };
  await local.octokitOf(coder).rest.pulls.create({ ...shop, title: "Topic", head: "topic", base: "main" });
  const comments = [1, 2, 3].map((line) => ({ path: "a.js", line, body: `Line ${line}` }));
  await local.octokitOf(reviewer).rest.pulls.createReview({ ...pull, event: "COMMENT", body: "See.", comments });
}, 60_000);
afterAll(() => local.close());

/** What GitHub's GraphQL answers, whole. */
async function ask(query: unknown, variables: object = {}, user = person) {
  const response = await fetch(`${local.url}/api/graphql`, {
    method: "POST",
    headers: { authorization: `bearer ${user.token}` },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

interface Answer {
  readonly data?: { readonly [field: string]: never } | null;
  readonly errors?: readonly { readonly message: string; readonly type?: string; readonly path?: readonly unknown[] }[];
  readonly message?: string;
}

const inPull = (fields: string) =>
  `query { repository(owner: "acme", name: "shop") { pullRequest(number: 1) { ${fields} } } }`;

describe("GraphQL on GitHub's schema", { timeout: 60_000 }, () => {
  it.each([
    ["a field that is none", inPull("reviewThread(first: 1) { totalCount }"), /Cannot query field "reviewThread"/],
    ["an argument of another type", inPull('reviewThreads(first: "1") { totalCount }'), /Int cannot represent/],
    ["an argument that is missing", '{ repository(owner: "acme") { id } }', /argument "name" of type "String!"/],
    ["fields of an object that are left out", inPull("author"), /must have a selection of subfields/],
    ["what cannot be read", "{ repository(", /Syntax Error/],
  ])("refuses %s with 200, errors and no data", async (_what, query, message) => {
    const { status, body } = await ask(query);
    expect(status).toBe(200);
    expect(body.errors?.[0]?.message).toMatch(message);
    expect(body).not.toHaveProperty("data");
  });

  it("answers 400 when there is no query, and 401 to nobody", async () => {
    expect(await ask(undefined)).toMatchObject({
      status: 400,
      body: { message: "A query attribute must be specified and must be a string." },
    });
    expect((await ask("{ viewer { login } }", {}, { ...person, token: "of nobody" })).status).toBe(401);
  });

  it("answers only what is selected, under the names that the query gives", async () => {
    const { body } = await ask(inPull("n: number author { __typename login } mergeable reviewDecision"));
    expect(body).toEqual({
      data: {
        repository: {
          pullRequest: {
            n: 1,
            author: { __typename: "Bot", login: "dev-e" },
            mergeable: "MERGEABLE",
            reviewDecision: "REVIEW_REQUIRED",
          },
        },
      },
    });
  });

  it("says of a field and of an argument that it does not have them, beside what it has", async () => {
    const { body } = await ask(inPull("title milestone { id } comments(first: 1, orderBy: null) { totalCount }"));
    expect(body.errors).toMatchObject([
      { path: ["repository", "pullRequest", "milestone"], type: "NOT_IN_LOCAL_FORGE" },
      { message: "The local forge does not have the argument orderBy of PullRequest.comments." },
    ]);
    expect(body.errors?.[0]?.message).toBe("The local forge does not have PullRequest.milestone.");
  });

  it("wants a bound on every list, at most 100, and pages it", async () => {
    const threads = (args: string) =>
      ask(inPull(`reviewThreads${args} { nodes { line } pageInfo { hasNextPage endCursor } }`));
    expect((await threads("")).body.errors).toMatchObject([{ type: "MISSING_PAGINATION_BOUNDARIES" }]);
    expect((await threads("(first: 101)")).body.errors).toMatchObject([{ type: "EXCESSIVE_PAGINATION" }]);
    const found = async (args: string) => {
      const { data } = (await threads(args)).body as unknown as { data: { repository: { pullRequest: Pull } } };
      return data.repository.pullRequest.reviewThreads;
    };
    const first = await found("(first: 2)");
    expect(first).toMatchObject({ nodes: [{ line: 1 }, { line: 2 }], pageInfo: { hasNextPage: true } });
    const rest = await found(`(first: 2, after: "${first.pageInfo.endCursor}")`);
    expect(rest).toMatchObject({ nodes: [{ line: 3 }], pageInfo: { hasNextPage: false } });
    expect(await found("(last: 1)")).toMatchObject({ nodes: [{ line: 3 }] });
  });

  it("names what it could not find as GitHub does", async () => {
    expect((await ask('{ repository(owner: "acme", name: "none") { id } }')).body).toMatchObject({
      data: { repository: null },
      errors: [{ type: "NOT_FOUND", message: "Could not resolve to a Repository with the name 'acme/none'." }],
    });
    const missing = await ask('{ repository(owner: "acme", name: "shop") { pullRequest(number: 9) { id } } }');
    expect(missing.body.errors).toMatchObject([
      { type: "NOT_FOUND", message: "Could not resolve to a PullRequest with the number of 9." },
    ]);
  });

  it("lets the author and writers resolve a thread, and nobody else", async () => {
    const { data } = (await ask(inPull("reviewThreads(first: 1) { nodes { id } }"))).body as unknown as {
      data: { repository: { pullRequest: { reviewThreads: { nodes: { id: string }[] } } } };
    };
    const threadId = data.repository.pullRequest.reviewThreads.nodes[0]?.id;
    const mutation = (name: string) =>
      `mutation ($id: ID!) { ${name}(input: {threadId: $id}) { thread { isResolved resolvedBy { login } } } }`;
    const refused = await ask(mutation("resolveReviewThread"), { id: threadId }, stranger);
    expect(refused.body).toMatchObject({ data: { resolveReviewThread: null }, errors: [{ type: "FORBIDDEN" }] });
    const resolved = await ask(mutation("resolveReviewThread"), { id: threadId }, coder);
    expect(resolved.body).toEqual({
      data: { resolveReviewThread: { thread: { isResolved: true, resolvedBy: { login: "dev-e" } } } },
    });
    const opened = await ask(mutation("unresolveReviewThread"), { id: threadId });
    expect(opened.body).toEqual({
      data: { unresolveReviewThread: { thread: { isResolved: false, resolvedBy: null } } },
    });
    expect((await ask(mutation("resolveReviewThread"), { id: "PRRT_0" })).body.errors).toMatchObject([
      { type: "NOT_FOUND", message: "Could not resolve to a node with the global id of 'PRRT_0'." },
    ]);
  });
});

interface Pull {
  readonly reviewThreads: {
    readonly nodes: readonly { readonly line: number }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  };
}
