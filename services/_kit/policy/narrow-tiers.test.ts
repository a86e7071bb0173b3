import { Effect } from "effect";
import { expect, test } from "vitest";
import type { Policy } from "#contracts/policy.ts";
import { plainSettings } from "#contracts/test-facts.ts";
import { narrow } from "./narrow.ts";
import { readPolicy } from "./policy.ts";

// What a repository's file may say of the tiers of risk.

const operators: Policy = await Effect.runPromise(readPolicy());
const { low, high, medium: plain } = operators.gate.tiers;
const tiers = {
  low,
  medium: { ...plain, labels: ["risky"], approvals: 1 },
  high: { ...high, approvals: 2, person: true },
};
const gate = { ...operators.gate, tiers };
const policy: Policy = { ...operators, gate };

test("a repository may put more into a tier of risk, lower its sizes and ask for more approvals", () => {
  const medium = { paths: ["src/core"], labels: ["risk"], kinds: ["removed"], filesOver: 3, linesOver: 200 } as const;
  const own = { gate: { tiers: { low: { approvals: 1 }, medium: { ...medium, person: true } } } };
  const narrowed = { ...medium, labels: ["risky", "risk"], approvals: 1, person: true };
  expect(narrow(policy, { stack: "node", ...own })).toEqual({
    effective: plainSettings,
    gate: { ...gate, tiers: { low: { ...low, approvals: 1 }, medium: narrowed, high: tiers.high } },
    own: own.gate,
  });
});

test.each<[string, object, string]>([
  [
    "more files",
    { medium: { filesOver: 11 } },
    "gate.tiers.medium.filesOver is 11, but the operator of this rig allows at most 10",
  ],
  [
    "more lines",
    { high: { linesOver: 501 } },
    "gate.tiers.high.linesOver is 501, but the operator of this rig allows at most 500",
  ],
  [
    "fewer approvals",
    { high: { approvals: 1 } },
    "gate.tiers.high.approvals is 1, but the operator of this rig allows at least 2",
  ],
  [
    "no person",
    { high: { person: false } },
    "gate.tiers.high.person is false, but the operator of this rig allows only true",
  ],
  ["a tier of its own", { top: {} }, '"gate.tiers.top" is no key of this file, the nearest one is "gate.tiers'],
])("a file that lets a tier of risk have %s than the operator's is refused", (_, wider, sentence) => {
  expect(narrow(policy, { stack: "node", gate: { tiers: wider } })).toEqual({
    wrong: expect.stringContaining(sentence),
  });
});
