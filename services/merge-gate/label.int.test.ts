import { describe, expect, test } from "vitest";
import type { Fact } from "#contracts/envelope.ts";
import { labelOf } from "#contracts/test-facts.ts";
import { merges, playGate, told } from "./test-played.ts";

// What was approved ends with the label, before the dispatcher has decided anything. GitHub is played, the bus is in memory.

const { appendedAfter, appendedUntil, asked } = playGate();
const off = { labels: [] };
const removed = (ageMs: number) => told("ISSUE_UNLABELED", { label: "agent-ready", sender: "ada" }, ageMs);

test("the change of an issue that is open with its label is merged", async () => {
  expect(await appendedAfter([])).toEqual(merges);
});

describe("nothing is merged for an issue", () => {
  test.each<[string, readonly Fact[], object]>([
    ["whose label is off, as GitHub told and shows", [removed(0)], off],
    ["whose label was taken off more than a minute ago, as GitHub told and shows", [removed(60_001)], off],
    ["whose label was set again on another text", [told("ISSUE_LABELED", labelOf({ title: "Sell less" }))], {}],
    [
      "that shows another text, and of whose label only the removal was told",
      [removed(60_001)],
      { title: "Sell less" },
    ],
  ])("%s", async (_, facts, issue) => {
    expect(await appendedAfter(facts, { issue })).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["whose label is off, by its own answer", off, "no delivery says yet that the label agent-ready was taken off #7"],
    ["that is closed, by its own answer", { state: "closed" }, "no delivery says yet that #7 is not open any more"],
    [
      "that is in another repository by now",
      { repository_url: "https://api.github.com/repos/acme/other" },
      "no delivery says yet that #7 is not open any more",
    ],
  ])("%s, and the gate looks again until a delivery says it", async (_, issue, what) => {
    const looked = appendedAfter([], { issue });
    await expect(looked).rejects.toMatchObject({ _tag: "Retryable", delayMs: 60_000, what });
  });
});

test("a label that was taken off is shown as set for a minute at most: after that GitHub's answer counts", async () => {
  await expect(appendedAfter([removed(50_000)])).rejects.toMatchObject({ _tag: "Retryable", delayMs: 15_000 });
  expect(await appendedAfter([removed(60_001)])).toEqual(merges);
});

test("a label that is taken off right after the merge was requested withdraws the request, and the gate looks again", async () => {
  const { types, error } = await appendedUntil(removed(0));
  expect(types).toEqual(["MERGE_REQUESTED", "MERGE_FAILED"]);
  expect(error).toMatchObject({ _tag: "Retryable", delayMs: 15_000 });
  expect(asked().filter((path) => path?.endsWith("/merge"))).toEqual([]);
});

test("a label that went off and on again within a second holds no merge for longer than a minute, in whichever order that is told", async () => {
  const updatedAt = "2026-01-02T03:04:05Z";
  const taken = told("ISSUE_UNLABELED", { label: "agent-ready", sender: "ada", updatedAt }, 60_001);
  const set = told("ISSUE_LABELED", labelOf({ updatedAt }), 60_001);
  expect(await appendedAfter([taken, set])).toEqual(merges);
  expect(await appendedAfter([set, taken])).toEqual(merges);
});
