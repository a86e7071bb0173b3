import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Octokit } from "octokit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coder, person, reviewer, startTestForge, type TestForge } from "./test-forge.ts";

const shop = { owner: "acme", repo: "shop" };
let local: TestForge;

beforeAll(async () => {
  local = await startTestForge();
  await local.git(coder, "clone");
}, 60_000);
afterAll(() => local.close());

describe("what the forge refuses", { timeout: 60_000 }, () => {
  it("answers 401 for an unknown token and for writing without one, and lets anybody read", async () => {
    await expect(local.octokitOf({ token: "of nobody" }).rest.repos.get(shop)).rejects.toMatchObject({ status: 401 });
    await expect(local.octokitOf({ token: "" }).rest.issues.create({ ...shop, title: "x" })).rejects.toMatchObject({
      status: 401,
    });
    expect((await local.octokitOf({ token: "" }).rest.repos.get(shop)).data.full_name).toBe("acme/shop");
    expect((await local.octokitOf(coder).rest.users.getAuthenticated()).data.login).toBe(coder.login);
  });

  it("refuses a direct push to the protected main, and accepts other branches of the same push", async () => {
    const before = (await local.octokitOf(person).rest.git.getRef({ ...shop, ref: "heads/main" })).data.object.sha;
    await local.push(coder, "side", { "side.txt": "1\n" });
    const push = await local.git(person, "push", "origin", "side:main", "side:other");
    expect(push.exitCode).not.toBe(0);
    expect(push.stderr).toContain("protected branch hook declined");
    const force = await local.git(person, "push", "--force", "origin", "side:main");
    expect(force.exitCode).not.toBe(0);
    const after = (await local.octokitOf(person).rest.git.getRef({ ...shop, ref: "heads/main" })).data.object.sha;
    expect(after).toBe(before);
    expect((await local.octokitOf(person).rest.repos.getBranch({ ...shop, branch: "other" })).data.protected).toBe(
      false,
    );
  });

  it("refuses a push with a wrong token", async () => {
    const push = await local.git({ ...coder, token: "of nobody" }, "push", "origin", "side:third");
    expect(push.exitCode).not.toBe(0);
    expect(push.stderr).toMatch(/Authentication failed|could not read Username/);
  });

  it("answers 404 for what does not exist, with GitHub's error body", async () => {
    const missing = local.octokitOf(coder).rest.repos.getContent({ ...shop, path: "no/such/file" });
    await expect(missing).rejects.toMatchObject({
      status: 404,
      response: { data: { message: "Not Found", status: "404", documentation_url: expect.any(String) } },
    });
    await expect(local.octokitOf(coder).rest.issues.get({ ...shop, issue_number: 99 })).rejects.toMatchObject({
      status: 404,
    });
    await expect(
      local.octokitOf(coder).rest.repos.getBranchProtection({ ...shop, branch: "side" }),
    ).rejects.toMatchObject({
      status: 404,
    });
  });

  it("returns a file byte for byte", async () => {
    const { data } = await local.octokitOf(coder).rest.repos.getContent({ ...shop, path: "sum.test.sh", ref: "main" });
    if (Array.isArray(data) || data.type !== "file") throw new Error("not a file");
    const text = await readFile(join(local.directory, "template-shop", "sum.test.sh"));
    expect(Buffer.from(data.content, "base64")).toEqual(text);
  });

  it("returns the protection of main", async () => {
    const { data } = await local.octokitOf(coder).rest.repos.getBranchProtection({ ...shop, branch: "main" });
    expect(data).toMatchObject({
      required_status_checks: { contexts: ["test"] },
      required_pull_request_reviews: { required_approving_review_count: 1 },
    });
  });

  it("refuses a pull request without commits and one whose head does not exist", async () => {
    const wanted = { ...shop, title: "x", base: "main" };
    await local.git(coder, "push", "origin", "origin/main:refs/heads/empty");
    for (const head of ["empty", "nowhere"]) {
      await expect(local.octokitOf(coder).rest.pulls.create({ ...wanted, head })).rejects.toMatchObject({
        status: 422,
      });
    }
  });

  it("refuses to merge before an approval, and with a conflict although it is approved", async () => {
    const pulls = [await openPull("left", { same: "left\n" }), await openPull("right", { same: "right\n" })];
    await local.forge.settled();
    const [left = 0, right = 0] = pulls;
    const rest = local.octokitOf(person).rest;
    await expect(rest.pulls.merge({ ...shop, pull_number: left })).rejects.toMatchObject({
      status: 405,
      message: expect.stringContaining("At least 1 approving review is required"),
    });
    for (const pull_number of pulls) {
      await local.octokitOf(reviewer).rest.pulls.createReview({ ...shop, pull_number, event: "APPROVE" });
    }
    await rest.pulls.merge({ ...shop, pull_number: left, merge_method: "squash" });
    expect((await rest.pulls.get({ ...shop, pull_number: right })).data.mergeable_state).toBe("dirty");
    await expect(rest.pulls.merge({ ...shop, pull_number: right })).rejects.toMatchObject({
      status: 405,
      message: expect.stringContaining("Pull Request is not mergeable"),
    });
  });

  it("refuses to merge a pull request whose check is red although it is approved", async () => {
    const pull_number = await openPull("red", { "red.test.js": "throw new Error('red');\n" });
    await local.octokitOf(reviewer).rest.pulls.createReview({ ...shop, pull_number, event: "APPROVE" });
    await local.forge.settled();
    await expect(local.octokitOf(person).rest.pulls.merge({ ...shop, pull_number })).rejects.toMatchObject({
      status: 405,
      message: expect.stringContaining('Required status check "test" is failing.'),
    });
  });

  it.each([
    [
      "a command in any form of YAML",
      "stack: node\ntestCommand: >-\n  node -e\n  'console.log(1)'\n",
      "success",
      "node -e",
    ],
    ["a misspelt key", "stack: node\ntestComand: node --test\n", "failure", '"testComand" is no key of this file'],
  ])("reads the test command as the rig does: %s", async (name, file, conclusion, words) => {
    const ref = await local.push(coder, name.replaceAll(" ", "-"), { ".rig-agent.yaml": file });
    await local.forge.settled();
    const { data } = await local.octokitOf(coder).rest.checks.listForRef({ ...shop, ref });
    expect(data.check_runs).toMatchObject([{ conclusion, output: { summary: expect.stringContaining(words) } }]);
  });

  it("pages lists with a Link header that octokit follows", async () => {
    const rest = local.octokitOf(person).rest;
    for (const title of ["one", "two", "three"]) await rest.issues.create({ ...shop, title, labels: ["many"] });
    const octokit = new Octokit({ auth: person.token, baseUrl: `${local.forge.url}/api/v3` });
    const found = await octokit.paginate(octokit.rest.issues.listForRepo, { ...shop, labels: "many", per_page: 1 });
    expect(found.map((each) => each.title)).toEqual(["three", "two", "one"]);
  });
});

async function openPull(branch: string, files: Record<string, string>): Promise<number> {
  await local.push(coder, branch, files);
  const { data } = await local
    .octokitOf(coder)
    .rest.pulls.create({ ...shop, title: branch, head: branch, base: "main" });
  return data.number;
}
