import { Effect } from "effect";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { foldIssue } from "#contracts/issue-life.ts";
import { reviewMarker } from "#contracts/review-marker.ts";
import { approvedTextHash } from "#kit/facts/text.ts";
import { GitHubRefused, gitHubLayer } from "#kit/github/github.ts";
import { reviewThreads } from "#kit/github/review-threads.ts";
import { type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { eventually, type Running } from "#kit/test/test-world.ts";
import { appOf } from "../../deploy/local/forge/access.ts";
import { coder, merger, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import mergeGate from "./main.ts";
import { at, earnedOn, handlingOn, untested } from "./test-change.ts";

// What holds a change on the local forge, and what ends the hold.

const running: Running<unknown>[] = [];
let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
});
afterEach(() => Promise.all(running.splice(0).map((gate) => gate.stop())));
afterAll(() => world.stop());

function startGate(): void {
  running.push(world.startService(mergeGate));
}

const { publish, appendedTo, earnedChange } = earnedOn(() => world);
const { handleWith, skipStored } = handlingOn(() => world);
const consumed = () => world.consumed("merge-gate");

test("a red suite that is not required and ends last leaves no change waiting", async () => {
  const { issue, pr, headSha } = await earnedChange("last");
  await skipStored();
  const lint = { ...at, name: "lint", head_sha: headSha, conclusion: "failure" } as const;
  const { data: check } = await world.forge.octokitOf(reviewer).rest.checks.create(lint);
  const suiteId = check.check_suite?.id ?? 0;
  await publish({ type: "CI_FAILED", on: pr, data: { headSha, suiteId, conclusion: "failure" } });
  startGate();
  await consumed();
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

test("a thread whose only comment its author deletes leaves no change waiting", async () => {
  const { issue, pr } = await earnedChange("answered");
  const comments = [{ path: "answered.js", line: 1, body: "Why?" }];
  const one = { ...at, pull_number: pr.number };
  await world.forge.octokitOf(person).rest.pulls.createReview({ ...one, event: "COMMENT", body: "", comments });
  startGate();
  await consumed();
  expect(await appendedTo(issue)).toEqual([]);
  const [comment] = (await world.forge.octokitOf(person).rest.pulls.listReviewComments(one)).data;
  const commentId = comment?.id ?? 0;
  await world.forge.octokitOf(person).rest.pulls.deleteReviewComment({ ...at, comment_id: commentId });
  const deletedBy = { login: person.login, type: "User" } as const;
  const deleted = { commentId, author: person.login, action: "deleted", body: null, where: "diff", deletedBy } as const;
  await publish({ type: "PR_COMMENTED", on: pr, data: deleted });
  await consumed();
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

test("what an agent resolves, dismisses and takes off by its own rights on GitHub holds until a person does it", async () => {
  const { issue, pr, headSha, change } = await earnedChange("undone");
  const [one, label] = [
    { ...at, pull_number: pr.number },
    { ...at, issue_number: pr.number },
  ];
  const [ada, agent] = [world.forge.octokitOf(person), world.forge.octokitOf(coder)];
  const comments = [{ path: "undone.js", line: 1, body: "Why?" }];
  const objects = { ...one, event: "REQUEST_CHANGES", body: "No.", comments } as const;
  const { data: objection } = await ada.rest.pulls.createReview(objects);
  await ada.rest.issues.addLabels({ ...label, labels: ["manual-merge"] });
  await agent.rest.pulls.dismissReview({ ...one, review_id: objection.id, message: "Done." });
  await agent.rest.issues.removeLabel({ ...label, name: "manual-merge" });
  const [thread] = await reviewThreads(ada, at, pr.number);
  const toThread = (name: string) => `mutation ($id: ID!) { ${name}(input: { threadId: $id }) { thread { id } } }`;
  await agent.graphql(toThread("resolveReviewThread"), { id: thread?.id });
  startGate();
  await consumed();
  expect(await appendedTo(issue)).toEqual([]);
  expect(missingIn(await world.history(pr))).toEqual([
    expect.objectContaining({ name: "open", why: expect.stringContaining(`taken off by ${coder.login}, no person`) }),
    expect.objectContaining({ name: "review", why: expect.stringContaining(`dismissed by ${coder.login}`) }),
    expect.objectContaining({ name: "threads", why: expect.stringContaining("1 of them resolved by dev-e") }),
  ]);
  await ada.rest.pulls.createReview({ ...one, event: "APPROVE" });
  await ada.rest.issues.addLabels({ ...label, labels: ["manual-merge"] });
  await ada.rest.issues.removeLabel({ ...label, name: "manual-merge" });
  for (const name of ["unresolveReviewThread", "resolveReviewThread"])
    await ada.graphql(toThread(name), { id: thread?.id });
  await publish({ type: "PR_EDITED", on: pr, data: { ...change, headSha } });
  await consumed();
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

test("where GitHub does not tell what the base requires, the gate holds, names the permission and asks again", async () => {
  const { issue, pr } = await earnedChange("untold");
  const blind = gitHubWith("merge-gate", (what, call) =>
    what.startsWith("read the rules")
      ? Effect.fail(new GitHubRefused({ what, status: 403, reason: "Resource not accessible by integration" }))
      : call,
  );
  const what = expect.stringContaining("Resource not accessible by integration: give the App Metadata (read)");
  await expect(handleWith(issue, blind)).rejects.toMatchObject({ _tag: "Retryable", what });
  expect(await appendedTo(issue)).toEqual([]);
  const why = expect.stringContaining("give the App Metadata (read)");
  expect(missingIn(await world.history(pr))).toMatchObject([
    { name: "ci", passed: false, hold: "requirements-unknown", why },
    { name: "rules", passed: false, hold: "requirements-unknown", why },
  ]);
  await handleWith(issue, gitHubLayer("merge-gate"));
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

const strictChecks = { required_status_checks: [{ context: "test" }], strict_required_status_checks_policy: true };
const gateApp = { actor_id: appOf(merger.login).id, actor_type: "Integration", bypass_mode: "always" } as const;
const onMain = {
  enforcement: "active",
  conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
} as const;

/** Demands up-to-date heads, and returns how to stop it. */
const strictness = {
  "classic protection": async () => {
    await protect(true);
    return () => protect(false);
  },
  // As the rig's own page has it: what restricts updates says "blocked" of every change, so GitHub does not say "behind".
  rulesets: async () => {
    const { repos } = world.forge.octokitOf(person).rest;
    const rules = [
      { name: "strict", rules: [{ type: "required_status_checks", parameters: strictChecks }] },
      { name: "only the gate", bypass_actors: [gateApp], rules: [{ type: "update" }] },
    ] as const;
    const make = (rule: object) => repos.createRepoRuleset({ ...at, ...onMain, ...rule } as never);
    const made = await Promise.all(rules.map(make));
    return () => Promise.all(made.map(({ data }) => repos.deleteRepoRuleset({ ...at, ruleset_id: data.id })));
  },
};

function protect(strict: boolean) {
  return world.forge.octokitOf(person).rest.repos.updateBranchProtection({
    ...at,
    branch: "main",
    required_status_checks: { strict, contexts: ["test"] },
    enforce_admins: true,
    required_pull_request_reviews: null,
    restrictions: null,
  });
}

test.each(["classic protection", "rulesets"] as const)(
  "a change that is behind a base which demands heads to be up to date is brought up to date once, and its approval stays: by %s",
  async (by) => {
    const name = by.slice(0, 5);
    // What is merged before it moves the base.
    const { pr: earlier } = await earnedChange(`${name}first`);
    const { issue, pr, headSha, change } = await earnedChange(`${name}then`);
    await world.forge.octokitOf(person).rest.pulls.merge({ ...at, pull_number: earlier.number });
    await skipStored();
    const end = await strictness[by]();
    await handleWith(issue, gitHubLayer("merge-gate"));
    expect(await appendedTo(issue)).toEqual(["BRANCH_UPDATE_REQUESTED"]);
    expect((await world.history(issue)).at(-1)).toMatchObject({ data: { prNumber: pr.number, headSha } });
    const why = "behind main, with which it has to be tested: the base has to be merged into it";
    expect(missingIn(await world.history(pr))).toMatchObject([
      { name: "mergeable", passed: false, hold: "behind", why },
    ]);
    // GitHub made the merge of the base, and the new head is tested.
    const { data: pull } = await world.forge.octokitOf(person).rest.pulls.get({ ...at, pull_number: pr.number });
    expect(pull.head.sha).not.toBe(headSha);
    await world.forge.settled();
    await publish({ type: "PR_SYNCHRONIZED", on: pr, data: { ...change, headSha: pull.head.sha, prevSha: headSha } });
    startGate();
    const whole = ["BRANCH_UPDATE_REQUESTED", "MERGE_REQUESTED", "MERGED"];
    await eventually(async () => expect(await appendedTo(issue)).toEqual(whole), 45_000);
    await end();
  },
);

test.each([
  ["joined", "in a merge commit", (own: string, others: string) => ["-p", own, "-p", others]],
  ["below", "below its own", (_own: string, others: string) => ["-p", others]],
])(
  "%s: a head that has commits of others %s, and nothing of what they do, is not merged once they are: that would undo them",
  async (name, _how, parentsOf) => {
    const { issue, pr, headSha } = await undoing(name, parentsOf);
    const wanted = { ...at, title: "Repair", head: `repair-${name}`, base: "main", body: "" };
    const { data: repair } = await world.forge.octokitOf(person).rest.pulls.create(wanted);
    // Without its marker an approval from the second of a push by force counts for nothing.
    const textSha256 = approvedTextHash(foldIssue(await world.history(issue)));
    const mergeBase = await git("merge-base", headSha, "origin/main");
    await approve(pr.number, reviewMarker({ headSha, textSha256, mergeBase }));
    await approve(repair.number);
    await world.forge.octokitOf(person).rest.pulls.merge({ ...at, pull_number: repair.number });
    await handleWith(issue, gitHubLayer("merge-gate"), { policy: untested });
    const why = "behind main, and a merge may undo what others merged there: the base has to be merged into it";
    expect(missingIn(await world.history(pr))).toMatchObject([
      { name: "mergeable", passed: false, hold: "behind", why },
    ]);
    expect(await appendedTo(issue)).toEqual(["MERGE_CONFLICT"]);
  },
);

test("a head that has commits of others, onto which a push moves the base, is merged only once a review saw what it does to them", async () => {
  await git("fetch", "origin");
  const { issue, pr, headSha, others } = await undoing("onto", (_own, others) => ["-p", others]);
  const of = { headSha, textSha256: approvedTextHash(foldIssue(await world.history(issue))) };
  await approve(pr.number, reviewMarker({ ...of, mergeBase: await git("rev-parse", "origin/main") }));
  await git("push", "origin", `${others}:refs/heads/main`);
  await handleWith(issue, gitHubLayer("merge-gate"));
  const why = expect.stringContaining("from before main got or lost commits of this head");
  expect(missingIn(await world.history(pr))).toMatchObject([
    { name: "review", passed: false, hold: "other-diff", why },
  ]);
  expect(await appendedTo(issue)).toEqual([]);
  await approve(pr.number, reviewMarker({ ...of, mergeBase: others }));
  await handleWith(issue, gitHubLayer("merge-gate"));
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

test("a head into which an agent merged the base is merged, also when the base moved on since", async () => {
  const { pr: first } = await earnedChange("first");
  const { pr: second } = await earnedChange("second");
  const { issue, pr, branch, change, headSha: own } = await earnedChange("fixed");
  const mergeByPerson = ({ number }: typeof pr) =>
    world.forge.octokitOf(person).rest.pulls.merge({ ...at, pull_number: number });
  await mergeByPerson(first);
  const headSha = await mergeBase(branch);
  await approve(pr.number);
  await mergeByPerson(second);
  await publish({ type: "PR_SYNCHRONIZED", on: pr, data: { ...change, headSha, prevSha: own } });
  await handleWith(issue, gitHubLayer("merge-gate"), { policy: untested });
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

test("a change that is merged while the gate looks at it asks no agent to merge the base", async () => {
  const { issue, pr } = await earnedChange("meanwhile");
  const merge = () => world.forge.octokitOf(person).rest.pulls.merge({ ...at, pull_number: pr.number });
  let merged: ReturnType<typeof merge> | null = null;
  const meanwhile = Effect.promise(() => (merged ??= merge()));
  const late = gitHubWith("merge-gate", (what, call) =>
    what === "compare with the base" ? Effect.andThen(meanwhile, call) : call,
  );
  await handleWith(issue, late);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "ADMIN_BYPASS_DETECTED", "MERGED"]);
});

/** A change whose head has a commit of a person, in a merge commit or below its own one, and nothing of what that does. */
async function undoing(name: string, parentsOf: (own: string, others: string) => readonly string[]) {
  const { issue, pr, headSha: own, branch, change } = await earnedChange(name);
  const others = await world.forge.push(person, `repair-${name}`, { [`repair-${name}.js`]: "1;\n" });
  const headSha = await git("commit-tree", `${own}^{tree}`, ...parentsOf(own, others), "-m", "Add it");
  await git("push", "--force", "origin", `${headSha}:refs/heads/${branch}`);
  await world.forge.settled();
  await publish({ type: "PR_SYNCHRONIZED", on: pr, data: { ...change, headSha, prevSha: own } });
  return { issue, pr, headSha, others };
}

async function git(...args: readonly string[]): Promise<string> {
  return (await world.forge.git(coder, ...args)).stdout.trim();
}

async function approve(number: number, body = ""): Promise<void> {
  await world.forge.octokitOf(reviewer).rest.pulls.createReview({ ...at, pull_number: number, event: "APPROVE", body });
}

/** Merges the base into the branch that is checked out, and pushes it, as an agent does it; the head's SHA, once it is tested. */
async function mergeBase(branch: string): Promise<string> {
  await git("fetch", "origin");
  await git("merge", "--no-edit", "origin/main");
  await git("push", "origin", branch);
  await world.forge.settled();
  return await git("rev-parse", "HEAD");
}

/** The conditions that the last evaluation found missing. */
function missingIn(history: Awaited<ReturnType<ForgeWorld["history"]>>) {
  const evaluated = history.findLast((fact) => fact.type === "GATE_EVALUATED");
  return evaluated?.type === "GATE_EVALUATED" ? evaluated.data.checks.filter(({ passed }) => !passed) : [];
}

test("a change that edits a workflow is a person's to merge, and the history names the file", async () => {
  const { forge } = world;
  const { issue, pr, branch } = await earnedChange("workflow");
  await skipStored();
  await forge.push(coder, branch, { ".github/workflows/ci.yml": "on: push\n" });
  await forge.octokitOf(reviewer).rest.pulls.createReview({ ...at, pull_number: pr.number, event: "APPROVE" });
  await forge.settled();
  await handleWith(issue, gitHubLayer("merge-gate"));
  const why = expect.stringContaining("(.github/workflows/ci.yml): a person has to merge");
  expect(missingIn(await world.history(pr))).toMatchObject([{ name: "person", hold: "person-path", why }]);
  expect(await appendedTo(issue)).toEqual([]);
});
