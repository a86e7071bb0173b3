import { randomUUID } from "node:crypto";
import { Clock, Effect, Ref, Result } from "effect";
import type { RefOf } from "#contracts/aggregates.ts";
import { type Publishes, rowOf, type ServiceName } from "#contracts/choreography.ts";
import type { ClaimKind, ClaimState, ItemOf } from "#contracts/claims.ts";
import type { DraftOf, FactOf } from "#contracts/envelope.ts";
import type { Claim } from "#contracts/events/agent.ts";
import { because, type Why } from "#contracts/text.ts";
import { deliveriesMax, workingEveryMs } from "#contracts/waits.ts";
import type { FailureClass } from "#contracts/work.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { BusMessage } from "#kit/bus/bus-message.ts";
import { answerMessage, type HandlingError } from "#kit/consume/consume.ts";
import { describe, Poison, Retryable } from "#kit/errors.ts";
import { append, load, publishFacts } from "#kit/facts/aggregate.ts";
import type { Cause } from "#kit/facts/stamp.ts";
import type { Usage } from "#kit/model/model.ts";
import { decodeWork } from "./enqueue.ts";
import { type Leases, openLeases } from "./lease.ts";
import { openWork } from "./pull-work.ts";

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
interface Silent {
  readonly _tag: "Silent";
}

/** A claim that is held, and what its holder may do with it. */
export interface Held<Kind extends "issue" | "pr", Draft extends DraftOf<Kind>> {
  readonly claim: Claim;
  readonly item: ItemOf[Kind];
  /**
   * Appends facts of this run if the claim is still held, else fails with `ClaimLost`. `step` is the idempotency key: a second call with
   * the same step appends nothing.
   */
  append(step: string, drafts: readonly Draft[]): Effect.Effect<void, HandlingError | ClaimLost, Bus>;
  /** Fails with `ClaimLost` when the claim is lost: call it before every effect that others can see. */
  check(): Effect.Effect<void, HandlingError | ClaimLost, Bus>;
  /** Records that the work moves on; without it for 30 min the run is ended as `timeout`. */
  progress(): Effect.Effect<void>;
  /** Publishes TOKEN_USAGE of one answered model request, even when the claim is lost, because the tokens are billed. */
  countTokens(usage: Usage): Effect.Effect<void, HandlingError, Bus>;
}

/** An agent: the kind of claims that it holds, and its work. `Draft` is the type of the facts that it may append to what it claims. */
export interface Agent<Kind extends "issue" | "pr", Draft extends DraftOf<Kind>, R> {
  readonly claims: ClaimKind<Kind, Draft>;
  /** Does the work and appends its end. The item is acked when this returns, and when the claim is lost because the work is over. */
  run(held: Held<Kind, Draft>): Effect.Effect<void, HandlingError | ClaimLost, R | Bus>;
}

/** 30 min (domain rule: a silent agent). */
const silenceMaxMs = 30 * 60_000;
/** 60 s, times 60 deliveries, is an hour: an item that was delivered twice by accident is not used up while its holder works. */
const livingRetryMs = 60_000;

/**
 * Claims and does work for ever, one item at a time. EVENTS lets only one agent hold a claim; WORK and the lease make sure that somebody does
 * (docs/architecture.md, the claim).
 */
export function claimWork<
  Name extends ServiceName,
  Kind extends "issue" | "pr",
  Draft extends DraftOf<Kind> & Publishes<Name>,
  R,
>(service: Name, agent: Agent<Kind, Draft, R>): Effect.Effect<never, Retryable, R | Bus> {
  return Effect.scoped(
    Effect.gen(function* () {
      const leases = yield* openLeases();
      const next = yield* openWork(service, rowOf(service).claims);
      const instanceId = randomUUID();
      for (;;) {
        const message = yield* next;
        yield* answerMessage(message, claimOne({ service, agent, leases, instanceId }, message));
      }
    }),
  );
}

interface Claimant<Kind extends "issue" | "pr", Draft extends DraftOf<Kind>, R> {
  readonly service: ServiceName;
  readonly agent: Agent<Kind, Draft, R>;
  readonly leases: Leases;
  readonly instanceId: string;
}

const claimOne = Effect.fn("claimOne")(function* <Kind extends "issue" | "pr", Draft extends DraftOf<Kind>, R>(
  claimant: Claimant<Kind, Draft, R>,
  message: BusMessage,
) {
  const decoded = decodeWork(message.payload);
  if (Result.isFailure(decoded)) return yield* new Poison({ what: decoded.failure });
  const item = decoded.success;
  const { service, agent, leases, instanceId } = claimant;
  if (!agent.claims.isFor(item)) return yield* new Poison({ what: `${service} claims no ${item.role} work` });
  const on = agent.claims.on(item);
  const livingClaimId = yield* leases.holder(on);
  const claimId = randomUUID();
  const cause = { id: claimId, correlationId: item.correlationId, traceparent: item.traceparent };
  const mine = { claimId, agentId: service, instanceId, attempt: item.attempt };
  const { decision } = yield* append({ service, cause, step: "claim" }, on, (history) =>
    decideClaim(agent.claims, item, agent.claims.stateOf(item, history), { ...mine, livingClaimId }),
  );
  if (decision.livingHolder !== null) {
    return yield* new Retryable({
      what: `${decision.livingHolder.agentId} holds it and lives`,
      delayMs: livingRetryMs,
    });
  }
  // Not claimed, and no living agent holds it: the work is over, and the item is acked.
  if (decision.claim === null) return;
  const { held, quietSince } = yield* hold(claimant, on, { item, claim: decision.claim, cause });
  yield* runHeld(claimant, on, message, held, quietSince).pipe(
    Effect.annotateLogs({ correlationId: item.correlationId, claimId }),
  );
});

interface ClaimDecision<Draft> {
  readonly facts: readonly Draft[];
  readonly claim: Claim | null;
  readonly livingHolder: Claim | null;
}

/** Claims, unless the work is over or somebody who lives holds it; too many claims without a result end the attempt instead. */
function decideClaim<Kind extends "issue" | "pr", Draft extends DraftOf<Kind>>(
  kind: ClaimKind<Kind, Draft>,
  item: ItemOf[Kind],
  { runnable, holder, epoch, claims, claimsMax }: ClaimState,
  of: Omit<Claim, "epoch"> & { readonly livingClaimId: string | null },
): ClaimDecision<Draft> {
  const { livingClaimId, ...mine } = of;
  const none = { facts: [], claim: null, livingHolder: null };
  if (!runnable) return none;
  if (holder !== null && holder.claimId === livingClaimId) return { ...none, livingHolder: holder };
  if (holder !== null && claims >= claimsMax) {
    return {
      ...none,
      facts: [kind.failed(item, holder, "crashed", because(`${claims} claims ended without a result`))],
    };
  }
  const claim = { ...mine, epoch: epoch + 1 };
  return { facts: [kind.claimed(item, claim)], claim, livingHolder: null };
}

const hold = Effect.fnUntraced(function* <Kind extends "issue" | "pr", Draft extends DraftOf<Kind>, R>(
  { service, agent: { claims } }: Claimant<Kind, Draft, R>,
  on: RefOf<Kind>,
  { item, claim, cause }: { readonly item: ItemOf[Kind]; readonly claim: Claim; readonly cause: Cause },
) {
  const quietSince = yield* Ref.make(yield* Clock.currentTimeMillis);
  const holds = (history: readonly FactOf<Kind>[]) => claims.stateOf(item, history).holder?.claimId === claim.claimId;
  const held: Held<Kind, Draft> = {
    claim,
    item,
    append: Effect.fn("append")(function* (step, drafts) {
      const { facts } = yield* append({ service, cause, step }, on, (history) => ({
        facts: holds(history) ? drafts : [],
      }));
      if (drafts.length > 0 && facts.length === 0) return yield* claimLost(`at ${step}`);
    }),
    check: Effect.fn("check")(function* () {
      const { facts, lastSequence } = yield* load(on);
      if (!holds(facts)) return yield* claimLost(`after ${lastSequence}`);
    }),
    progress: () => Effect.flatMap(Clock.currentTimeMillis, (now) => Ref.set(quietSince, now)),
    countTokens: (usage) => {
      const place = { owner: item.owner, repo: item.repo, number: item.issueNumber };
      const data = { claimId: claim.claimId, ...usage };
      return publishFacts({ service, cause, step: `usage ${usage.requestId}` }, [
        { type: "TOKEN_USAGE", on: { kind: "ops", ...place }, agentId: claim.agentId, data },
      ]);
    },
  };
  return { held, quietSince };
});

function claimLost(why: string): Effect.Effect<never, ClaimLost> {
  return Effect.fail({ _tag: "ClaimLost", why });
}

const runHeld = Effect.fnUntraced(function* <Kind extends "issue" | "pr", Draft extends DraftOf<Kind>, R>(
  { agent, leases }: Claimant<Kind, Draft, R>,
  on: RefOf<Kind>,
  message: BusMessage,
  held: Held<Kind, Draft>,
  quietSince: Ref.Ref<number>,
) {
  const { claimId, epoch } = held.claim;
  // A hint only: a blip of the bus here must not lose the claim.
  yield* leases.renew(on, claimId).pipe(Effect.ignore);
  yield* Effect.logInfo(`claimed, epoch ${epoch}`);
  yield* Effect.raceFirst(agent.run(held), keepAlive(leases, on, held, quietSince)).pipe(
    Effect.catchTag("Silent", () =>
      endAsFailed(agent, held, "timeout", because(`silent for ${silenceMaxMs / 60_000} minutes`)),
    ),
    Effect.catchTag("Retryable", (error) => releaseAfterFault(agent, held, message, error)),
    Effect.onInterrupt(() => releaseOnShutdown(agent, held)),
    Effect.ensuring(leases.release(on, claimId).pipe(Effect.ignore)),
    Effect.catchTag("ClaimLost", (lost) => leaveToNewHolder(agent, on, held.item, lost)),
  );
});

/** Ends the run without a result. */
function endAsFailed<Kind extends "issue" | "pr", Draft extends DraftOf<Kind>, R>(
  { claims }: Agent<Kind, Draft, R>,
  held: Held<Kind, Draft>,
  failure: FailureClass,
  why: Why,
) {
  return held.append("end", [claims.failed(held.item, held.claim, failure, why)]);
}

/** Something outside failed: the claim is released and the item is redelivered, until its deliveries are used up. */
function releaseAfterFault<Kind extends "issue" | "pr", Draft extends DraftOf<Kind>, R>(
  agent: Agent<Kind, Draft, R>,
  held: Held<Kind, Draft>,
  message: BusMessage,
  error: Retryable,
) {
  const why = because(error.what, error.cause === undefined ? null : describe(error.cause));
  if (message.deliveryCount >= deliveriesMax - 1) return endAsFailed(agent, held, "internal", why);
  return held
    .append("release", agent.claims.released(held.item, held.claim, why))
    .pipe(Effect.andThen(Effect.fail(error)));
}

/** The service is asked to stop: the claim is released, because a deployment is no crash, before the item is nak'ed. */
function releaseOnShutdown<Kind extends "issue" | "pr", Draft extends DraftOf<Kind>, R>(
  { claims }: Agent<Kind, Draft, R>,
  held: Held<Kind, Draft>,
) {
  return held
    .append("stop", claims.released(held.item, held.claim, because("the service was stopped")))
    .pipe(Effect.ignore);
}

/**
 * The claim is lost. While the attempt is open the item is nak'ed, not acked: if its new holder dies, only a redelivery of this item
 * starts the next claim.
 */
const leaveToNewHolder = Effect.fnUntraced(function* <Kind extends "issue" | "pr", Draft extends DraftOf<Kind>, R>(
  { claims }: Agent<Kind, Draft, R>,
  on: RefOf<Kind>,
  item: ItemOf[Kind],
  lost: ClaimLost,
) {
  yield* Effect.logWarning("claim lost", lost.why);
  const { runnable } = claims.stateOf(item, (yield* load(on)).facts);
  if (runnable) return yield* new Retryable({ what: `claim lost ${lost.why}`, delayMs: livingRetryMs });
});

/** Renews the lease until the claim is lost, which ends the run wherever it is, or until the work is silent for too long. */
const keepAlive = Effect.fnUntraced(function* <Kind extends "issue" | "pr", Draft extends DraftOf<Kind>>(
  leases: Leases,
  on: RefOf<Kind>,
  held: Held<Kind, Draft>,
  quietSince: Ref.Ref<number>,
) {
  for (;;) {
    yield* Effect.sleep(`${workingEveryMs} millis`);
    const silentMs = (yield* Clock.currentTimeMillis) - (yield* Ref.get(quietSince));
    if (silentMs > silenceMaxMs) return yield* Effect.fail<Silent>({ _tag: "Silent" });
    // A bus that is away for a moment is no reason to stop: the facts decide, and the lease is a hint.
    yield* held.check().pipe(Effect.catchTag(["Retryable", "Poison"], () => Effect.void));
    yield* leases.renew(on, held.claim.claimId).pipe(Effect.ignore);
  }
});
