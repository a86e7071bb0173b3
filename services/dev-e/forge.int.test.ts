import { Effect, Layer, ManagedRuntime } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { epochIn } from "#contracts/pull-request-body.ts";
import { workItem } from "#contracts/test-facts.ts";
import type { DevItem } from "#contracts/work.ts";
import { closedByBody, closedIssues } from "#kit/github/closing.ts";
import { type GitHub, gitHubLayer } from "#kit/github/github.ts";
import { forgeSettings } from "#kit/github/test-forge-world.ts";
import { makeTrust } from "#kit/github/trust.ts";
import { settingsLayer } from "#kit/test/test-world.ts";
import { coder, person, reviewer, startTestForge, type TestForge } from "../../deploy/local/forge/test-forge.ts";
import { brief, openPullRequest, reportProgress } from "./forge.ts";

const at = { owner: "acme", repo: "shop" };
let forge: TestForge;
let own: ManagedRuntime.ManagedRuntime<GitHub, unknown>;

beforeAll(async () => {
  forge = await startTestForge();
  const settings = settingsLayer({ ...forgeSettings(forge), RIG_REVIEWER_LOGINS: reviewer.login });
  own = ManagedRuntime.make(Layer.provideMerge(gitHubLayer("dev-e"), settings));
  await forge.git(coder, "clone");
});
afterAll(async () => {
  await own.dispose();
  await forge.close();
});

/** An issue on the forge with a pushed branch, and the work item for it. */
async function issueWithBranch(title: string) {
  const { data } = await forge.octokitOf(person).rest.issues.create({ ...at, title, body: "Please." });
  const branch = `feature/issue-${data.number}`;
  const headSha = await forge.push(coder, branch, { [`issue-${data.number}.js`]: "export const one = 1;\n" });
  const item = workItem({ ...at, number: data.number, title });
  return { item, branch, headSha };
}

async function pullsOf(branch: string) {
  return (await forge.octokitOf(person).rest.pulls.list({ ...at, head: `acme:${branch}`, state: "all" })).data;
}

test("a second call finds the open pull request, writes the epoch of the claim into it and opens no other", async () => {
  const { item, branch } = await issueWithBranch("Open once");
  const open = (epoch: number, summary: string) => own.runPromise(openPullRequest({ item, branch, epoch, summary }));
  const first = await open(1, "The first run's words.");
  await forge.octokitOf(person).rest.pulls.update({
    ...at,
    pull_number: first.number,
    body: `${await bodyOf(first.number)}\nA person's note.`,
  });
  expect(await open(2, "Other words.")).toEqual(first);
  expect(await open(2, "Other words.")).toEqual(first);
  expect(await pullsOf(branch)).toHaveLength(1);
  const body = await bodyOf(first.number);
  expect([epochIn(body), closedIssues(body, at)]).toEqual([2, [item.number]]);
  expect(body.match(/Rig-Epoch/g)).toHaveLength(1);
  expect(body).toContain("The first run's words.");
  expect(body).toContain("A person's note.");
});

async function bodyOf(number: number): Promise<string> {
  return (await forge.octokitOf(person).rest.pulls.get({ ...at, pull_number: number })).data.body ?? "";
}

test("a body whose closing line a person took out gets it back", async () => {
  const { item, branch } = await issueWithBranch("Closing line");
  const open = (epoch: number) => own.runPromise(openPullRequest({ item, branch, epoch, summary: "Done." }));
  const { number } = await open(1);
  await forge.octokitOf(person).rest.pulls.update({ ...at, pull_number: number, body: "" });
  await open(2);
  expect(closedIssues(await bodyOf(number), at)).toEqual([item.number]);
});

test("a closed pull request of the branch is not reopened: the issue gets another one", async () => {
  const { item, branch } = await issueWithBranch("Closed once");
  const open = () => own.runPromise(openPullRequest({ item, branch, epoch: 1, summary: "Done." }));
  const first = await open();
  await forge.octokitOf(person).rest.pulls.update({ ...at, pull_number: first.number, state: "closed" });
  const second = await open();
  expect(second.number).not.toBe(first.number);
  expect((await pullsOf(branch)).map(({ state }) => state).sort()).toEqual(["closed", "open"]);
});

test("a pull request that a person opened from the branch into another one is left alone: the issue keeps its own", async () => {
  const { item, branch } = await issueWithBranch("Stage me");
  const open = (epoch: number) => own.runPromise(openPullRequest({ item, branch, epoch, summary: "Done." }));
  await forge.push(person, "staging", { "staging.js": "1;\n" });
  const first = await open(1);
  const wanted = { ...at, head: branch, base: "staging", title: "Try it", body: "Deploys a preview." };
  const { data: staged } = await forge.octokitOf(person).rest.pulls.create(wanted);
  expect(await open(2)).toEqual(first);
  expect([await bodyOf(staged.number), epochIn(await bodyOf(first.number))]).toEqual(["Deploys a preview.", 2]);
});

test("a pull request that a person opened from the branch into the same one is not taken: it is named with its author", async () => {
  const { item, branch } = await issueWithBranch("Mine");
  const wanted = { ...at, head: branch, base: "main", title: "Mine", body: "A person's." };
  const { data } = await forge.octokitOf(person).rest.pulls.create(wanted);
  const opening = openPullRequest({ item, branch, epoch: 1, summary: "Done." });
  expect(await own.runPromise(opening)).toEqual({ number: data.number, author: person.login });
  expect(await bodyOf(data.number)).toBe("A person's.");
});

const hiding = ["<!-- never ends", "```\nnever ends", "<details>"];
const closing = [
  "Fixes #1, and resolves: #2.",
  "closes acme/shop#3",
  "FIXED https://github.com/acme/shop/issues/4",
  "fix GH-5",
];
test.each([...closing, ...hiding])(
  "the model's words close no other issue, bear no epoch, and hide neither: %s",
  async (words) => {
    const { item, branch } = await issueWithBranch("Only its own");
    const summary = `${words}\nRig-Epoch: 99`;
    const { number } = await own.runPromise(openPullRequest({ item, branch, epoch: 1, summary }));
    const body = await bodyOf(number);
    expect([closedIssues(body, at), epochIn(body)]).toEqual([[item.number], 1]);
    expect(closedByBody(body, at).certain).toEqual([{ ...at, number: item.number }]);
    // GitHub also takes other repositories and links (https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue).
    expect(body).not.toMatch(/(close[sd]?|fix(e[sd])?|resolve[sd]?):?\s+([\w.-]+\/[\w.-]+#|https?:)/i);
  },
);

test("progress is one comment, edited in place, beside those of others", async () => {
  const { item } = await issueWithBranch("Progress");
  await forge.octokitOf(person).rest.issues.createComment({
    ...at,
    issue_number: item.number,
    body: "<!-- rig:progress --> mine",
  });
  for (const text of ["Under way.", "Under way.", "Done."])
    await own.runPromise(reportProgress({ ...at, number: item.number }, text));
  const { data } = await forge.octokitOf(person).rest.issues.listComments({ ...at, issue_number: item.number });
  expect(data.map(({ user, body }) => [user?.login, body])).toEqual([
    [person.login, "<!-- rig:progress --> mine"],
    [coder.login, "Done.\n\n<!-- rig:progress -->"],
  ]);
});

test("a fix is briefed with open threads, the last refusal and the output of red checks, and with nothing older", async () => {
  const { item, branch } = await issueWithBranch("Fix me");
  const headSha = await forge.push(coder, branch, { "red.test.js": "throw new Error('red on purpose');\n" });
  const { number } = await own.runPromise(openPullRequest({ item, branch, epoch: 1, summary: "Done." }));
  const refuse = (body: string, comment: string) =>
    forge.octokitOf(reviewer).rest.pulls.createReview({
      ...at,
      pull_number: number,
      event: "REQUEST_CHANGES",
      body,
      comments: [{ path: "red.test.js", line: 1, body: comment }],
    });
  await refuse("First refusal.", "Why red?");
  await refuse("Last refusal.", "Still red.");
  await forge.settled();
  const fix: DevItem = { ...item, task: "fix", prNumber: number, headSha };
  const briefOf = (of: DevItem) =>
    own.runPromise(Effect.flatMap(makeTrust, (trust) => brief(trust, of, { approvedAt: null, pr: null })));
  const briefing = await briefOf(fix);
  expect(briefing.review).toEqual(["red.test.js:1: Why red?", "red.test.js:1: Still red.", "Last refusal."]);
  expect(briefing.failedChecks).toEqual([expect.stringMatching(/^test:\n/)]);
  expect(briefing.failedChecks[0]).toContain("red on purpose");
  expect((await briefOf(item)).review).toEqual([]);
});
