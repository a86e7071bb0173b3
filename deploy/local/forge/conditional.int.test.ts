import { afterAll, beforeAll, expect, test } from "vitest";
import { person, startTestForge, type TestForge } from "./test-forge.ts";

// What a comparison of a repository asks the forge: only what changed, in an order that keeps pages, and who did what to an issue.

const shop = { owner: "acme", repo: "shop" };
let local: TestForge;
beforeAll(async () => {
  local = await startTestForge();
  for (const title of ["one", "two"]) {
    await local.octokitOf(person).rest.issues.create({ ...shop, title, body: "Do it.", labels: ["agent-ready"] });
  }
});
afterAll(() => local.close());

test("an answer that did not change is 304 without a body, one that changed is whole", async () => {
  const { rest } = local.octokitOf(person);
  const list = (headers = {}) => rest.issues.listForRepo({ ...shop, labels: "agent-ready", headers });
  const { headers } = await list();
  const conditional = { "if-none-match": headers.etag ?? "" };
  await expect(list(conditional)).rejects.toMatchObject({ status: 304 });
  await rest.issues.createComment({ ...shop, issue_number: 1, body: "Soon?" });
  expect((await list(conditional)).data).toHaveLength(2);
});

test("a list is sorted as it is asked for, the last created first unless it is asked", async () => {
  const { rest } = local.octokitOf(person);
  const numbers = async (order: { sort?: "created" | "updated"; direction?: "asc" | "desc" }) =>
    (await rest.issues.listForRepo({ ...shop, ...order })).data.map(({ number }) => number);
  expect(await numbers({})).toEqual([2, 1]);
  expect(await numbers({ sort: "created", direction: "asc" })).toEqual([1, 2]);
});

test("the events of an issue say who set which label and when, and GraphQL when its text was edited", async () => {
  const octokit = local.octokitOf(person);
  const query = 'query($n: Int!) { repository(owner: "acme", name: "shop") { issue(number: $n) { lastEditedAt } } }';
  const edited = async () => (await octokit.graphql<Edited>(query, { n: 2 })).repository.issue.lastEditedAt;
  expect(await edited()).toBeNull();
  await octokit.rest.issues.update({ ...shop, issue_number: 2, title: "zwei", body: "Do it well." });
  await octokit.rest.issues.removeLabel({ ...shop, issue_number: 2, name: "agent-ready" });
  const { data } = await octokit.rest.issues.listEvents({ ...shop, issue_number: 2 });
  expect(data).toMatchObject([
    { event: "labeled", actor: { login: "acme" }, label: { name: "agent-ready" }, created_at: expect.any(String) },
    { event: "renamed", rename: { from: "two", to: "zwei" } },
    { event: "unlabeled", label: { name: "agent-ready" } },
  ]);
  expect(Date.parse((await edited()) ?? "")).toBeLessThanOrEqual(Date.now());
});

interface Edited {
  readonly repository: { readonly issue: { readonly lastEditedAt: string | null } };
}
