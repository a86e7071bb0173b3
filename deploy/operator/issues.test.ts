import { expect, test } from "vitest";
import { issueLines } from "./issues.ts";

const nothing = { agent: null, prNumber: null, waitingFor: null, refusal: null, asked: null, approvedAt: null };
const issue = { owner: "acme", repo: "shop", number: 7, title: "Sell it", state: "needs_human", attempt: 1, tokens: 0 };

test("an issue of which a person is asked says in one line why", () => {
  const reason = `${"#9 is held since noon ".repeat(9)}`;
  const lines = issueLines({ ...nothing, ...issue, updatedAt: "2026-01-01T08:00:00.000Z", asked: reason });
  expect(lines).toHaveLength(3);
  expect(lines[2]).toBe(`  a person is asked: ${reason.slice(0, 89)}…`);
});
