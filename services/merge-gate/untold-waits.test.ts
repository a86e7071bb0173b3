import { expect, test } from "vitest";
import type { Evaluation } from "#contracts/gate/evaluate.ts";
import { gitHubWith, playGate, told } from "./test-played.ts";
import { answering } from "./test-situation-github.ts";

const { lookAt } = playGate();

const hoursMs = 3_600_000;

/** The gate's last evaluation: these conditions have not been met for five hours. */
function heldFor5h(...held: readonly Pick<Evaluation["checks"][number], "name" | "hold">[]) {
  const since = new Date(Date.now() - 5 * hoursMs).toISOString();
  const checks = held.map((check) => ({ ...check, passed: false, why: "told before", since }));
  return told("GATE_EVALUATED", { headSha: "h1", passed: false, checks, threads: [] }, 5 * hoursMs);
}

const notComputed = gitHubWith({ pull: { mergeable: null, mergeable_state: "unknown" } });
const plain = gitHubWith({});
const inAnHour = String(Math.ceil((Date.now() + hoursMs) / 1_000));
const usedUp: typeof plain = (asked) =>
  asked.path.endsWith("/graphql")
    ? {
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": inAnHour },
        body: { errors: [{ type: "RATE_LIMITED", message: "API rate limit exceeded" }] },
      }
    : plain(asked);

test.each([
  ["whether it merges", notComputed, "mergeable-unknown"],
  ["its threads", usedUp, "threads-unknown"],
] as const)("a first look to which GitHub does not tell %s is stored, and asks again", async (_, answer, hold) => {
  const { verdict, error } = await lookAt(answer);
  expect(verdict?.checks.flatMap((check) => check.hold ?? [])).toContain(hold);
  expect(error?._tag).toBe("Retryable");
});

test.each([
  ["whether it merges", notComputed, heldFor5h({ name: "mergeable", hold: "mergeable-unknown" })],
  ["its threads", usedUp, heldFor5h({ name: "threads", hold: "threads-unknown" })],
  ["its linked issues", usedUp, heldFor5h({ name: "issue", hold: "links-unknown" })],
] as const)("a person is asked once GitHub has not told %s for too long", async (_, answer, before) => {
  const { appended, error } = await lookAt(answer, { facts: [before] });
  expect([appended, error?._tag]).toEqual([["GATE_OVERDUE"], "Retryable"]);
});

/** GitHub blocks a merge although nothing that it shows is missing, for so long by the gate's last evaluation. */
async function blockedFor(minutes: number) {
  const since = new Date(Date.now() - minutes * 60_000).toISOString();
  const check = { name: "rules", hold: "requirements-hidden", passed: false, why: "told before", since } as const;
  const before = told(
    "GATE_EVALUATED",
    { headSha: "h1", passed: false, checks: [check], threads: [] },
    minutes * 60_000,
  );
  const protection = { enabled: true, required_status_checks: { contexts: ["test"], checks: [{ context: "test" }] } };
  const answer = answering({
    branch: { protected: true, protection },
    answers: [{ path: "branches/main/protection", status: 403, body: { message: "Resource not accessible" } }],
    pull: { mergeable_state: "blocked" },
  });
  const { appended, error } = await lookAt(answer, { facts: [before] });
  return [appended, error?._tag];
}

test("a change that GitHub blocks without a reason that is shown is looked at again for ten minutes, and after an hour a person is asked", async () => {
  expect(await blockedFor(2)).toEqual([[], "Retryable"]);
  expect(await blockedFor(20)).toEqual([[], undefined]);
  expect(await blockedFor(70)).toEqual([["GATE_OVERDUE"], undefined]);
});
