import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coder, person, startTestForge, stranger, type TestForge } from "./test-forge.ts";

const shop = { owner: "acme", repo: "shop" };
let local: TestForge;
const as = (user: { readonly token: string }) => local.octokitOf(user).rest;

beforeAll(async () => {
  local = await startTestForge();
  await local.git(coder, "clone");
}, 60_000);
afterAll(() => local.close());

/** Pushes a branch of the clone to the stranger's fork. */
async function pushToFork(user: typeof stranger, branch: string) {
  const remote = new URL(`${local.url}/mallory/shop.git`);
  Object.assign(remote, { username: "x-access-token", password: user.token });
  return local.git(user, "push", "--force", String(remote), branch);
}

describe("a pull request from a fork", { timeout: 60_000 }, () => {
  it("needs no right in the repository, and names the fork as its head", async () => {
    const fork = await as(stranger).repos.createFork(shop);
    expect(fork.data).toMatchObject({ full_name: "mallory/shop", fork: true, parent: { full_name: "acme/shop" } });
    await local.git(stranger, "switch", "-c", "gift", "origin/main");
    await local.git(stranger, "commit", "--allow-empty", "-m", "Gift\n\nFixes #1");
    expect((await pushToFork(coder, "gift")).stderr).toContain("403");
    expect((await pushToFork(stranger, "gift")).exitCode).toBe(0);
    await as(person).issues.create({ ...shop, title: "Wanted" });
    const wanted = { ...shop, title: "Gift", head: "mallory:gift", base: "main" };
    const { data } = await as(stranger).pulls.create(wanted);
    expect(data).toMatchObject({
      number: 2,
      author_association: "NONE",
      head: { label: "mallory:gift", repo: { full_name: "mallory/shop" } },
      base: { repo: { full_name: "acme/shop" } },
    });
    await expect(as(stranger).pulls.create({ ...shop, title: "x", head: "main", base: "main" })).rejects.toMatchObject({
      status: 403,
    });
    expect((await as(person).pulls.list({ ...shop, head: "mallory:gift" })).data).toHaveLength(1);
    expect((await as(person).pulls.list({ ...shop, head: "acme:gift" })).data).toHaveLength(0);
  });

  it("has no test run, because its author may not write, and is compared across the two", async () => {
    await local.settled();
    const { data } = await as(person).pulls.get({ ...shop, pull_number: 2 });
    const checks = await as(person).checks.listForRef({ ...shop, ref: data.head.sha });
    expect(checks.data.total_count).toBe(0);
    const compared = await as(person).repos.compareCommitsWithBasehead({ ...shop, basehead: "main...mallory:gift" });
    expect(compared.data).toMatchObject({ ahead_by: 1, commits: [{ sha: data.head.sha }] });
  });

  it("follows a push to the fork, and a head there of the same name is another one", async () => {
    await local.git(stranger, "commit", "--amend", "--allow-empty", "-m", "Better gift\n\nFixes #1");
    await pushToFork(stranger, "gift");
    const sha = (await local.git(stranger, "rev-parse", "gift")).stdout;
    expect((await as(person).pulls.get({ ...shop, pull_number: 2 })).data.head.sha).toBe(sha);
    const ours = await local.push(coder, "gift2", { "ours.txt": "1\n" });
    await local.git(coder, "push", "origin", "gift2:gift");
    expect((await as(person).pulls.get({ ...shop, pull_number: 2 })).data.head.sha).not.toBe(ours);
  });

  it("is merged into the repository, where its commit message closes the issue that nothing else names", async () => {
    await as(person).repos.deleteBranchProtection({ ...shop, branch: "main" });
    const { data } = await as(person).pulls.merge({ ...shop, pull_number: 2 });
    await local.git(coder, "fetch", "origin");
    expect((await local.git(coder, "log", "-1", "--format=%s", "origin/main")).stdout).toBe(
      "Merge pull request #2 from mallory/gift",
    );
    const issue = await as(person).issues.get({ ...shop, issue_number: 1 });
    expect(issue.data).toMatchObject({ state: "closed", closed_by: { login: "acme" } });
    expect(data.merged).toBe(true);
  });
});
