import { Deferred, Effect, Fiber, Ref } from "effect";
import { TestClock } from "effect/testing";
import { describe, expect, test } from "vitest";
import { issueClaims } from "#contracts/claims.ts";
import { foldIssue } from "#contracts/issue-life.ts";

import { draftOf } from "#contracts/test-facts.ts";

import { deliveriesMax, workingEveryMs } from "#contracts/waits.ts";
import { Retryable } from "#kit/errors.ts";
import { readText } from "#kit/facts/text.ts";
import { silenceMaxMs } from "./held.ts";
import { claimedAt, facts, lastFact, play, publish, type Run, succeed, types } from "./test-claiming.ts";

// How the kit ends a claim when the run does not. The bus is in memory, the leases and the clock are played.

describe("a run without progress", () => {
  test("goes on for 30 minutes, then it is RUN_FAILED of the class timeout, and its item is acked", () =>
    play(
      () => Effect.never,
      1,
      ({ answers, leases }) =>
        Effect.gen(function* () {
          yield* TestClock.adjust(silenceMaxMs);
          expect(yield* types()).toEqual(claimedAt);
          yield* TestClock.adjust(workingEveryMs);
          expect(yield* types()).toEqual([...claimedAt, "RUN_FAILED"]);
          const data = { attempt: 1, class: "timeout", retryable: true, reason: "silent for 30 minutes" };
          expect(yield* lastFact()).toMatchObject({ agentId: "dev-e", data });
          expect(answers).toEqual(["ack"]);
          expect([...leases]).toEqual([]);
        }),
    ));

  test("has 30 minutes again after each progress", () => {
    const progressing: Run = (held) => Effect.andThen(Effect.delay(held.progress(), "1 minute"), Effect.never);
    return play(progressing, 1, () =>
      Effect.gen(function* () {
        yield* TestClock.adjust("31 minutes");
        expect(yield* types()).toEqual(claimedAt);
        yield* TestClock.adjust(workingEveryMs);
        expect(yield* types()).toEqual([...claimedAt, "RUN_FAILED"]);
      }),
    );
  });
});

describe("a run that something outside fails", () => {
  const failing: Run = () => Effect.fail(new Retryable({ what: "GitHub is away", cause: "503", delayMs: 7_000 }));

  test("releases its claim with the reason, and its item is nak'ed with the wait that was asked for", () =>
    play(failing, deliveriesMax - 2, ({ answers, leases }) =>
      Effect.gen(function* () {
        expect(yield* types()).toEqual([...claimedAt, "ISSUE_UNASSIGNED"]);
        const released = yield* lastFact();
        const data = { agentId: "dev-e", counts: false, reason: "GitHub is away" };
        expect(released).toMatchObject({ agentId: "dev-e", data });
        expect(answers).toEqual(["nak 7000"]);
        expect([...leases]).toEqual([]);
      }),
    ));

  test("is RUN_FAILED of the class internal at the last delivery but one, and its item is acked", () =>
    play(failing, deliveriesMax - 1, ({ answers }) =>
      Effect.gen(function* () {
        expect(yield* types()).toEqual([...claimedAt, "RUN_FAILED"]);
        const failed = yield* lastFact();
        expect(failed).toMatchObject({ data: { attempt: 1, class: "internal", reason: "GitHub is away" } });
        const details = failed?.type === "RUN_FAILED" ? failed.data.details : null;
        expect(details === null ? null : yield* readText(details)).toBe("503");
        expect(answers).toEqual(["ack"]);
      }),
    ));
});

describe("a run that something outside fails after the model has answered", () => {
  const tokens = { inputTokens: 1, outputTokens: 1, serverToolRequests: 0 };
  const cached = { cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, cacheReadTokens: 0 };
  const usage = { requestId: "r", model: "m", ...tokens, ...cached };
  const paid: Run = (held) =>
    Effect.andThen(held.countTokens(usage), Effect.fail(new Retryable({ what: "GitHub is away" })));
  /** Reads the claims as if the issue had this many more. */
  const after = (more: number): typeof issueClaims => ({
    ...issueClaims,
    stateOf: (of, history) => {
      const state = issueClaims.stateOf(of, history);
      return { ...state, claims: state.claims + more, claimsMax: 3 };
    },
  });

  test("releases a claim that counts, and one of a service that is stopped does not", async () => {
    await play(paid, 1, () =>
      Effect.gen(function* () {
        expect(yield* lastFact()).toMatchObject({ type: "ISSUE_UNASSIGNED", data: { counts: true } });
        expect(foldIssue(yield* facts())).toMatchObject({ claims: 1, holder: null });
      }),
    );
    const waiting: Run = (held) => Effect.andThen(held.countTokens(usage), Effect.never);
    await play(waiting, 1, ({ running }) =>
      Effect.gen(function* () {
        yield* Fiber.interrupt(running);
        expect(yield* lastFact()).toMatchObject({ type: "ISSUE_UNASSIGNED", data: { counts: false } });
      }),
    );
  });

  test("ends the attempt with the last of its claims, however many deliveries are left: the model is asked no more", async () => {
    const endOf = (more: number, expected: readonly string[]) =>
      play(
        paid,
        1,
        ({ answers }) =>
          Effect.gen(function* () {
            const end = yield* lastFact();
            expect([end?.type, ...answers]).toEqual(expected);
          }),
        { claims: after(more) },
      );
    await endOf(1, ["ISSUE_UNASSIGNED", "nak 1000"]);
    await endOf(2, ["RUN_FAILED", "ack"]);
  });
});

test("an attempt that another agent claimed too often is claimed and ended, because only the holder's agent can end it", () => {
  const other = { claimId: "other", epoch: 0, agentId: "dev-e-python", instanceId: "gone", attempt: 1 };
  const heldByOther: typeof issueClaims = {
    ...issueClaims,
    stateOf: (of, history) => {
      const state = issueClaims.stateOf(of, history);
      return { ...state, holder: state.holder ?? other, claims: state.claimsMax };
    },
  };
  return play(
    () => Effect.die("was run"),
    1,
    ({ answers }) =>
      Effect.gen(function* () {
        expect(yield* types()).toEqual([...claimedAt, "RUN_FAILED"]);
        expect(foldIssue(yield* facts())).toMatchObject({ state: "failed", endedAttempt: 1, holder: null });
        expect(answers).toEqual(["ack"]);
      }),
    { claims: heldByOther },
  );
});

test("an agent whose claim's id another claim copied is stopped as one that lost its claim", () =>
  play(
    () => Effect.never,
    1,
    ({ answers }) =>
      Effect.gen(function* () {
        const [mine] = (yield* facts()).flatMap((fact) => (fact.type === "ISSUE_ASSIGNED" ? [fact.data] : []));
        if (mine === undefined) throw new Error("nothing was claimed");
        yield* publish(draftOf("ISSUE_ASSIGNED", 1, { ...mine, epoch: 2, instanceId: "another" }));
        yield* TestClock.adjust(workingEveryMs);
        expect(answers).toEqual(["nak 60000"]);
      }),
  ));

describe("an agent that lost its claim", () => {
  const ghost = { claimId: "ghost", epoch: 2, agentId: "dev-e", instanceId: "gone", attempt: 1 };

  test.each([
    ["to another holder leaves the item to it", draftOf("ISSUE_ASSIGNED", 1, ghost), "nak 60000"],
    ["because the issue was settled has its item acked", draftOf("ISSUE_CANCELLED", 1, { reason: "closed" }), "ack"],
  ])("%s, is stopped at its work and appends nothing", (_, lost, answer) => {
    const stopped = Ref.makeUnsafe(false);
    const insisting: Run = (held) =>
      Effect.onInterrupt(Effect.never, () => Effect.andThen(Effect.ignore(succeed(held)), Ref.set(stopped, true)));
    return play(insisting, 1, ({ answers, leases }) =>
      Effect.gen(function* () {
        yield* TestClock.adjust(workingEveryMs);
        expect(leases.size).toBe(1);
        yield* publish(lost);
        expect(yield* Ref.get(stopped)).toBe(false);
        yield* TestClock.adjust(workingEveryMs);
        expect(yield* Ref.get(stopped)).toBe(true);
        expect(yield* types()).toEqual([...claimedAt, lost.type]);
        expect(answers).toEqual([answer]);
        expect([...leases]).toEqual([]);
      }),
    );
  });
});

test("a service that is stopped releases its claim and its lease, and its item is nak'ed for at once", () =>
  play(
    () => Effect.never,
    1,
    ({ running, answers, leases }) =>
      Effect.gen(function* () {
        expect(leases.size).toBe(1);
        yield* Fiber.interrupt(running);
        expect(yield* types()).toEqual([...claimedAt, "ISSUE_UNASSIGNED"]);
        expect(yield* lastFact()).toMatchObject({ agentId: "dev-e", data: { reason: "the service was stopped" } });
        expect(answers).toEqual(["nak 0"]);
        expect([...leases]).toEqual([]);
      }),
  ));

test("a service that is stopped while it claims releases the claim, which nobody else could", () =>
  play(
    () => Effect.never,
    1,
    ({ running, answers, claiming }) =>
      Effect.gen(function* () {
        expect(yield* types()).not.toContain("ISSUE_ASSIGNED");
        const stopping = yield* Effect.forkChild(Fiber.interrupt(running));
        yield* Deferred.succeed(claiming, undefined);
        yield* Fiber.join(stopping);
        expect(yield* types()).toEqual([...claimedAt, "ISSUE_UNASSIGNED"]);
        expect(answers).toEqual(["nak 0"]);
      }),
    { begins: "while claiming" },
  ));
