import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coder, merger, person, reviewer, startTestForge, stranger, type TestForge } from "./test-forge.ts";

const shop = { owner: "acme", repo: "shop" };
let local: TestForge;
const as = (user: { readonly token: string }) => local.octokitOf(user).rest;
const pull = { ...shop, pull_number: 2 };

beforeAll(async () => {
  local = await startTestForge();
  await local.git(coder, "clone");
}, 60_000);
afterAll(() => local.close());

const eventsOf = async (issue_number: number) =>
  (await as(stranger).issues.listEvents({ ...shop, issue_number, per_page: 100 })).data;

describe("what happened to an issue and a pull request", { timeout: 60_000 }, () => {
  it("is kept with who did it: labels, titles, closing and reopening", async () => {
    const issue = { ...shop, issue_number: 1 };
    await as(stranger).issues.create({ ...shop, title: "Wish", body: "Please" });
    await as(person).issues.addLabels({ ...issue, labels: ["agent-ready"] });
    await as(stranger).issues.update({ ...issue, title: "Other wish", body: "Pretty please" });
    await as(person).issues.removeLabel({ ...issue, name: "agent-ready" });
    await as(person).issues.update({ ...issue, state: "closed" });
    await as(person).issues.update({ ...issue, state: "open" });
    expect(await eventsOf(1)).toMatchObject([
      { event: "labeled", actor: { login: "acme" }, label: { name: "agent-ready" } },
      { event: "renamed", actor: { login: "mallory" }, rename: { from: "Wish", to: "Other wish" } },
      { event: "unlabeled", label: { name: "agent-ready" } },
      { event: "closed" },
      { event: "reopened" },
    ]);
    const all = (await as(stranger).issues.listEventsForRepo(shop)).data;
    expect(all[0]).toMatchObject({ event: "reopened", issue: { number: 1 } });
  });

  it("an edit of the body is no event; GraphQL says when it was and by whom", async () => {
    const query = `{ repository(owner: "acme", name: "shop") { issue(number: 1) { lastEditedAt editor { login } } } }`;
    const { repository } = await local.octokitOf(person).graphql<{ repository: { issue: object } }>(query);
    expect(repository.issue).toEqual({ lastEditedAt: expect.stringMatching(/Z$/), editor: { login: "mallory" } });
  });

  it("a reviewer who is asked stands on the pull request until he reviews", async () => {
    await local.push(coder, "topic", { "a.txt": "1\n" });
    await as(coder).pulls.create({ ...shop, title: "Topic", head: "topic", base: "main", body: "Closes #1" });
    const asked = async () => (await as(person).pulls.get(pull)).data.requested_reviewers?.map((each) => each.login);
    await as(coder).pulls.requestReviewers({ ...pull, reviewers: [reviewer.login, merger.login] });
    await as(coder).pulls.removeRequestedReviewers({ ...pull, reviewers: [merger.login] });
    expect(await asked()).toEqual([reviewer.login]);
    for (const login of [coder.login, stranger.login]) {
      await expect(as(coder).pulls.requestReviewers({ ...pull, reviewers: [login] })).rejects.toMatchObject({
        status: 422,
      });
    }
    await as(reviewer).pulls.createReview({ ...pull, event: "REQUEST_CHANGES", body: "No." });
    expect(await asked()).toEqual([]);
  });

  it("a dismissed review is no verdict any more, and cannot be dismissed again", async () => {
    const [review] = (await as(person).pulls.listReviews(pull)).data;
    const one = { ...pull, review_id: review?.id ?? 0, message: "It was a misunderstanding." };
    expect((await as(person).pulls.dismissReview(one)).data.state).toBe("DISMISSED");
    await expect(as(person).pulls.dismissReview(one)).rejects.toMatchObject({ status: 422 });
    await local.settled();
    await as(merger).pulls.createReview({ ...pull, event: "APPROVE" });
    expect((await as(person).pulls.merge(pull)).data.merged).toBe(true);
  });

  it("is one timeline of events, comments, reviews and commits, oldest first", async () => {
    const timeline = await as(stranger).issues.listEventsForTimeline({ ...shop, issue_number: 2, per_page: 100 });
    expect(timeline.data.map((each) => each.event).sort()).toEqual([
      "closed",
      "committed",
      "merged",
      "review_dismissed",
      "review_request_removed",
      "review_requested",
      "review_requested",
      "reviewed",
      "reviewed",
    ]);
    expect(timeline.data.find((each) => each.event === "review_dismissed")).toMatchObject({
      dismissed_review: { state: "changes_requested", dismissal_message: "It was a misunderstanding." },
    });
    expect((await eventsOf(1)).at(-1)).toMatchObject({
      event: "closed",
      commit_id: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
  });
});

it("the list of what happened to a branch has who pushed each head, newest first", async () => {
  const first = await local.push(coder, "pushed", { "pushed.js": "1;\n" });
  const second = await local.push(coder, "pushed", { "pushed.js": "2;\n" });
  await local.git(coder, "push", "--force", "origin", `${first}:refs/heads/pushed`);
  const { data } = await as(stranger).repos.listActivities({ ...shop, ref: "refs/heads/pushed" });
  expect(data.map(({ after, activity_type: type, actor }) => [after, type, actor?.login])).toEqual([
    [first, "force_push", coder.login],
    [second, "push", coder.login],
    [first, "branch_creation", coder.login],
  ]);
});

describe("a repository with another name", { timeout: 60_000 }, () => {
  it("answers under its former name by a redirect to its id, and to git as before", async () => {
    const { data: before } = await as(person).repos.get(shop);
    await as(person).repos.update({ ...shop, name: "store" });
    await as(person).repos.transfer({ owner: "acme", repo: "store", new_owner: stranger.login });
    expect((await as(person).repos.get(shop)).data).toMatchObject({ id: before.id, full_name: "mallory/store" });
    const issue = await as(stranger).issues.create({ ...shop, title: "By the old name" });
    expect(issue.data.repository_url).toBe(`${local.url}/api/v3/repos/mallory/store`);
    const redirect = await fetch(`${local.url}/api/v3/repos/acme/shop/issues?state=all`, { redirect: "manual" });
    expect(redirect.status).toBe(301);
    expect(await redirect.json()).toMatchObject({
      message: "Moved Permanently",
      url: `${local.url}/api/v3/repositories/${before.id}/issues?state=all`,
    });
    expect((await local.git(coder, "fetch", "origin")).exitCode).toBe(0);
  });

  it("gives its former name to the next repository that takes it", async () => {
    await local.createRepository("shop", { "new.txt": "1\n" });
    const { data } = await as(person).repos.getContent({ ...shop, path: "new.txt" });
    expect(data).toMatchObject({ name: "new.txt" });
    const [owner, repo] = ["mallory", "store"];
    expect((await as(person).repos.getContent({ owner, repo, path: "sum.js" })).data).toMatchObject({ name: "sum.js" });
  });
});
