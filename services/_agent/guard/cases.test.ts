import { expect, test } from "vitest";
import { guardRules } from "#contracts/guard-rules.ts";
import { type Case, contradictions, readCases } from "./cases.ts";
import { defaultContext } from "./context.ts";
import { guardCommand } from "./guard.ts";

const verdictOf = ({ command }: Case) => guardCommand(command, defaultContext);

function wrong(cases: readonly Case[]): readonly string[] {
  return cases.filter((each) => verdictOf(each).verdict !== each.verdict).map(({ id, command }) => id ?? command);
}

test("every command of the rig's own cases has the verdict that it must have", () => {
  expect(wrong(readCases("rig"))).toEqual([]);
});

test("every public case has its verdict, but for those that contradict a rule", () => {
  expect(wrong(readCases("public"))).toEqual(Object.keys(contradictions));
});

test("every blocked command names the rule that it stands under", () => {
  const others = readCases("blocked").flatMap((each) => {
    const verdict = verdictOf(each);
    const rule = verdict.verdict === "block" ? verdict.rule : "allow";
    return rule === each.rule ? [] : [`${each.command}: ${rule}`];
  });
  expect(others).toEqual([]);
});

test("every rule is broken by a case", () => {
  expect([...new Set(readCases("blocked").map(({ rule }) => rule))].sort()).toEqual(Object.keys(guardRules).sort());
});

test("plain commands of development pass", () => {
  expect(wrong(readCases("allowed"))).toEqual([]);
});
