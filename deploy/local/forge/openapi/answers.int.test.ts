import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ForgeContext } from "../context.ts";
import { forgeRoutes } from "../routes/all.ts";
import { coder, merger, person, reviewer, startTestForge, stranger, type TestForge } from "../test-forge.ts";
import { AnswerChecks } from "./test-answers.ts";

const shop = { owner: "acme", repo: "shop" };
const checks = new AnswerChecks();
let local: TestForge;
const as = (user: { readonly token: string }) => checks.watch(local.octokitOf(user)).rest;

beforeAll(async () => {
  local = await startTestForge();
  await local.git(coder, "clone");
}, 60_000);
afterAll(() => local.close());

/** Refusals are answers too: they are held to the description of errors. */
async function refused(call: Promise<unknown>): Promise<void> {
  await call.catch((error: { status?: number }) => expect(error.status).toBeGreaterThanOrEqual(400));
}

describe("the answers of the forge", { timeout: 120_000 }, () => {
  let headSha = "";
  const pull = { ...shop, pull_number: 2 };
  const issue = { ...shop, issue_number: 1 };

  it("about a repository, its files and its rules fit GitHub's description", async () => {
    const filer = as(person);
    await filer.users.getAuthenticated();
    await as(stranger).users.getAuthenticated();
    await filer.users.getByUsername({ username: coder.login });
    await refused(filer.users.getByUsername({ username: "nobody" }));
    await filer.rateLimit.get();
    await filer.repos.get(shop);
    await refused(filer.repos.get({ ...shop, repo: "none" }));
    await refused(checks.watch(local.octokitOf({ token: "of nobody" })).rest.repos.get(shop));
    await filer.repos.getContent({ ...shop, path: "sum.js" });
    await refused(filer.repos.getContent({ ...shop, path: "none.js" }));
    await filer.repos.listCommits(shop);
    await filer.repos.getCollaboratorPermissionLevel({ ...shop, username: stranger.login });
    await filer.repos.listBranches(shop);
    await filer.repos.getBranch({ ...shop, branch: "main" });
    await filer.git.getRef({ ...shop, ref: "heads/main" });
    await refused(filer.git.getRef({ ...shop, ref: "heads/none" }));
    await filer.issues.createLabel({ ...shop, name: "wanted", color: "00ff00" });
    await refused(filer.issues.createLabel({ ...shop, name: "wanted" }));
    await filer.issues.listLabelsForRepo(shop);
    const team = { org: "acme", team_slug: "keepers" };
    await filer.teams.listMembersInOrg(team);
    await refused(filer.teams.listMembersInOrg({ ...team, team_slug: "none" }));
    await rules();
  });

  async function rules(): Promise<void> {
    const filer = as(person);
    const main = { ...shop, branch: "main" };
    await filer.repos.getBranchProtection(main);
    const { data } = await filer.repos.createRepoRuleset({
      ...shop,
      name: "gate",
      enforcement: "active",
      bypass_actors: [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }],
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      rules: [
        { type: "update" },
        { type: "required_signatures" },
        { type: "required_deployments", parameters: { required_deployment_environments: ["staging"] } },
        { type: "workflows", parameters: { workflows: [{ path: "a.yml", repository_id: 1 }] } },
        {
          type: "required_status_checks",
          parameters: { required_status_checks: [{ context: "test" }], strict_required_status_checks_policy: true },
        },
        {
          type: "pull_request",
          parameters: {
            required_approving_review_count: 1,
            dismiss_stale_reviews_on_push: true,
            require_code_owner_review: false,
            require_last_push_approval: false,
            required_review_thread_resolution: true,
          },
        },
      ],
    });
    const one = { ...shop, ruleset_id: data.id };
    await filer.repos.getBranchRules(main);
    await filer.repos.getRepoRulesets(shop);
    await filer.repos.getRepoRuleset(one);
    await as(stranger).repos.getRepoRuleset(one);
    await filer.repos.updateRepoRuleset({ ...one, enforcement: "disabled" });
    await filer.repos.deleteRepoRuleset(one);
    await filer.repos.updateBranchProtection({
      ...main,
      required_status_checks: { strict: false, contexts: ["test"] },
      enforce_admins: true,
      required_pull_request_reviews: { required_approving_review_count: 1 },
      restrictions: null,
    });
    await filer.repos.deleteBranchProtection(main);
    await refused(filer.repos.getBranchProtection(main));
    await refused(as(stranger).repos.getBranchProtection(main));
  }

  it("about issues and their conversation fit GitHub's description", async () => {
    const filer = as(person);
    await filer.issues.create({ ...shop, title: "Wish", body: "Please", labels: ["wanted"] });
    await refused(filer.issues.create({ ...shop, title: "" }));
    await filer.issues.get(issue);
    await filer.issues.update({ ...issue, title: "Great wish" });
    await refused(as(stranger).issues.update({ ...issue, title: "Mine" }));
    await filer.issues.listForRepo(shop);
    await filer.issues.addLabels({ ...issue, labels: ["urgent"] });
    await filer.issues.listLabelsOnIssue(issue);
    await filer.issues.removeLabel({ ...issue, name: "urgent" });
    await refused(filer.issues.removeLabel({ ...issue, name: "urgent" }));
    const { data } = await as(stranger).issues.createComment({ ...issue, body: "Me too." });
    const comment = { ...shop, comment_id: data.id };
    await filer.issues.getComment(comment);
    await filer.issues.updateComment({ ...comment, body: "Me, too." });
    await filer.issues.listComments(issue);
    await filer.issues.listCommentsForRepo(shop);
    await filer.issues.listEvents(issue);
    await filer.issues.listEventsForRepo(shop);
    await filer.issues.listEventsForTimeline(issue);
    await filer.issues.deleteComment(comment);
    await refused(filer.issues.get({ ...issue, issue_number: 99 }));
  });

  it("about a pull request and its reviews fit GitHub's description", async () => {
    headSha = await local.push(coder, "topic", { "double.js": "export const double = (x) => x + x;\n" });
    const dev = as(coder);
    const judge = as(reviewer);
    await dev.pulls.create({ ...shop, title: "Double", head: "topic", base: "main", body: "Closes #1" });
    await refused(dev.pulls.create({ ...shop, title: "Double", head: "topic", base: "main" }));
    await dev.pulls.get(pull);
    await dev.pulls.get({ ...pull, mediaType: { format: "diff" } });
    await dev.pulls.list(shop);
    await dev.pulls.update({ ...pull, title: "Double it" });
    await dev.pulls.listFiles(pull);
    await dev.pulls.listCommits(pull);
    await dev.pulls.requestReviewers({ ...pull, reviewers: [reviewer.login] });
    await dev.pulls.listRequestedReviewers(pull);
    await dev.pulls.removeRequestedReviewers({ ...pull, reviewers: [reviewer.login] });
    const comments = [{ path: "double.js", line: 1, body: "Two." }];
    const { data } = await judge.pulls.createReview({ ...pull, event: "REQUEST_CHANGES", body: "No.", comments });
    await refused(dev.pulls.createReview({ ...pull, event: "APPROVE" }));
    const review = { ...pull, review_id: data.id };
    await judge.pulls.getReview(review);
    await judge.pulls.listReviews(pull);
    await judge.pulls.listReviewComments(pull);
    await judge.pulls.listReviewCommentsForRepo(shop);
    const line = { ...pull, commit_id: headSha, path: "double.js", line: 1, body: "Or this." };
    const comment = { ...shop, comment_id: (await as(stranger).pulls.createReviewComment(line)).data.id };
    await dev.pulls.createReplyForReviewComment({ ...pull, comment_id: comment.comment_id, body: "No." });
    await dev.pulls.getReviewComment(comment);
    await as(stranger).pulls.updateReviewComment({ ...comment, body: "Or that." });
    await refused(as(merger).pulls.updateReviewComment({ ...comment, comment_id: 1, body: "x" }));
    await as(stranger).pulls.deleteReviewComment(comment);
    await as(person).pulls.dismissReview({ ...review, message: "Fine." });
    await dev.issues.listEventsForTimeline({ ...shop, issue_number: 2 });
    const { data: tree } = await dev.git.getTree({ ...shop, tree_sha: headSha, recursive: "1" });
    await dev.git.getBlob({ ...shop, file_sha: tree.tree[0]?.sha ?? "" });
    await refused(dev.git.getBlob({ ...shop, file_sha: headSha }));
    await dev.repos.compareCommitsWithBasehead({ ...shop, basehead: `main...${headSha}` });
  });

  it("about checks and statuses fit GitHub's description", async () => {
    await local.settled();
    const app = as(merger);
    const ref = { ...shop, ref: headSha };
    await app.repos.getCommit(ref);
    await app.repos.createCommitStatus({ ...shop, sha: headSha, state: "success", context: "lint" });
    await app.repos.getCombinedStatusForRef(ref);
    await app.repos.listCommitStatusesForRef(ref);
    await app.repos.listPullRequestsAssociatedWithCommit({ ...shop, commit_sha: headSha });
    const suite = { ...shop, check_suite_id: (await app.checks.createSuite({ ...shop, head_sha: headSha })).data.id };
    const { data } = await app.checks.create({ ...shop, name: "gate", head_sha: headSha });
    const run = { ...shop, check_run_id: data.id };
    await app.checks.get(run);
    await app.checks.update({ ...run, conclusion: "success", output: { title: "Green", summary: "All." } });
    await refused(as(reviewer).checks.update({ ...run, conclusion: "failure" }));
    await app.checks.listForRef(ref);
    await local.forge.addSuite({
      ...{ ...shop, headSha, status: "completed", conclusion: "startup_failure" },
      workflow: { path: "a.yml", repositoryName: "acme/shop" },
    });
    await app.checks.listSuitesForRef(ref);
    await app.checks.getSuite(suite);
    await app.checks.listForSuite(suite);
    await app.checks.rerequestSuite(suite);
    await app.checks.rerequestRun(run);
  });

  it("about forks, merges and other names fit GitHub's description", async () => {
    const filer = as(person);
    await as(stranger).repos.createFork(shop);
    await filer.repos.listForks(shop);
    await refused(filer.pulls.checkIfMerged(pull));
    await refused(filer.pulls.updateBranch(pull));
    await refused(filer.pulls.merge({ ...pull, sha: "0".repeat(40) }));
    await refused(filer.pulls.merge({ ...pull, merge_method: "rebase" }));
    await filer.pulls.merge({ ...pull, sha: headSha });
    await filer.pulls.checkIfMerged(pull);
    const next = await local.push(coder, "next", { "next.js": "1;\n" });
    await filer.pulls.create({ ...shop, title: "Next", head: "next", base: "main" });
    await as(coder).pulls.updateBranch({ ...shop, pull_number: 3, expected_head_sha: next });
    await filer.git.deleteRef({ ...shop, ref: "heads/topic" });
    await filer.repos.update({ ...shop, name: "store" });
    await filer.issues.listForRepo(shop);
    await filer.repos.transfer({ owner: "acme", repo: "store", new_owner: stranger.login });
  });

  it("are all there: no route of the forge is without a checked answer, and none did not fit", () => {
    const routes = forgeRoutes({} as ForgeContext);
    expect(routes.filter((route) => route.operations.length === 0).map((route) => route.path)).toEqual(["/graphql"]);
    const operations = routes.flatMap((route) => route.operations);
    expect(operations.filter((id) => !checks.answered.has(id))).toEqual([]);
    expect(checks.faults).toEqual([]);
  });

  it.each([
    ["a field is missing", "GET", "/user", 200, { login: "x" }, /must have required property/],
    ["a status that GitHub does not have", "GET", "/user", 202, {}, /no such status/],
    [
      "a body where GitHub has none",
      "DELETE",
      "/repos/{owner}/{repo}/git/refs/{ref}",
      204,
      { ok: true },
      /there is a body/,
    ],
    ["an operation of no route", "GET", "/emojis", 200, {}, /no route of the forge/],
  ])("would not fit where %s", (_what, method, url, status, body, fault) => {
    const other = new AnswerChecks();
    other.check({ method, url }, status, body);
    expect(other.faults).toEqual([expect.stringMatching(fault)]);
  });
});
