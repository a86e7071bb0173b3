import { expect, test } from "vitest";
import { redChecksOf } from "./base-red.ts";
import { evaluateSeen } from "./evaluate.ts";
import { failing, green, requiring, seen } from "./test-earned.ts";

const { required } = requiring({});
const ended = (conclusion: string | null, name = "test") => ({ ...green, name, conclusion });
const red = (...checks: readonly (typeof green)[]) => redChecksOf(required, { checks, suites: [], isCut: false });

test("only a required check that failed on the base makes it red", () => {
  expect([red(ended("failure")), red(ended("timed_out")), red(ended("success"))]).toEqual([["test"], ["test"], []]);
  expect([red(), red(ended(null)), red(ended("cancelled")), red(ended("failure", "lint"))]).toEqual([[], [], [], []]);
  const nothing = requiring({ checks: [] }).required;
  expect(redChecksOf(nothing, { checks: [ended("failure")], suites: [], isCut: false })).toEqual([]);
});

test("a red base holds every change but one of which a person says that it mends it", () => {
  const gate = (peopleLabels: readonly string[]) =>
    failing(evaluateSeen(seen({ baseRed: ["test"], forge: { labels: peopleLabels, peopleLabels } })));
  const why =
    "ci: failed on main at b1: test; only a revert that the rig proposed, or a change with the label fixes-main, goes first";
  expect([gate([]), gate(["bug"]), gate(["Fixes-Main"])]).toEqual([[why], [why], []]);
});

test("an agent's label fixes-main mends nothing", () => {
  const forge = { labels: ["fixes-main"], peopleLabels: [] };
  expect(evaluateSeen(seen({ baseRed: ["test"], forge })).passed).toBe(false);
});
