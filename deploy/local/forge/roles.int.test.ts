import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coder, person, startTestForge, stranger, type TestForge, triager } from "./test-forge.ts";

const shop = { owner: "acme", repo: "shop" };
const issue_number = 1;
let local: TestForge;
const as = (user: { readonly token: string }) => local.octokitOf(user).rest;

beforeAll(async () => {
  local = await startTestForge();
  await local.git(coder, "clone");
  await as(stranger).issues.create({ ...shop, title: "Found", body: "a bug", labels: ["agent-ready"] });
  await local.push(coder, "topic", { "a.txt": "1\n" });
  await as(coder).pulls.create({ ...shop, title: "Topic", head: "topic", base: "main" });
}, 60_000);
afterAll(() => local.close());

describe("who may do what on the forge", { timeout: 60_000 }, () => {
  const pull = { ...shop, pull_number: 2 };
  const refused = { status: 403, message: expect.stringContaining("Must have admin rights to Repository.") };

  it("drops the labels of an issue that somebody files who may not set them", async () => {
    expect((await as(person).issues.get({ ...shop, issue_number })).data.labels).toEqual([]);
  });

  it("lets whoever may read comment and review, and a review of his counts for nothing", async () => {
    await as(stranger).issues.createComment({ ...shop, issue_number, body: "Me too." });
    await as(stranger).pulls.createReview({ ...pull, event: "REQUEST_CHANGES", body: "No." });
    await as(stranger).pulls.createReview({ ...pull, event: "APPROVE" });
    const { data } = await as(person).pulls.get(pull);
    expect(data.mergeable_state).toBe("blocked");
    const reviews = (await as(person).pulls.listReviews(pull)).data;
    expect(reviews.map((each) => each.author_association)).toEqual(["NONE", "NONE"]);
  });

  it.each([
    ["set a label", () => as(stranger).issues.addLabels({ ...shop, issue_number, labels: ["agent-ready"] })],
    ["remove a label", () => as(stranger).issues.removeLabel({ ...shop, issue_number, name: "agent-ready" })],
    ["edit another's title", () => as(stranger).issues.update({ ...shop, issue_number: 2, title: "Mine" })],
    ["close another's change", () => as(stranger).pulls.update({ ...pull, state: "closed" })],
    ["merge", () => as(stranger).pulls.merge(pull)],
    ["delete a branch", () => as(stranger).git.deleteRef({ ...shop, ref: "heads/topic" })],
    ["set a status", () => as(stranger).repos.createCommitStatus({ ...shop, sha: "0".repeat(40), state: "success" })],
    ["ask for a review", () => as(stranger).pulls.requestReviewers({ ...pull, reviewers: ["acme"] })],
    ["dismiss a review", () => as(stranger).pulls.dismissReview({ ...pull, review_id: 1, message: "x" })],
    ["rename the repository", () => as(stranger).repos.update({ ...shop, name: "mine" })],
  ])("refuses to let a reader %s", async (_what, attempt) => {
    await expect(attempt()).rejects.toMatchObject(refused);
  });

  it("lets a triager label and close, but neither edit the text of others nor merge nor push", async () => {
    await as(triager).issues.addLabels({ ...shop, issue_number, labels: ["agent-ready"] });
    await as(triager).issues.update({ ...shop, issue_number, state: "closed", state_reason: "not_planned" });
    await as(triager).issues.update({ ...shop, issue_number, state: "open" });
    await expect(as(triager).issues.update({ ...shop, issue_number, body: "other" })).rejects.toMatchObject(refused);
    await expect(as(triager).pulls.merge(pull)).rejects.toMatchObject(refused);
    for (const user of [triager, stranger]) {
      const push = await local.git(user, "push", "origin", "topic:other");
      expect(push.exitCode).not.toBe(0);
      expect(push.stderr).toContain("403");
    }
  });

  it("lets whoever may read answer in a thread, and only its author and writers change the answer", async () => {
    const line = {
      ...pull,
      path: "a.txt",
      line: 1,
      body: "Why?",
      commit_id: (await as(person).pulls.get(pull)).data.head.sha,
    };
    const { data: first } = await as(coder).pulls.createReviewComment(line);
    const answer = { ...pull, comment_id: first.id, body: "Because I say so." };
    const { data: reply } = await as(stranger).pulls.createReplyForReviewComment(answer);
    expect(reply).toMatchObject({ in_reply_to_id: first.id, author_association: "NONE", path: "a.txt", line: 1 });
    const one = { ...shop, comment_id: reply.id };
    await expect(as(triager).pulls.updateReviewComment({ ...one, body: "x" })).rejects.toMatchObject(refused);
    await as(stranger).pulls.updateReviewComment({ ...one, body: "Because." });
    const query = `{ repository(owner: "acme", name: "shop") { pullRequest(number: 2) { reviewThreads(first: 9) {
      nodes { comments(first: 9) { nodes { body author { login } } } } } } } }`;
    const threads = async () => JSON.stringify(await local.octokitOf(person).graphql(query));
    expect(await threads()).toContain('{"body":"Because.","author":{"login":"mallory"}}');
    await as(coder).pulls.deleteReviewComment(one);
    await as(coder).pulls.deleteReviewComment({ ...shop, comment_id: first.id });
    expect(await threads()).toContain('"reviewThreads":{"nodes":[]}');
  });

  it("tells an App without the right that the resource is not accessible", async () => {
    const bot = { login: "reader[bot]", token: "token-of-reader", type: "Bot", role: "read" } as const;
    await local.restart({ users: [person, coder, stranger, triager, bot] });
    await expect(as(bot).pulls.merge(pull)).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining("Resource not accessible by integration"),
    });
  });

  it("lets an author and whoever may write edit and delete a comment, and nobody else", async () => {
    const { data } = await as(stranger).issues.createComment({ ...shop, issue_number, body: "First" });
    const one = { ...shop, comment_id: data.id };
    await expect(as(triager).issues.updateComment({ ...one, body: "x" })).rejects.toMatchObject(refused);
    await expect(as(triager).issues.deleteComment(one)).rejects.toMatchObject(refused);
    await as(stranger).issues.updateComment({ ...one, body: "Second" });
    expect((await as(person).issues.getComment(one)).data.body).toBe("Second");
    await as(coder).issues.deleteComment(one);
    await expect(as(person).issues.getComment(one)).rejects.toMatchObject({ status: 404 });
    const left = (await as(person).issues.listComments({ ...shop, issue_number })).data;
    expect(left.map((each) => each.body)).toEqual(["Me too."]);
  });

  it("says of a private member what GitHub says, whatever he may do", async () => {
    const member = { login: "quiet", token: "token-of-quiet", type: "User", association: "CONTRIBUTOR" } as const;
    await local.restart({ users: [person, coder, member] });
    const { data } = await as(member).issues.createComment({ ...shop, issue_number, body: "I may write." });
    expect(data.author_association).toBe("CONTRIBUTOR");
    const permission = await as(person).repos.getCollaboratorPermissionLevel({ ...shop, username: "quiet" });
    expect(permission.data.permission).toBe("write");
  });
});
