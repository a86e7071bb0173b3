import { Effect } from "effect";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RefOf } from "#contracts/aggregates.ts";
import { baseTopic } from "#contracts/base-line.ts";
import { ackWaitMs } from "#contracts/waits.ts";
import { load } from "#kit/facts/aggregate.ts";
import { type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import type { Running } from "#kit/test/test-world.ts";
import { coder, reviewer } from "../../deploy/local/forge/test-forge.ts";
import mergeGate from "./main.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";
import { lineOn } from "./test-line.ts";

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

const { appendedTo, earnedChange } = earnedOn(() => world);
const { handleWith, skipStored } = handlingOn(() => world);
const startGate = () => running.push(world.startService(mergeGate));
const { git, updated, look, mainNow, mergeByPerson, close, heldBy, turnsAt } = lineOn(() => world);

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

test("a turn at a commit that is not the newest one any more is released, so that those who waited there go on", async () => {
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
