import { expect, test } from "vitest";
import { approvalOf } from "#contracts/test-facts.ts";
import { playGate, told } from "./test-played.ts";

// A pull request that the holder of the claim named, and that is not the issue's own. GitHub is played, the bus is in memory.

const { appendedAfter } = playGate();
const pull = { user: { login: "mallory", type: "User" }, head: { ref: "patch-1", sha: "h1", repo: { id: 1 } } };

test("the gate asks for a person at once when the named pull request is somebody else's, also a closed one", async () => {
  expect(await appendedAfter([], { pull })).toEqual(["GATE_OVERDUE"]);
  expect(await appendedAfter([], { pull: { ...pull, state: "closed" } })).toEqual(["GATE_OVERDUE"]);
});

test("not while an attempt is under way, which may name another one", async () => {
  const next = { attempt: 2, task: "implement", reason: "again", prNumber: null, headSha: null } as const;
  expect(await appendedAfter([told("ISSUE_APPROVED", approvalOf()), told("ISSUE_QUEUED", next)], { pull })).toEqual([]);
});
