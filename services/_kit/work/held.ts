import { Clock, Effect, Ref } from "effect";
import type { Publishes, ServiceName } from "#contracts/choreography.ts";
import type { ClaimedKind, ClaimKind, ItemOf } from "#contracts/claims.ts";
import type { DraftOf, FactOf } from "#contracts/envelope.ts";
import type { Claim } from "#contracts/events/agent.ts";
import type { Usage } from "#contracts/events/cost.ts";
import type { Why } from "#contracts/reason.ts";
import type { CountingRow } from "#contracts/row-types.ts";
import { workingEveryMs } from "#contracts/waits.ts";
import type { FailureClass } from "#contracts/work.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import type { Bus } from "#kit/bus/bus.ts";
import { append, type History, load, loadFromLeader, publishFacts } from "#kit/facts/aggregate.ts";
import type { Cause } from "#kit/facts/stamp.ts";
import type { Leases } from "./lease.ts";

/**
 * Another claim holds the work, or the work was settled while this one ran: the run stops at once and appends nothing more.
 * Kind: retryable.
 * What to do: nothing. If it happens often, the lease or the ack wait is too short for the machine (contracts/waits.ts).
 */
export interface ClaimLost {
  readonly _tag: "ClaimLost";
  readonly why: string;
}

/**
 * A run made no progress for 30 minutes and ends as failed.
 * Kind: business no.
 * What to do: nothing; look at the model's service if it happens often.
 */
export interface Silent {
  readonly _tag: "Silent";
}

/** An append under the claim, or a check of it: it fails with `ClaimLost` once the claim is lost. */
type Appending = Effect.Effect<void, HandlingError | ClaimLost, Bus>;

/** A held claim, and what the run of its holder may do with it. `Draft` is the type of the facts that it may append to what it claims. */
export interface Held<Kind extends ClaimedKind, Draft extends DraftOf<Kind> = DraftOf<Kind>> {
  readonly claim: Claim;
  readonly item: ItemOf[Kind];
  /**
   * Appends facts of this run if the claim is still held, else fails with `ClaimLost`. `step` is the idempotency key: a second call with
   * the same step appends nothing. The step of the facts that end a run is `end`.
   */
  readonly append: (step: string, drafts: readonly Draft[]) => Appending;
  /** Ends the run without a result: appends the fact that says so, under the step `end`. */
  fail(failure: FailureClass, why: Why): Appending;
  /** Fails with `ClaimLost` when the claim is lost, as the leader of the stream has it: call it before every effect that others can see. */
  check(): Appending;
  /** Records that the work moves on; without it for 30 min the run is ended as `timeout`. */
  progress(): Effect.Effect<void>;
  /** Publishes TOKEN_USAGE of one answered model request, even when the claim is lost, because the tokens are billed. */
  countTokens(usage: Usage): Effect.Effect<void, HandlingError, Bus>;
}

/** What the kit does with a held claim, of whatever kind: it keeps it alive and ends it. */
export interface ClaimControl {
  readonly claim: Claim;
  fail(failure: FailureClass, why: Why): Appending;
  /** Releases the claim, so that another agent may claim the work; `step` as in `append`. `counts`: see `Counts` in contracts/events/agent.ts. */
  release(step: string, counts: boolean, why: Why): Appending;
  /** Whether the model answered in this run: its tokens are billed. */
  hasAnswer(): Effect.Effect<boolean>;
  /** Whether this is the last claim that may end without a result. */
  isLast(): Effect.Effect<boolean, HandlingError, Bus>;
  /** Whether the work is still to be done, whoever holds it. */
  isRunnable(): Effect.Effect<boolean, HandlingError, Bus>;
  /** Never succeeds. It fails when the claim is lost or the run is silent; the kit then interrupts the run. */
  keepAlive(): Effect.Effect<never, ClaimLost | Silent, Bus>;
  /** The lease of the claim. Both functions ignore errors: the lease is only a hint. */
  renewLease(): Effect.Effect<void>;
  releaseLease(): Effect.Effect<void>;
}

/** 30 min (domain rule: a silent agent). */
export const silenceMaxMs = 30 * 60_000;

/** Who holds a claim: the service, how its kind of claims is read, and where it keeps its lease. */
export interface Holder<Kind extends ClaimedKind, Name extends ServiceName & CountingRow> {
  readonly service: Name;
  readonly claims: ClaimKind<Kind, Publishes<Name, Kind>>;
  readonly leases: Leases;
}

/** What a claim was appended for: the work item, the claim, and the cause of all that its run appends. */
export interface Claimed<Kind extends ClaimedKind> {
  readonly item: ItemOf[Kind];
  readonly claim: Claim;
  readonly cause: Cause;
}

/** Makes the operations of an appended claim: `held` for the agent, `control` for the kit. */
export const hold = Effect.fnUntraced(function* <Kind extends ClaimedKind, Name extends ServiceName & CountingRow>(
  { service, claims, leases }: Holder<Kind, Name>,
  { item, claim, cause }: Claimed<Kind>,
) {
  const on = claims.on(item);
  const quietSince = yield* Ref.make(yield* Clock.currentTimeMillis);
  const answered = yield* Ref.make(false);
  const holds = (history: readonly FactOf<Kind>[]) => {
    const { holder } = claims.stateOf(item, history);
    // Another agent can claim under an id that it read, but only with a later epoch.
    return holder?.claimId === claim.claimId && holder.epoch === claim.epoch;
  };
  const appendHeld = Effect.fn("appendHeld")(function* (step: string, drafts: readonly Publishes<Name, Kind>[]) {
    const decide = (history: readonly FactOf<Kind>[]) => ({ facts: holds(history) ? drafts : [] });
    const { facts } = yield* append({ service, cause, step }, on, decide);
    if (drafts.length > 0 && facts.length === 0) return yield* claimLost(`at ${step}`);
  });
  const known = yield* Ref.make<History<Kind>>({ facts: [], lastSequence: 0 });
  const check = Effect.fn("check")(function* () {
    const history = yield* loadFromLeader(on, yield* Ref.get(known));
    yield* Ref.set(known, history);
    if (!holds(history.facts)) return yield* claimLost(`after ${history.lastSequence}`);
  });
  const fail: ClaimControl["fail"] = (failure, why) => appendHeld("end", [claims.failed(item, claim, failure, why)]);
  const renewLease = () => leases.renew(on, claim.claimId).pipe(Effect.ignore);
  const held: Held<Kind, Publishes<Name, Kind>> = {
    claim,
    item,
    append: appendHeld,
    fail,
    check,
    progress: () => Effect.flatMap(Clock.currentTimeMillis, (now) => Ref.set(quietSince, now)),
    countTokens: (usage) =>
      Effect.andThen(Ref.set(answered, true), countTokens(service, { item, claim, cause }, usage)),
  };
  const control: ClaimControl = {
    claim,
    fail,
    release: (step, counts, why) => appendHeld(step, [claims.released(item, claim, counts, why)]),
    hasAnswer: () => Ref.get(answered),
    isLast: () =>
      Effect.map(load(on), ({ facts }) => {
        const state = claims.stateOf(item, facts);
        return state.claims >= state.claimsMax;
      }),
    isRunnable: () => Effect.map(load(on), ({ facts }) => claims.stateOf(item, facts).runnable),
    keepAlive: () => keepAlive(quietSince, check, renewLease),
    renewLease,
    releaseLease: () => leases.release(on, claim.claimId).pipe(Effect.ignore),
  };
  return { held, control };
});

function claimLost(why: string): Effect.Effect<never, ClaimLost> {
  return Effect.fail({ _tag: "ClaimLost", why });
}

/** Renews the lease every 5 s. It fails when the claim is lost or the run is silent; the kit then interrupts the run. */
const keepAlive = Effect.fnUntraced(function* (
  quietSince: Ref.Ref<number>,
  check: () => Appending,
  renewLease: () => Effect.Effect<void>,
) {
  for (;;) {
    yield* Effect.sleep(`${workingEveryMs} millis`);
    const silentMs = (yield* Clock.currentTimeMillis) - (yield* Ref.get(quietSince));
    if (silentMs > silenceMaxMs) return yield* Effect.fail<Silent>({ _tag: "Silent" });
    // A bus that is away for a moment is no reason to stop: the facts decide, and the lease is a hint.
    yield* check().pipe(Effect.catchTag(["Retryable", "NeedsUpdate", "Poison"], () => Effect.void));
    yield* renewLease();
  }
});

function countTokens(service: ServiceName & CountingRow, { item, claim, cause }: Claimed<ClaimedKind>, usage: Usage) {
  const on = { kind: "ops", owner: item.owner, repo: item.repo, number: item.issueNumber } as const;
  const data = { claimId: claim.claimId, ...usage };
  return publishFacts({ service, cause, step: `usage ${usage.requestId}` }, [
    { type: "TOKEN_USAGE", on, agentId: claim.agentId, data },
  ]);
}
