import { randomUUID } from "node:crypto";
import { Clock, Effect, Ref, Result } from "effect";
import { choreography, type Says, type ServiceName } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import type { Claim } from "#contracts/issue-life.ts";
import { type AggregateRef, deliveriesMax, workConsumer, workingEveryMs } from "#contracts/subjects.ts";
import { type FailureClass, limits, priorities, type WorkItem } from "#contracts/work.ts";
import { append, load } from "./aggregate.ts";
import { Bus } from "./bus.ts";
import { answerDelivery, type HandlingError } from "./consume.ts";
import { type Delivery, fromPull } from "./delivery.ts";
import { Poison, Retryable } from "./errors.ts";
import { type Leases, openLeases } from "./lease.ts";
import { decodeWork } from "./put-work.ts";

/** The claim is somebody else's now, or the work was settled: stop at once, say nothing more. */
export interface ClaimLost {
  readonly _tag: "ClaimLost";
  readonly why: string;
}

/** What a holder may do. Every fact of the run goes through `say`, which refuses once the claim is lost. */
export interface Held<Name extends ServiceName> {
  readonly claim: Claim;
  readonly item: WorkItem;
  /** The stream sequence of the claim's fact. It grows with every claim of the aggregate (a fencing token). */
  readonly fencingToken: number;
  /** Appends facts if the claim is still held. `step` names what the run is at; each step is said once. */
  say(step: string, drafts: readonly Says<Name>[]): Effect.Effect<void, HandlingError | ClaimLost, Bus>;
  /** Fails when the claim is lost: call it before every effect that others can see. */
  check(): Effect.Effect<void, HandlingError | ClaimLost, Bus>;
  /** Tells that the work moves on; without it for `silenceMaxMs` the run is ended. */
  progress(): Effect.Effect<void>;
}

/** What a kind of work looks like in its aggregate's history. */
export interface Workable {
  readonly runnable: boolean;
  readonly holder: Claim | null;
  readonly epoch: number;
  /** Claims of this attempt so far. */
  readonly claims: number;
}

/** How an agent takes its work. */
export interface Taking<Name extends ServiceName, R> {
  readonly agentId: string;
  on(item: WorkItem): AggregateRef;
  look(item: WorkItem, history: readonly Fact[]): Workable;
  /** The fact that is the claim. */
  assigned(item: WorkItem, claim: Claim): Says<Name>;
  /** What is said when the run is over without the work: silent claims, silence, or a fault outside that lasts. */
  failed(item: WorkItem, claim: Claim, failure: FailureClass, reason: string): readonly Says<Name>[];
  /** What is said when the work is given back for now. */
  released(item: WorkItem, claim: Claim, reason: string): readonly Says<Name>[];
  /** Does the work and says its end. The item is acked when this returns, and when the claim is lost because the work is over. */
  perform(held: Held<Name>): Effect.Effect<void, HandlingError | ClaimLost, R | Bus>;
}

/** 30 min (domain rule: a silent agent). */
const silenceMaxMs = 30 * 60_000;

/**
 * Takes work for ever, one item at a time: higher priorities first. Safety comes from EVENTS, liveness from WORK and the
 * lease (docs/architecture.md, the claim).
 */
export function takeWork<Name extends ServiceName, R>(
  service: Name,
  taking: Taking<Name, R>,
): Effect.Effect<never, Retryable, R | Bus> {
  return Effect.scoped(
    Effect.gen(function* () {
      const bus = yield* Bus;
      const leases = yield* openLeases();
      const instanceId = randomUUID();
      const claims = choreography[service].claims;
      const wake = yield* wakeOn(claims.map(({ role, stack }) => `work.${role}.${stack}.>`));
      for (let looks = 0; ; looks += 1) {
        const delivery = yield* pullNext(service, bus);
        if (delivery === null && looks < looksMax) yield* Effect.sleep("20 millis");
        else if (delivery === null) looks = (yield* Effect.promise(wake)) - 1;
        else yield* answerDelivery(delivery, (taken) => takeOne(service, taking, leases, instanceId, taken));
      }
    }),
  );
}

/** `noMux`, because the answer bears the item's own subject, by which the client's shared inbox cannot find the request. */
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

/** Resolves with 0 when work is put, or after 5 s, since items that come back after a nak are not announced. */
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

const takeOne = Effect.fn("takeOne")(function* <Name extends ServiceName, R>(
  service: Name,
  taking: Taking<Name, R>,
  leases: Leases,
  instanceId: string,
  delivery: Delivery,
) {
  const decoded = decodeWork(delivery.payload);
  if (Result.isFailure(decoded)) return yield* new Poison({ what: decoded.failure });
  const item = decoded.success;
  const on = taking.on(item);
  const living = yield* leases.holder(on);
  const claimId = randomUUID();
  const cause = { id: claimId, correlationId: item.correlationId, traceparent: item.traceparent };
  let seen: Workable | null = null;
  const appended = yield* append({ service, cause, step: "claim" }, on, (history) => {
    seen = taking.look(item, history);
    if (!seen.runnable || (seen.holder !== null && seen.holder.claimId === living)) return [];
    if (seen.holder !== null && seen.claims >= limits.claimsPerAttemptMax) {
      return taking.failed(item, seen.holder, "crashed", `${seen.claims} claims ended without a word`);
    }
    const { agentId } = taking;
    return [taking.assigned(item, { claimId, epoch: seen.epoch + 1, agentId, instanceId, attempt: item.attempt })];
  });
  const claim = claimIn(appended.facts, claimId);
  if (claim === null) return yield* notMine(seen, living);
  const { held, quietSince } = yield* hold({ service, taking, on, item, claim, fencingToken: appended.sequence });
  // A hint only: a blip of the bus here must not lose the claim.
  yield* leases.renew(on, claimId).pipe(Effect.ignore);
  yield* Effect.logInfo(`claimed, epoch ${claim.epoch}`).pipe(
    Effect.annotateLogs({ correlationId: item.correlationId, claimId }),
  );
  yield* Effect.raceFirst(taking.perform(held), keepAlive(leases, on, held, quietSince)).pipe(
    Effect.catchTag("Silent", () => end(taking, held, "timeout", `silent for ${silenceMaxMs / 60_000} minutes`)),
    Effect.catchTag("Retryable", (error) => giveBack(taking, held, delivery, error)),
    Effect.onInterrupt(() => handBack(taking, held, delivery)),
    Effect.ensuring(leases.release(on, claimId).pipe(Effect.ignore)),
    Effect.catchTag("ClaimLost", (lost) => letGo(taking, on, item, lost)),
    Effect.annotateLogs({ correlationId: item.correlationId, claimId }),
  );
});

/** Ends the run without the work. Work of which nothing can be said in its history goes to the dead letters. */
function end<Name extends ServiceName, R>(
  taking: Taking<Name, R>,
  held: Held<Name>,
  failure: FailureClass,
  reason: string,
): Effect.Effect<void, HandlingError | ClaimLost, Bus> {
  const drafts = taking.failed(held.item, held.claim, failure, reason);
  return drafts.length === 0 ? Effect.fail(new Poison({ what: reason })) : held.say("end", drafts);
}

/** Something outside failed: the claim is given back and the item comes again, until its deliveries are used up. */
function giveBack<Name extends ServiceName, R>(
  taking: Taking<Name, R>,
  held: Held<Name>,
  delivery: Delivery,
  error: Retryable,
): Effect.Effect<void, HandlingError | ClaimLost, Bus> {
  if (delivery.deliveryCount >= deliveriesMax - 1) return end(taking, held, "internal", error.message);
  return held
    .say("release", taking.released(held.item, held.claim, error.message))
    .pipe(Effect.andThen(Effect.fail(error)));
}

/** The service is asked to stop: it says so, because a deployment is no crash, and the next agent has the item at once. */
function handBack<Name extends ServiceName, R>(
  taking: Taking<Name, R>,
  held: Held<Name>,
  delivery: Delivery,
): Effect.Effect<void, never, Bus> {
  return held
    .say("stop", taking.released(held.item, held.claim, "the service was stopped"))
    .pipe(Effect.andThen(Effect.sync(() => delivery.nak(0))), Effect.ignore);
}

/** The claim is lost. While another one is at the work its item stays: an ack would take it from under that holder, who may vanish. */
const letGo = Effect.fnUntraced(function* <Name extends ServiceName, R>(
  taking: Taking<Name, R>,
  on: AggregateRef,
  item: WorkItem,
  lost: ClaimLost,
) {
  yield* Effect.logWarning("claim lost", lost.why);
  const { runnable } = taking.look(item, (yield* load(on)).facts);
  if (runnable) return yield* new Retryable({ what: `claim lost ${lost.why}`, delayMs: livingRetryMs });
});

function claimIn(facts: readonly Fact[], claimId: string): Claim | null {
  for (const fact of facts) {
    if (fact.type !== "ISSUE_ASSIGNED" && fact.type !== "REVIEW_ASSIGNED") continue;
    if (fact.data.claimId === claimId) return fact.data;
  }
  return null;
}

/** 60 s: with `deliveriesMax` of them a second delivery outlasts a run of an hour; it exists only if the ack wait ran out by accident. */
const livingRetryMs = 60_000;

/** Not claimed: the work is over (ack), or a living holder has it (later). */
function notMine(seen: Workable | null, living: string | null): Effect.Effect<void, Retryable> {
  if (seen === null || !seen.runnable || seen.holder === null || seen.holder.claimId !== living) return Effect.void;
  return Effect.fail(new Retryable({ what: `${seen.holder.agentId} holds it and lives`, delayMs: livingRetryMs }));
}

const hold = Effect.fnUntraced(function* <Name extends ServiceName, R>(of: {
  service: Name;
  taking: Taking<Name, R>;
  on: AggregateRef;
  item: WorkItem;
  claim: Claim;
  fencingToken: number;
}) {
  const { service, taking, on, item, claim } = of;
  const quietSince = yield* Ref.make(yield* Clock.currentTimeMillis);
  const cause = { id: claim.claimId, correlationId: item.correlationId, traceparent: item.traceparent };
  const holds = (history: readonly Fact[]) => taking.look(item, history).holder?.claimId === claim.claimId;
  const say = Effect.fn("say")(function* (step: string, drafts: readonly Says<Name>[]) {
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
  const held: Held<Name> = { claim, item, fencingToken: of.fencingToken, say, check, progress };
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
    if (silentMs > silenceMaxMs) return yield* Effect.fail({ _tag: "Silent" } as const);
    // A bus that is away for a moment is no reason to stop: the facts decide, and the lease is a hint.
    yield* held.check().pipe(Effect.catchTag(["Retryable", "Poison"], () => Effect.void));
    yield* leases.renew(on, held.claim.claimId).pipe(Effect.ignore);
  }
});
