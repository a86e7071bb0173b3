import { Effect } from "effect";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { baseTopic } from "#contracts/base-line.ts";
import { foldIssue } from "#contracts/issue-life.ts";
import { approvalOf, factOf } from "#contracts/test-facts.ts";
import { ackWaitMs } from "#contracts/waits.ts";
import { type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import type { Running } from "#kit/test/test-world.ts";
import { merger, reviewer } from "../../deploy/local/forge/test-forge.ts";
import mergeGate from "./main.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";
import { lineOn } from "./test-line.ts";

// What failed checks of the base hold, which merge of the gate is named for them, and its revert, on the local forge.

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
const startGate = () => running.push(world.startService(mergeGate));
const { updated, look, mainNow, asPerson, mergeByPerson, close, heldBy } = lineOn(() => world);
type Earned = Awaited<ReturnType<typeof earnedChange>>;

/** A fix of the base, and what a red base is told by: the check `test` of a commit. */
const report = (sha: string, conclusion: "success" | "failure" | "cancelled") =>
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

/** Lets the check fail on a commit of the base, and the gate hear of it alone. */
async function examined(sha: string): Promise<void> {
  await report(sha, "failure");
  await skipStored();
  startGate();
  await told(sha, false);
  await world.consumed("merge-gate");
}

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
    await report(await mainNow(), "success");
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
    await report(await mainNow(), "success");
    await look(culprit);
    await updated(culprit);
    await look(culprit);
    const red = await mainNow();
    const after = await earnedChange("after");
    await look(after);
    expect(await appendedTo(after.issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
    const newest = await mainNow();
    await report(red, "failure");
    await examined(newest);
    const isNamed = async ({ issue }: Earned) => (await appendedTo(issue)).includes("BASE_BROKEN");
    expect([await isNamed(before), await isNamed(culprit), await isNamed(after)]).toEqual([false, true, false]);
  },
  testMs,
);

test(
  "no merge is named where the check did not end on the commit before: one of two broke it, and nobody knows which",
  async () => {
    await requireTest();
    const [first, second] = [await earnedChange("unended"), await earnedChange("innocent")];
    await report(await mainNow(), "success");
    await look(first);
    await report(await mainNow(), "cancelled");
    await look(second);
    await updated(second);
    await look(second);
    expect(await appendedTo(second.issue)).toContain("MERGED");
    const newest = await mainNow();
    await examined(newest);
    expect(await appendedTo(second.issue)).not.toContain("BASE_BROKEN");
    expect(await appendedTo(first.issue)).not.toContain("BASE_BROKEN");
    await report(newest, "success");
  },
  testMs,
);

test(
  "no merge is named where a person moved the base in its moment: what she brought may have broken it",
  async () => {
    await requireTest();
    const [innocent, others] = [await earnedChange("in-its-moment"), await earnedChange("others")];
    await report(await mainNow(), "success");
    const late = gitHubWith("merge-gate", (what, call) =>
      what === "merge"
        ? Effect.andThen(
            Effect.promise(() => mergeByPerson(others)),
            call,
          )
        : call,
    );
    await handleWith(innocent.issue, late);
    expect(await appendedTo(innocent.issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
    const newest = await mainNow();
    await examined(newest);
    expect(await appendedTo(innocent.issue)).not.toContain("BASE_BROKEN");
    await report(newest, "success");
  },
  testMs,
);
