import { randomUUID } from "node:crypto";
import { Clock, Effect, Ref, Result } from "effect";
import { choreography, type Publishes, type ServiceName } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import type { Claim } from "#contracts/issue-life.ts";
import { type AggregateRef, workConsumer } from "#contracts/subjects.ts";
import { deliveriesMax, workingEveryMs } from "#contracts/waits.ts";
import { type FailureClass, limits, priorities, type WorkItem } from "#contracts/work.ts";
import { append, load } from "./aggregate.ts";
import { Bus } from "./bus.ts";
import { type BusMessage, fromPull } from "./bus-message.ts";
import { answerMessage, type HandlingError } from "./consume.ts";
import { decodeWork } from "./enqueue.ts";
import { Poison, Retryable } from "./errors.ts";
import { type Leases, openLeases } from "./lease.ts";

/**
 * Another claim holds the work, or the work was settled while this one ran: the run stops and appends nothing more. Kind: retryable.
 * What to do: nothing. If it happens often, the lease or the ack wait is too short for the machine (contracts/waits.ts).
 */
export interface ClaimLost {
  readonly _tag: "ClaimLost";
  readonly why: string;
}

/** A run made no progress for 30 minutes and ends as failed. Kind: business no. What to do: nothing; look at the model's service if it happens often. */
interface Silent {
  readonly _tag: "Silent";
}

/** What a holder may do. Every fact of the run goes through `append`, which refuses once the claim is lost. */
export interface Held<Name extends ServiceName> {
  readonly claim: Claim;
  readonly item: WorkItem;
  /** The stream sequence of the claim's fact. It grows with every claim of the aggregate (a fencing token). */
  readonly fencingToken: number;
  /** Appends facts of this run if the claim is still held, else fails with `ClaimLost`. `step` is the idempotency key: a second call with the same step appends nothing. */
  append(step: string, drafts: readonly Publishes<Name>[]): Effect.Effect<void, HandlingError | ClaimLost, Bus>;
  /** Fails when the claim is lost: call it before every effect that others can see. */
  check(): Effect.Effect<void, HandlingError | ClaimLost, Bus>;
  /** Records that the run made progress; after `silenceMaxMs` without it the run is ended. */
  progress(): Effect.Effect<void>;
}

/** What a kind of work looks like in its aggregate's history. */
export interface ClaimState {
  readonly runnable: boolean;
  readonly holder: Claim | null;
  readonly epoch: number;
  /** Claims of this attempt so far. */
  readonly claims: number;
}

/** How an agent claims its work. */
export interface Claiming<Name extends ServiceName, R> {
  readonly agentId: string;
  on(item: WorkItem): AggregateRef;
  stateOf(item: WorkItem, history: readonly Fact[]): ClaimState;
  /** The fact that is the claim. */
  assigned(item: WorkItem, claim: Claim): Publishes<Name>;
  /** Facts appended when the kit ends the run: `crashed` (too many silent claims), `timeout` (no progress for 30 min), `internal` (deliveries used up). */
  failed(item: WorkItem, claim: Claim, failure: FailureClass, reason: string): readonly Publishes<Name>[];
  /** Facts appended when the claim is released before the work is done. */
  released(item: WorkItem, claim: Claim, reason: string): readonly Publishes<Name>[];
  /** Does the work and appends its end. The item is acked when this returns, and when the claim is lost because the work is over. */
  run(held: Held<Name>): Effect.Effect<void, HandlingError | ClaimLost, R | Bus>;
}

/** 30 min (domain rule: a silent agent). */
const silenceMaxMs = 30 * 60_000;

/**
 * Claims work for ever, one item at a time, higher priorities first. EVENTS makes claims safe; WORK and the lease make sure that
 * somebody claims (docs/architecture.md, the claim).
 */
export function claimWork<Name extends ServiceName, R>(
  service: Name,
  claiming: Claiming<Name, R>,
): Effect.Effect<never, Retryable, R | Bus> {
  return Effect.scoped(
    Effect.gen(function* () {
      const bus = yield* Bus;
      const leases = yield* openLeases();
      const instanceId = randomUUID();
      const claims = choreography[service].claims;
      const wake = yield* wakeOn(claims.map(({ role, stack }) => `work.${role}.${stack}.>`));
      for (let looks = 0; ; looks += 1) {
        const message = yield* pullNext(service, bus);
        if (message === null && looks < looksMax) yield* Effect.sleep("20 millis");
        else if (message === null) looks = (yield* Effect.promise(wake)) - 1;
        else yield* answerMessage(message, (taken) => claimOne(service, claiming, leases, instanceId, taken));
      }
    }),
  );
}

/** `noMux`: JetStream delivers the item on its original subject, so the client's shared inbox could not match it to this request. */
const pullOne = JSON.stringify({ batch: 1, no_wait: true });
/** An announcement can be ahead of the item that it announces (1 of 100 measured): look again for 100 ms. */
const looksMax = 5;

/** The next item over all priorities, or null. The pull does not wait, so that a high item never waits behind a low pull. */
const pullNext = Effect.fnUntraced(function* (service: ServiceName, bus: Bus["Service"]) {
  for (const takes of choreography[service].claims) {
    for (const priority of priorities) {
      const subject = `$JS.API.CONSUMER.MSG.NEXT.WORK.${workConsumer(service, { ...takes, priority })}`;
      const answer = yield* Effect.tryPromise({
        try: () => bus.connection.request(subject, pullOne, { timeout: 5_000, noMux: true }),
        catch: (cause) => new Retryable({ what: `pull ${subject}`, cause }),
      });
      if ((answer.headers?.code ?? 0) < 400 && answer.reply) return fromPull(bus.connection, answer);
    }
  }
  return null;
});

/** Waits until a work item is published on one of the subjects, at most 5 s: JetStream does not announce redeliveries. */
const wakeOn = Effect.fnUntraced(function* (subjects: readonly string[]) {
  const bus = yield* Bus;
  let rung = false;
  let ring = () => {};
  for (const subject of subjects) {
    yield* Effect.acquireRelease(
      Effect.sync(() =>
        bus.connection.subscribe(subject, {
          callback: () => {
            rung = true;
            ring();
          },
        }),
      ),
      (subscription) => Effect.sync(() => subscription.unsubscribe()),
    );
  }
  return () =>
    new Promise<0>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        rung = false;
        resolve(0);
      };
      const timer = setTimeout(done, 5_000);
      ring = done;
      if (rung) done();
    });
});

const claimOne = Effect.fn("claimOne")(function* <Name extends ServiceName, R>(
  service: Name,
  claiming: Claiming<Name, R>,
  leases: Leases,
  instanceId: string,
  message: BusMessage,
) {
  const decoded = decodeWork(message.payload);
  if (Result.isFailure(decoded)) return yield* new Poison({ what: decoded.failure });
  const item = decoded.success;
  const on = claiming.on(item);
  const living = yield* leases.holder(on);
  const claimId = randomUUID();
  const cause = { id: claimId, correlationId: item.correlationId, traceparent: item.traceparent };
  let seen: ClaimState | null = null;
  const appended = yield* append({ service, cause, step: "claim" }, on, (history) => {
    seen = claiming.stateOf(item, history);
    if (!seen.runnable || (seen.holder !== null && seen.holder.claimId === living)) return [];
    if (seen.holder !== null && seen.claims >= limits.claimsPerAttemptMax) {
      return claiming.failed(item, seen.holder, "crashed", `${seen.claims} claims ended without a result`);
    }
    const { agentId } = claiming;
    return [claiming.assigned(item, { claimId, epoch: seen.epoch + 1, agentId, instanceId, attempt: item.attempt })];
  });
  const claim = claimIn(appended.facts, claimId);
  if (claim === null) return yield* notMine(seen, living);
  const { held, quietSince } = yield* hold({ service, claiming, on, item, claim, fencingToken: appended.sequence });
  // A hint only: a blip of the bus here must not lose the claim.
  yield* leases.renew(on, claimId).pipe(Effect.ignore);
  yield* Effect.logInfo(`claimed, epoch ${claim.epoch}`).pipe(
    Effect.annotateLogs({ correlationId: item.correlationId, claimId }),
  );
  yield* Effect.raceFirst(claiming.run(held), keepAlive(leases, on, held, quietSince)).pipe(
    Effect.catchTag("Silent", () => end(claiming, held, "timeout", `silent for ${silenceMaxMs / 60_000} minutes`)),
    Effect.catchTag("Retryable", (error) => releaseAfterFault(claiming, held, message, error)),
    Effect.onInterrupt(() => releaseOnShutdown(claiming, held, message)),
    Effect.ensuring(leases.release(on, claimId).pipe(Effect.ignore)),
    Effect.catchTag("ClaimLost", (lost) => leaveToNewHolder(claiming, on, item, lost)),
    Effect.annotateLogs({ correlationId: item.correlationId, claimId }),
  );
});

/** Ends the run as failed. Work for which `failed` has no fact becomes a dead letter. */
function end<Name extends ServiceName, R>(
  claiming: Claiming<Name, R>,
  held: Held<Name>,
  failure: FailureClass,
  reason: string,
): Effect.Effect<void, HandlingError | ClaimLost, Bus> {
  const drafts = claiming.failed(held.item, held.claim, failure, reason);
  return drafts.length === 0 ? Effect.fail(new Poison({ what: reason })) : held.append("end", drafts);
}

/** Something outside failed: the claim is released and the item redelivered, until its deliveries are used up. */
function releaseAfterFault<Name extends ServiceName, R>(
  claiming: Claiming<Name, R>,
  held: Held<Name>,
  message: BusMessage,
  error: Retryable,
): Effect.Effect<void, HandlingError | ClaimLost, Bus> {
  if (message.deliveryCount >= deliveriesMax - 1) return end(claiming, held, "internal", error.message);
  return held
    .append("release", claiming.released(held.item, held.claim, error.message))
    .pipe(Effect.andThen(Effect.fail(error)));
}

/** The service is asked to stop: the claim is released, so that a deployment does not count as a crash and the next agent gets the item at once. */
function releaseOnShutdown<Name extends ServiceName, R>(
  claiming: Claiming<Name, R>,
  held: Held<Name>,
  message: BusMessage,
): Effect.Effect<void, never, Bus> {
  return held
    .append("stop", claiming.released(held.item, held.claim, "the service was stopped"))
    .pipe(Effect.andThen(Effect.sync(() => message.nak(0))), Effect.ignore);
}

/** The claim is lost. While the attempt is open the item is nak'ed, not acked: if the new holder dies, only a redelivery of this item starts the next claim. */
const leaveToNewHolder = Effect.fnUntraced(function* <Name extends ServiceName, R>(
  claiming: Claiming<Name, R>,
  on: AggregateRef,
  item: WorkItem,
  lost: ClaimLost,
) {
  yield* Effect.logWarning("claim lost", lost.why);
  const { runnable } = claiming.stateOf(item, (yield* load(on)).facts);
  if (runnable) return yield* new Retryable({ what: `claim lost ${lost.why}`, delayMs: livingRetryMs });
});

function claimIn(facts: readonly Fact[], claimId: string): Claim | null {
  for (const fact of facts) {
    if (fact.type !== "ISSUE_ASSIGNED" && fact.type !== "REVIEW_ASSIGNED") continue;
    if (fact.data.claimId === claimId) return fact.data;
  }
  return null;
}

/** 60 s: with `deliveriesMax` of them a second message outlasts a run of an hour; it exists only if the ack wait ran out by accident. */
const livingRetryMs = 60_000;

/** Not claimed: the work is over (ack), or a living holder has it (nak with a delay). */
function notMine(seen: ClaimState | null, living: string | null): Effect.Effect<void, Retryable> {
  if (seen === null || !seen.runnable || seen.holder === null || seen.holder.claimId !== living) return Effect.void;
  return Effect.fail(new Retryable({ what: `${seen.holder.agentId} holds it and lives`, delayMs: livingRetryMs }));
}

const hold = Effect.fnUntraced(function* <Name extends ServiceName, R>(of: {
  service: Name;
  claiming: Claiming<Name, R>;
  on: AggregateRef;
  item: WorkItem;
  claim: Claim;
  fencingToken: number;
}) {
  const { service, claiming, on, item, claim } = of;
  const quietSince = yield* Ref.make(yield* Clock.currentTimeMillis);
  const cause = { id: claim.claimId, correlationId: item.correlationId, traceparent: item.traceparent };
  const holds = (history: readonly Fact[]) => claiming.stateOf(item, history).holder?.claimId === claim.claimId;
  const appendHeld = Effect.fn("append")(function* (step: string, drafts: readonly Publishes<Name>[]) {
    const appended = yield* append({ service, cause, step }, on, (history) => (holds(history) ? drafts : []));
    if (drafts.length > 0 && appended.facts.length === 0) {
      return yield* Effect.fail<ClaimLost>({ _tag: "ClaimLost", why: `at ${step}` });
    }
  });
  const check = Effect.fn("check")(function* () {
    let lost = true;
    const appended = yield* append({ service, cause, step: "check" }, on, (history) => {
      lost = !holds(history);
      return [];
    });
    if (lost) return yield* Effect.fail<ClaimLost>({ _tag: "ClaimLost", why: `after ${appended.before.lastSequence}` });
  });
  const progress = () => Effect.flatMap(Clock.currentTimeMillis, (now) => Ref.set(quietSince, now));
  const held: Held<Name> = { claim, item, fencingToken: of.fencingToken, append: appendHeld, check, progress };
  return { held, quietSince };
});

/** Renews the lease until the claim is lost, which ends the run wherever it is, or until the work is silent for too long. */
const keepAlive = Effect.fnUntraced(function* <Name extends ServiceName>(
  leases: Leases,
  on: AggregateRef,
  held: Held<Name>,
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
