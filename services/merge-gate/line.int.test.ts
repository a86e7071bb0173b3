import { Effect } from "effect";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { baseTopic } from "#contracts/base-line.ts";
import { ackWaitMs } from "#contracts/waits.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import type { Running } from "#kit/test/test-world.ts";
import { coder, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
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
const { handleWith } = handlingOn(() => world);
type Earned = Awaited<ReturnType<typeof earnedChange>>;

async function git(...args: readonly string[]): Promise<string> {
  return (await world.forge.git(coder, ...args)).stdout.trim();
}

const approve = (number: number) =>
  world.forge.octokitOf(reviewer).rest.pulls.createReview({ ...at, pull_number: number, event: "APPROVE" });

/** An agent adds more files to an earned change, which is tested and approved again. */
async function alsoWith(earned: Earned, files: Readonly<Record<string, string>>): Promise<Earned> {
  return approved(earned, await world.forge.push(coder, earned.branch, files));
}

/** An agent merges the base into the branch of a change, which is tested and approved again. */
async function updated(earned: Earned): Promise<Earned> {
  await git("fetch", "origin");
  await git("switch", earned.branch);
  await git("merge", "--no-edit", "origin/main");
  await git("push", "origin", earned.branch);
  return approved(earned, await git("rev-parse", "HEAD"));
}

async function approved(earned: Earned, headSha: string): Promise<Earned> {
  await world.forge.settled();
  await approve(earned.pr.number);
  const { change, pr, headSha: prevSha } = earned;
  await publish({ type: "PR_SYNCHRONIZED", on: pr, data: { ...change, headSha, prevSha } });
  return { ...earned, headSha };
}

const look = ({ issue }: Earned) => handleWith(issue, gitHubLayer("merge-gate"));
const mainNow = async () => {
  await git("fetch", "origin");
  return git("rev-parse", "origin/main");
};

/** What the last verdict on a change is held by, and why. */
async function heldBy({ pr }: Earned) {
  const last = (await world.history(pr)).findLast((fact) => fact.type === "GATE_EVALUATED");
  const missing = last?.type === "GATE_EVALUATED" ? last.data.checks.filter(({ passed }) => !passed) : [];
  return missing.map(({ hold, why }) => [hold, why]);
}

test(
  "of two green changes that break each other one is merged; the one that waits behind them is next, tested on the new base",
  async () => {
    const first = await earnedChange("first");
    const breaking = await alsoWith(await earnedChange("breaking"), { "none.test.sh": "test ! -e first.js\n" });
    const third = await earnedChange("third");
    await look(first);
    expect(await appendedTo(first.issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
    await look(breaking);
    await look(third);
    expect(await appendedTo(breaking.issue)).toEqual(["MERGE_CONFLICT"]);
    expect(await heldBy(breaking)).toEqual([
      ["behind", "behind main, with which it has to be tested: the base has to be merged into it"],
    ]);
    // Only the first in line is updated, so that not all of them are tested again after each merge.
    expect(await appendedTo(third.issue)).toEqual([]);
    expect(await heldBy(third)).toEqual([
      ["in-line", `#${breaking.pr.number} is before it: main gets one change after another`],
    ]);
    const base = { ...at, branch: "main", baseSha: await mainNow() };
    await updated(breaking);
    running.push(world.startService(mergeGate));
    await world.consumed("merge-gate");
    // Its tests, with the change before it, really failed.
    expect((await heldBy(breaking)).map(([hold]) => hold)).toEqual(["check-failed"]);
    const turns = (await world.history(baseTopic(base))).map(({ type, data }) => [
      type,
      "prNumber" in data && data.prNumber,
    ]);
    expect(turns).toEqual([
      ["BASE_CLAIMED", breaking.pr.number],
      ["BASE_AWAITED", third.pr.number],
      ["BASE_RELEASED", breaking.pr.number],
      ["BASE_CLAIMED", third.pr.number],
    ]);
    expect(await appendedTo(third.issue)).toEqual(["MERGE_CONFLICT"]);
    await updated(third);
    await world.consumed("merge-gate");
    expect(await appendedTo(third.issue)).toEqual(["MERGE_CONFLICT", "MERGE_REQUESTED", "MERGED"]);
    expect(await appendedTo(breaking.issue)).toEqual(["MERGE_CONFLICT"]);
    await git("switch", "--detach", await mainNow());
    expect(await git("ls-files", "first.js", "third.js", "none.test.sh")).toBe("first.js\nthird.js");
  },
  testMs,
);

test(
  "a base that a person moves between the look and the merge ends the request, and the change is tested on it",
  async () => {
    const moved = await earnedChange("moved");
    const other = await earnedChange("other");
    const mergeOther = () => world.forge.octokitOf(person).rest.pulls.merge({ ...at, pull_number: other.pr.number });
    let compared = 0;
    const late = gitHubWith("merge-gate", (what, call) => {
      if (what !== "compare with the base") return call;
      compared += 1;
      // The second comparison is the one right before the merge.
      return compared === 2 ? Effect.andThen(Effect.promise(mergeOther), call) : call;
    });
    const what = expect.stringMatching(/^main moved on from .{7}, on which the head was tested$/);
    await expect(handleWith(moved.issue, late)).rejects.toMatchObject({ _tag: "Retryable", what });
    expect(await appendedTo(moved.issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED"]);
    await look(moved);
    expect(await appendedTo(moved.issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED", "MERGE_CONFLICT"]);
  },
  testMs,
);

test(
  "a base whose required check failed holds a change until it is mended, and not the change that a person marked as its mending",
  async () => {
    const { repos, issues } = world.forge.octokitOf(person).rest;
    const tested = { strict: false, contexts: ["test"] };
    const rule = {
      ...at,
      branch: "main",
      enforce_admins: false,
      restrictions: null,
      required_pull_request_reviews: null,
    };
    await repos.updateBranchProtection({ ...rule, required_status_checks: tested });
    const [held, mending] = [await earnedChange("held"), await earnedChange("mending")];
    const run = { ...at, name: "test", head_sha: await mainNow() };
    await world.forge.octokitOf(reviewer).rest.checks.create({ ...run, conclusion: "failure" });
    await look(held);
    expect(await appendedTo(held.issue)).toEqual([]);
    const why = expect.stringMatching(
      /^failed on main at .{7}: test; only a change with the label fixes-main goes first$/,
    );
    expect(await heldBy(held)).toEqual([["base-red", why]]);
    await issues.addLabels({ ...at, issue_number: mending.pr.number, labels: ["fixes-main"] });
    await look(mending);
    expect(await appendedTo(mending.issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
    // What was red is green, and what the merge made of it is not: that merge is named on its issue, once.
    const report = (sha: string, conclusion: "success" | "failure") =>
      world.forge.octokitOf(reviewer).rest.checks.create({ ...run, head_sha: sha, conclusion });
    const broken = await mainNow();
    await report(run.head_sha, "success");
    await report(broken, "failure");
    const later = await earnedChange("later");
    await look(later);
    await look(later);
    expect((await world.history(mending.issue)).filter(({ type }) => type === "BASE_BROKEN")).toMatchObject([
      { data: { prNumber: mending.pr.number, mergeSha: broken, branch: "main", checks: ["test"] } },
    ]);
    expect((await heldBy(later)).map(([hold]) => hold)).toEqual(["base-red"]);
  },
  testMs,
);
