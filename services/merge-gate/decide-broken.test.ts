import { expect, test } from "vitest";
import { factOf } from "#contracts/test-facts.ts";
import { recordBroken, recordProposal } from "./decide-broken.ts";

test("a merge that broke the base is recorded once, and an issue proposes its revert once", () => {
  const on = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;
  const merge = { on, prNumber: 9, mergeSha: "m1", branch: "main" };
  expect(recordBroken(merge, ["test"], []).facts).toMatchObject([{ type: "BASE_BROKEN", data: { checks: ["test"] } }]);
  expect(recordBroken(merge, [], []).facts).toEqual([]);
  const told = factOf("BASE_BROKEN", { prNumber: 9, mergeSha: "m1", branch: "main", checks: ["test"] });
  expect(recordBroken(merge, ["test"], [told]).facts).toEqual([]);
  expect(recordProposal(on, merge, []).facts).toMatchObject([{ type: "REVERT_PROPOSED", on }]);
  expect(recordProposal(on, merge, [factOf("REVERT_PROPOSED", { prNumber: 9, mergeSha: "m1" })]).facts).toEqual([]);
});
