import { Effect } from "effect";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RefOf } from "#contracts/aggregates.ts";
import { baseTopic } from "#contracts/base-line.ts";
import { foldIssue } from "#contracts/issue-life.ts";
import { approvalOf, factOf } from "#contracts/test-facts.ts";
import { ackWaitMs } from "#contracts/waits.ts";
import { load } from "#kit/facts/aggregate.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import type { Running } from "#kit/test/test-world.ts";
import { coder, merger, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import mergeGate from "./main.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";

// One change after another is merged into a base branch, each tested on what the one before made of it, by tests that really run.

/** 3 min: each push is really tested, a dozen of them one after another. */
const testMs = 180_000;

const running: Running<unknown>[] = [];
let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ ackWaitMs, settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
});
afterEach(() => Promise.all(running.splice(0).map((gate) => gate.stop())));
afterAll(() => world.stop());

const { publish, appendedTo, earnedChange } = earnedOn(() => world);
const { handleWith, skipStored } = handlingOn(() => world);
type Earned = Awaited<ReturnType<typeof earnedChange>>;

async function git(...args: readonly string[]): Promise<string> {
  return (await world.forge.git(coder, ...args)).stdout.trim();
}

/** GitHub's merge of the base into the head of a change, as its delivery tells it once it is tested. */
async function updated(earned: Earned): Promise<Earned> {
  await world.forge.settled();
  const { change, pr, headSha: prevSha } = earned;
  const headSha = (await world.forge.octokitOf(person).rest.pulls.get({ ...at, pull_number: pr.number })).data.head.sha;
  expect(headSha).not.toBe(prevSha);
  await publish({ type: "PR_SYNCHRONIZED", on: pr, data: { ...change, headSha, prevSha } });
  return { ...earned, headSha };
}

const look = ({ issue }: Earned) => handleWith(issue, gitHubLayer("merge-gate"));
const mainNow = async () => {
  await git("fetch", "origin");
  return git("rev-parse", "origin/main");
};
const startGate = () => running.push(world.startService(mergeGate));
const asPerson = () => world.forge.octokitOf(person).rest;
const mergeByPerson = ({ pr }: Earned) => asPerson().pulls.merge({ ...at, pull_number: pr.number });

/** A person closes a change, which gives its turn back. */
async function close(earned: Earned): Promise<void> {
  await asPerson().pulls.update({ ...at, pull_number: earned.pr.number, state: "closed" });
  await look(earned);
}

/** What the last verdict on a change is held by, and why. */
async function heldBy({ pr }: Earned) {
  const last = (await world.history(pr)).findLast((fact) => fact.type === "GATE_EVALUATED");
  const missing = last?.type === "GATE_EVALUATED" ? last.data.checks.filter(({ passed }) => !passed) : [];
  return missing.map(({ hold, why }) => [hold, why]);
}

/** The turns at a commit of the base: what happened, and to which pull request. */
async function turnsAt(baseSha: string) {
  const history = await world.history(baseTopic({ ...at, branch: "main", baseSha }));
  return history.map(({ type, data }) => [type, "prNumber" in data && data.prNumber]);
}

test(
  "of two green changes that break each other one is merged; the one that waits behind them is next, tested on the new base",
  async () => {
    const first = await earnedChange("first");
    const breaking = await earnedChange("breaking", coder, { "none.test.sh": "test ! -e first.js\n" });
    const third = await earnedChange("third");
    await look(first);
    expect(await appendedTo(first.issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
    const baseSha = await mainNow();
    await look(breaking);
    await look(third);
    expect(await appendedTo(breaking.issue)).toEqual(["BRANCH_UPDATE_REQUESTED"]);
    // Only the first in line is updated, so that not all of them are tested again after each merge.
    expect(await appendedTo(third.issue)).toEqual([]);
    expect(await heldBy(third)).toEqual([
      ["in-line", `#${breaking.pr.number} is before it: main gets one change after another`],
    ]);
    await updated(breaking);
    startGate();
    await world.consumed("merge-gate");
    // Its tests, with the change before it, really failed.
    expect((await heldBy(breaking)).map(([hold]) => hold)).toEqual(["check-failed"]);
    expect(await turnsAt(baseSha)).toEqual([
      ["BASE_ADVANCED", first.pr.number],
      ["BASE_CLAIMED", breaking.pr.number],
      ["BASE_AWAITED", third.pr.number],
      ["BASE_RELEASED", breaking.pr.number],
      ["BASE_CLAIMED", third.pr.number],
    ]);
    await updated(third);
    await world.consumed("merge-gate");
    // Its approval stays through the update, so nobody reviews it again.
    expect(await appendedTo(third.issue)).toEqual(["BRANCH_UPDATE_REQUESTED", "MERGE_REQUESTED", "MERGED"]);
    expect(await appendedTo(breaking.issue)).toEqual(["BRANCH_UPDATE_REQUESTED"]);
    await git("switch", "--detach", await mainNow());
    expect(await git("ls-files", "first.js", "third.js", "none.test.sh")).toBe("first.js\nthird.js");
  },
  testMs,
);

test("a turn ends before the issue counts as merged: no message about an issue that is done is looked at, also not after a crash", async () => {
  const merged = await earnedChange("order");
  const baseSha = await mainNow();
  await look(merged);
  const lastOf = (on: RefOf<"issue"> | RefOf<"fleet">) =>
    world.as(
      "merge-gate",
      Effect.map(load<"issue" | "fleet">(on), ({ lastSequence }) => lastSequence),
    );
  expect((await turnsAt(baseSha)).at(-1)).toEqual(["BASE_RELEASED", merged.pr.number]);
  expect(await lastOf(baseTopic({ ...at, branch: "main", baseSha }))).toBeLessThan(await lastOf(merged.issue));
});

test("a change that conflicts with the base blocks nobody: an agent mends it, and the line goes on", async () => {
  const both = { "both.txt": "one\n" };
  const [moving, conflicting] = [
    await earnedChange("moving", coder, both),
    await earnedChange("conflicting", coder, { "both.txt": "two\n" }),
  ];
  const next = await earnedChange("next");
  await mergeByPerson(moving);
  const baseSha = await mainNow();
  // The refusal comes although GitHub showed that it merges: it computes that late.
  const early = gitHubWith("merge-gate", (what, call) =>
    what === "read the pull request"
      ? Effect.map(call, (read) => ({ ...read, pull: { ...(read as { pull: object }).pull, mergeable: true } }))
      : call,
  );
  await handleWith(conflicting.issue, early).catch(() => {});
  await look(conflicting);
  expect(await appendedTo(conflicting.issue)).toContain("MERGE_CONFLICT");
  await look(next);
  expect(await appendedTo(next.issue)).toEqual(["BRANCH_UPDATE_REQUESTED"]);
  expect((await turnsAt(baseSha)).filter(([type]) => type !== "BASE_ADVANCED")).toEqual([
    ["BASE_CLAIMED", conflicting.pr.number],
    ["BASE_RELEASED", conflicting.pr.number],
    ["BASE_CLAIMED", next.pr.number],
  ]);
  // What the gate cannot move any more claims no turn again, however often it is looked at.
  await look(conflicting);
  expect((await turnsAt(baseSha)).at(-1)).toEqual(["BASE_CLAIMED", next.pr.number]);
  await close(next);
});

test("a base that a person moves between the look and the merge ends the request, and the change is tested on it", async () => {
  const moved = await earnedChange("moved");
  const other = await earnedChange("other");
  let reads = 0;
  const late = gitHubWith("merge-gate", (what, call) => {
    if (what !== "read the pull request") return call;
    reads += 1;
    // The second one is of the look right before the merge.
    return reads === 2
      ? Effect.andThen(
          Effect.promise(() => mergeByPerson(other)),
          call,
        )
      : call;
  });
  const baseSha = await mainNow();
  const what = expect.stringMatching(/^main moved on from .{7}, on which the head was tested$/);
  await expect(handleWith(moved.issue, late)).rejects.toMatchObject({ _tag: "Retryable", what });
  expect(await appendedTo(moved.issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED"]);
  expect((await turnsAt(baseSha)).at(-1)).toEqual(["BASE_RELEASED", moved.pr.number]);
  await look(moved);
  expect((await appendedTo(moved.issue)).at(-1)).toBe("BRANCH_UPDATE_REQUESTED");
  await close(moved);
});

test("a turn at a commit that is not the newest one any more is given back, so that those who waited there go on", async () => {
  const [first, second] = [await earnedChange("early"), await earnedChange("behind")];
  const others = [await earnedChange("others"), await earnedChange("more")] as const;
  await mergeByPerson(others[0]);
  await look(first);
  await look(second);
  const before = await mainNow();
  await mergeByPerson(others[1]);
  await updated(first);
  await skipStored();
  await look(first);
  expect((await turnsAt(before)).slice(-3)).toEqual([
    ["BASE_CLAIMED", first.pr.number],
    ["BASE_AWAITED", second.pr.number],
    ["BASE_RELEASED", first.pr.number],
  ]);
  startGate();
  await world.consumed("merge-gate");
  expect((await turnsAt(await mainNow())).slice(-2)).toEqual([
    ["BASE_CLAIMED", first.pr.number],
    ["BASE_AWAITED", second.pr.number],
  ]);
  for (const each of [first, second]) await close(each);
});

/** A fix of the base, and what a red base is told by: the check `test` of a commit. */
const report = (sha: string, conclusion: "success" | "failure") =>
  world.forge.octokitOf(reviewer).rest.checks.create({ ...at, name: "test", head_sha: sha, conclusion });

async function requireTest(): Promise<void> {
  const rule = { branch: "main", enforce_admins: false, restrictions: null, required_pull_request_reviews: null };
  const required_status_checks = { strict: false, contexts: ["test"] };
  await asPerson().repos.updateBranchProtection({ ...at, ...rule, required_status_checks });
}

/** The delivery of a check on the default branch. */
async function told(baseSha: string, passed: boolean): Promise<void> {
  const commit = { ...at, branch: "main", baseSha };
  await publish({ type: "BASE_CHECKED", on: baseTopic(commit), data: { ...commit, name: "test", passed } });
}

const proposals = async () => {
  const { data } = await asPerson().issues.listForRepo({ ...at, state: "all", per_page: 100 });
  return data.filter(({ user, pull_request: pull }) => pull === undefined && user?.login === merger.login);
};

test(
  "a base whose required check failed holds a change until it is green again, and not the change that a person marked as its mending",
  async () => {
    await requireTest();
    const [held, mending] = [await earnedChange("held"), await earnedChange("mending")];
    const baseSha = await mainNow();
    await report(baseSha, "failure");
    await look(held);
    expect(await appendedTo(held.issue)).toEqual([]);
    const why = expect.stringMatching(
      /^failed on main at .{7}: test; only a revert that the rig proposed, or a change with the label fixes-main, goes first$/,
    );
    expect(await heldBy(held)).toEqual([["base-red", why]]);
    await asPerson().issues.addLabels({ ...at, issue_number: mending.pr.number, labels: ["fixes-main"] });
    await look(mending);
    expect(await appendedTo(mending.issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
    const mended = await mainNow();
    await report(mended, "success");
    await skipStored();
    startGate();
    // The delivery of the check that passes on the base is all that wakes it.
    await told(mended, true);
    await world.consumed("merge-gate");
    expect(await appendedTo(held.issue)).toEqual(["BRANCH_UPDATE_REQUESTED"]);
    await close(held);
  },
  testMs,
);

test(
  "a merge of the gate that broke its base is named on its issue once, and its revert is proposed once as an issue that goes first",
  async () => {
    await requireTest();
    const breaking = await earnedChange("breaks");
    await look(breaking);
    const broken = await mainNow();
    await report(broken, "failure");
    await skipStored();
    startGate();
    await told(broken, false);
    await told(broken, false);
    await world.consumed("merge-gate");
    expect((await world.history(breaking.issue)).filter(({ type }) => type === "BASE_BROKEN")).toMatchObject([
      { data: { prNumber: breaking.pr.number, mergeSha: broken, branch: "main", checks: ["test"] } },
    ]);
    const [proposal, ...more] = await proposals();
    expect(more).toEqual([]);
    expect(proposal).toMatchObject({ title: `Revert #${breaking.pr.number}, which broke main`, labels: [] });
    const on = { ...at, kind: "issue", number: proposal?.number ?? 0 } as const;
    expect(await world.history(on)).toMatchObject([
      { type: "REVERT_PROPOSED", data: { prNumber: breaking.pr.number, mergeSha: broken } },
    ]);
    expect(foldIssue([...(await world.history(on)), factOf("ISSUE_APPROVED", approvalOf())]).mendsBase).toBe(true);
    await report(broken, "success");
  },
  testMs,
);

test(
  "a base that broke some merges before is broken by the first merge on which the check failed, and by none of those after it",
  async () => {
    await requireTest();
    const [before, culprit] = [await earnedChange("before"), await earnedChange("culprit")];
    await look(before);
    await look(culprit);
    await updated(culprit);
    await look(culprit);
    const red = await mainNow();
    const after = await earnedChange("after");
    await look(after);
    expect(await appendedTo(after.issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
    const newest = await mainNow();
    await report(red, "failure");
    await report(newest, "failure");
    await skipStored();
    startGate();
    await told(newest, false);
    await world.consumed("merge-gate");
    const isNamed = async ({ issue }: Earned) => (await appendedTo(issue)).includes("BASE_BROKEN");
    expect([await isNamed(before), await isNamed(culprit), await isNamed(after)]).toEqual([false, true, false]);
  },
  testMs,
);
