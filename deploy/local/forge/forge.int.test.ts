import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coder, person, reviewer, startTestForge, type TestForge } from "./test-forge.ts";

const shop = { owner: "acme", repo: "shop" };
let local: TestForge;

beforeAll(async () => {
  local = await startTestForge();
  await local.git(coder, "clone");
}, 60_000);
afterAll(() => local.close());

describe("a change on the forge, from issue to merge", { timeout: 60_000 }, () => {
  const branch = "feature/issue-1-double";
  const wrong = "export const sum = (left, right) => left - right;\n";
  const right = "export const sum = (left, right) => right + left;\nexport const double = (value) => value * 2;\n";
  let headSha = "";

  it("files an issue with labels under the filer's name", async () => {
    const { rest } = local.octokitOf(person);
    const { data } = await rest.issues.create({ ...shop, title: "Double", body: "Please", labels: ["agent-ready"] });
    expect(data).toMatchObject({ number: 1, state: "open", user: { login: "acme" } });
    await rest.issues.addLabels({ ...shop, issue_number: 1, labels: ["priority-1", "agent-ready"] });
    await rest.issues.removeLabel({ ...shop, issue_number: 1, name: "priority-1" });
    const listed = await rest.issues.listForRepo({ ...shop, labels: "agent-ready" });
    expect(listed.data.map((each) => each.number)).toEqual([1]);
    const labels = await rest.issues.listLabelsOnIssue({ ...shop, issue_number: 1 });
    expect(labels.data.map((each) => each.name)).toEqual(["agent-ready"]);
  });

  it("runs the pushed commit's own tests: red when they fail", async () => {
    headSha = await local.push(coder, branch, { "sum.js": wrong });
    await local.forge.settled();
    const { data } = await local.octokitOf(coder).rest.checks.listForRef({ ...shop, ref: branch });
    expect(data.check_runs).toMatchObject([
      { name: "test", head_sha: headSha, status: "completed", conclusion: "failure" },
    ]);
    expect(data.check_runs[0]?.output.text).toContain("sum does not add");
  });

  it("opens one pull request per branch, numbered with the issues, and reports that it is blocked", async () => {
    const { rest } = local.octokitOf(coder);
    const wanted = { ...shop, title: "Double", head: branch, base: "main", body: "Closes #1" };
    const { data } = await rest.pulls.create(wanted);
    expect(data).toMatchObject({
      number: 2,
      mergeable: true,
      mergeable_state: "blocked",
      changed_files: 1,
      commits: 1,
    });
    await expect(rest.pulls.create(wanted)).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining("A pull request already exists for acme:feature/issue-1-double."),
    });
    const found = await rest.pulls.list({ ...shop, head: `acme:${branch}`, state: "all" });
    expect(found.data.map((each) => each.number)).toEqual([2]);
  });

  it("shows the diff, the files and the commits of a pull request", async () => {
    const { rest } = local.octokitOf(reviewer);
    const diff = await rest.pulls.get({ ...shop, pull_number: 2, mediaType: { format: "diff" } });
    expect(diff.data).toContain("-export const sum = (left, right) => left + right;\n");
    const files = await rest.pulls.listFiles({ ...shop, pull_number: 2 });
    expect(files.data).toMatchObject([{ filename: "sum.js", status: "modified", additions: 1, deletions: 1 }]);
    expect(files.data[0]?.patch).toMatch(/^@@ -1 \+1 @@/);
    const commits = await rest.pulls.listCommits({ ...shop, pull_number: 2 });
    expect(commits.data.map((each) => each.sha)).toEqual([headSha]);
  });

  it("lets nobody judge their own pull request", async () => {
    const { rest } = local.octokitOf(coder);
    const own = { ...shop, pull_number: 2, body: "Mine" };
    for (const event of ["APPROVE", "REQUEST_CHANGES"] as const) {
      await expect(rest.pulls.createReview({ ...own, event })).rejects.toMatchObject({ status: 422 });
    }
  });

  it("opens a thread for each line comment of a review, and accepts only lines that the diff shows", async () => {
    const { rest } = local.octokitOf(reviewer);
    const review = { ...shop, pull_number: 2, event: "REQUEST_CHANGES", body: "It subtracts." } as const;
    const comment = { path: "sum.js", line: 1, body: "This is a minus." };
    await expect(rest.pulls.createReview({ ...review, comments: [{ ...comment, line: 40 }] })).rejects.toMatchObject({
      status: 422,
    });
    const { data } = await rest.pulls.createReview({ ...review, comments: [comment] });
    expect(data).toMatchObject({ state: "CHANGES_REQUESTED", commit_id: headSha, user: { login: reviewer.login } });
    const comments = await rest.pulls.listReviewComments({ ...shop, pull_number: 2 });
    expect(comments.data).toMatchObject([{ path: "sum.js", line: 1, body: "This is a minus." }]);
    expect(await pullByGraphql()).toMatchObject({
      reviewDecision: "CHANGES_REQUESTED",
      closingIssuesReferences: { nodes: [{ number: 1 }] },
      reviewThreads: { nodes: [{ isResolved: false, isOutdated: false, path: "sum.js", line: 1 }] },
    });
  });

  it("runs the tests of the fix: green, and the thread on the changed line is outdated", async () => {
    headSha = await local.push(coder, branch, { "sum.js": right });
    await local.forge.settled();
    const { data } = await local.octokitOf(coder).rest.checks.listForRef({ ...shop, ref: headSha });
    expect(data.check_runs).toMatchObject([{ conclusion: "success" }]);
    expect(data.check_runs[0]?.output.text).toContain("sum was tested");
    expect(data.check_runs[0]?.pull_requests.map((each) => each.number)).toEqual([2]);
    const pull = await local.octokitOf(coder).rest.pulls.get({ ...shop, pull_number: 2 });
    expect(pull.data.head.sha).toBe(headSha);
    expect((await pullByGraphql()).reviewThreads.nodes).toMatchObject([{ isOutdated: true, line: null }]);
  });

  it("resolves a thread by GraphQL, where a bot's login has no [bot]", async () => {
    const [thread] = (await pullByGraphql()).reviewThreads.nodes;
    expect(thread?.comments.nodes).toMatchObject([{ author: { login: "review-e" }, body: "This is a minus." }]);
    const mutation = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id isResolved } } }";
    const done = await local.octokitOf(reviewer).graphql(mutation, { id: thread?.id });
    expect(done).toEqual({ resolveReviewThread: { thread: { id: thread?.id, isResolved: true } } });
    expect((await pullByGraphql()).reviewThreads.nodes).toMatchObject([{ isResolved: true }]);
  });

  it("refuses to merge while the latest review of somebody asks for changes", async () => {
    const merge = local.octokitOf(person).rest.pulls.merge({ ...shop, pull_number: 2, sha: headSha });
    await expect(merge).rejects.toMatchObject({
      status: 405,
      message: expect.stringContaining("Changes have been requested"),
    });
  });

  it("refuses to merge another head than the requested one", async () => {
    await local.octokitOf(reviewer).rest.pulls.createReview({ ...shop, pull_number: 2, event: "APPROVE" });
    const merge = local.octokitOf(person).rest.pulls.merge({ ...shop, pull_number: 2, sha: "0".repeat(40) });
    await expect(merge).rejects.toMatchObject({ status: 409 });
  });

  it("keeps everything over a restart", async () => {
    const before = await local.octokitOf(person).rest.pulls.listReviews({ ...shop, pull_number: 2 });
    await local.restart();
    const after = await local.octokitOf(person).rest.pulls.listReviews({ ...shop, pull_number: 2 });
    expect(after.data.map((each) => [each.id, each.state])).toEqual(before.data.map((each) => [each.id, each.state]));
    const pull = await local.octokitOf(person).rest.pulls.get({ ...shop, pull_number: 2 });
    expect(pull.data).toMatchObject({ mergeable: true, mergeable_state: "clean", review_comments: 1 });
  });

  it("merges with a real merge commit by the merger, tests main, and closes the issue", async () => {
    const { rest } = local.octokitOf(person);
    const { data } = await rest.pulls.merge({ ...shop, pull_number: 2, sha: headSha });
    expect(data.merged).toBe(true);
    await local.git(coder, "fetch", "origin");
    const log = await local.git(coder, "log", "-1", "--format=%H %P %an", "origin/main");
    expect(log.stdout).toMatch(new RegExp(`^${data.sha} [0-9a-f]{40} ${headSha} acme$`));
    const issue = await rest.issues.get({ ...shop, issue_number: 1 });
    expect(issue.data).toMatchObject({ state: "closed", state_reason: "completed", closed_by: { login: "acme" } });
    const pull = await rest.pulls.get({ ...shop, pull_number: 2 });
    expect(pull.data).toMatchObject({ merged: true, merge_commit_sha: data.sha, changed_files: 1, state: "closed" });
    await local.forge.settled();
    const checks = await rest.checks.listForRef({ ...shop, ref: "main" });
    expect(checks.data.check_runs).toMatchObject([{ head_sha: data.sha, conclusion: "success" }]);
  });
});

interface PullNode {
  readonly reviewDecision: string;
  readonly reviewThreads: {
    readonly nodes: readonly {
      readonly id: string;
      readonly isResolved: boolean;
      readonly comments: { readonly nodes: readonly { readonly author: { readonly login: string } }[] };
    }[];
  };
}

async function pullByGraphql(): Promise<PullNode> {
  const query = `query($owner: String!, $repo: String!, $number: Int!) {
    repository(owner: $owner, name: $repo) { pullRequest(number: $number) {
      reviewThreads(first: 100) { nodes { id isResolved isOutdated path line
        comments(first: 10) { nodes { body author { login } databaseId } } } }
      closingIssuesReferences(first: 10) { nodes { number } }
      reviewDecision } } }`;
  const found = await local.octokitOf(reviewer).graphql<{ repository: { pullRequest: PullNode } }>(query, {
    ...shop,
    number: 2,
  });
  return found.repository.pullRequest;
}
