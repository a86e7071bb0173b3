import { Deferred, Effect } from "effect";
import { TestClock } from "effect/testing";
import { describe, expect, test } from "vitest";
import { issueClaims } from "#contracts/claims.ts";
import { draftOf } from "#contracts/test-facts.ts";
import { workingEveryMs } from "#contracts/waits.ts";
import { Bus } from "#kit/bus/bus.ts";
import { claimedAt, item, play, publish, type Run, succeed, types } from "./test-claiming.ts";

// What becomes of an item when it arrives, and of its claim while it is held. The bus is in memory, the leases and the clock are played.

describe("the state of the claims decides what becomes of an item:", () => {
  const other = { claimId: "other", epoch: 0, agentId: "dev-e", instanceId: "gone", attempt: 1 };
  /** Reads the claims as they are, but with `more` until the first claim of this scene. */
  const atFirst = (more: Partial<ReturnType<typeof issueClaims.stateOf>>): typeof issueClaims => ({
    ...issueClaims,
    stateOf: (of, history) => {
      const state = issueClaims.stateOf(of, history);
      return state.holder === null ? { ...state, ...more } : state;
    },
  });
  const unclaimed = claimedAt.slice(0, 2);
  const dies: Run = () => Effect.die("was run");
  const ends = (claims: typeof issueClaims, run: Run, expected: readonly string[], answer: string, living?: string) =>
    play(
      run,
      1,
      ({ answers }) =>
        Effect.gen(function* () {
          expect(yield* types()).toEqual(expected);
          expect(answers).toEqual([answer]);
        }),
      living === undefined ? { claims } : { claims, livingClaimId: living },
    );

  test("work that is over is acked, and nothing is claimed or run", () =>
    ends(atFirst({ runnable: false }), dies, unclaimed, "ack"));

  test("a claim whose holder lives is left alone, and the item is nak'ed for 60 s", () =>
    ends(atFirst({ holder: other }), dies, unclaimed, "nak 60000", "other"));

  test("a claim whose holder does not live is claimed and run, also when a lease of an earlier claim is left", () =>
    ends(atFirst({ holder: other }), succeed, [...claimedAt, "RUN_SUCCEEDED"], "ack", "earlier"));

  test("an attempt with one claim less than it may have is claimed and run once more", () =>
    ends(atFirst({ holder: other, claims: 2, claimsMax: 3 }), succeed, [...claimedAt, "RUN_SUCCEEDED"], "ack"));

  test("an attempt that nobody holds is claimed and run, however many claims it had", () =>
    ends(atFirst({ claims: 3, claimsMax: 3 }), succeed, [...claimedAt, "RUN_SUCCEEDED"], "ack"));
});

test("an item of another kind of work becomes a dead letter, and nothing is claimed or run", () => {
  const ofReviews: typeof issueClaims = { ...issueClaims, isFor: (of): of is typeof item => of.role !== "dev" };
  return play(
    () => Effect.die("was run"),
    1,
    ({ answers }) =>
      Effect.gen(function* () {
        const letter = yield* Effect.flatMap(Bus, (bus) => bus.last("DLQ", "dlq.WORK.dev-e-dev-node-normal"));
        expect(letter?.payload).toEqual(new TextEncoder().encode(JSON.stringify(item)));
        expect(answers).toEqual(["term"]);
        expect(yield* types()).toEqual(claimedAt.slice(0, 2));
      }),
    { claims: ofReviews },
  );
});

test("an agent at work renews its lease every 5 s", () =>
  play(
    () => Effect.never,
    1,
    ({ leases }) =>
      Effect.gen(function* () {
        const first = [...leases];
        for (const _ of [1, 2]) {
          // The server deletes a lease that is not renewed.
          leases.clear();
          yield* TestClock.adjust(workingEveryMs);
          expect([...leases]).toEqual(first);
        }
        expect(first).toHaveLength(1);
      }),
  ));

test("an append under a claim that was lost fails with `ClaimLost` and stores nothing, before the loss is noticed", () => {
  const [lost, ended] = [Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<string>()];
  const late: Run = (held) =>
    Deferred.await(lost).pipe(
      Effect.andThen(succeed(held)),
      Effect.matchEffect({
        onSuccess: () => Deferred.succeed(ended, "appended"),
        onFailure: ({ _tag }) => Deferred.succeed(ended, _tag),
      }),
      Effect.asVoid,
    );
  return play(late, 1, () =>
    Effect.gen(function* () {
      yield* publish(draftOf("ISSUE_CANCELLED", 1, { reason: "closed" }));
      yield* Deferred.succeed(lost, undefined);
      expect(yield* Deferred.await(ended)).toBe("ClaimLost");
      expect(yield* types()).toEqual([...claimedAt, "ISSUE_CANCELLED"]);
    }),
  );
});
