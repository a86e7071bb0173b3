import { randomUUID } from "node:crypto";
import { Effect, Result } from "effect";
import { type Publishes, rowOf, type ServiceName } from "#contracts/choreography.ts";
import type { ClaimedKind, ClaimKind, ClaimState, ItemOf } from "#contracts/claims.ts";
import type { DraftOf } from "#contracts/envelope.ts";
import type { Claim } from "#contracts/events/agent.ts";
import { because } from "#contracts/reason.ts";
import type { CountingRow } from "#contracts/row-types.ts";
import { deliveriesMax } from "#contracts/waits.ts";
import { answerMessage, type HandlingError } from "#kit/bus/answer-message.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { BusMessage } from "#kit/bus/bus-message.ts";
import { makeUpdateWaits } from "#kit/bus/update-waits.ts";
import { describe, type NeedsUpdate, Poison, Retryable } from "#kit/errors.ts";
import { append } from "#kit/facts/aggregate.ts";
import { decodeWork } from "./enqueue.ts";
import { type ClaimControl, type ClaimLost, type Held, type Holder, hold, type Silent, silenceMaxMs } from "./held.ts";
import { openLeases } from "./lease.ts";
import { openWork, type WorkOptions } from "./pull-work.ts";

/** The work of one claim. The run appends its own last fact. The item is acked when the run returns, or when the claim is lost and the work is over. */
type Run<Kind extends ClaimedKind, Draft extends DraftOf<Kind>, R> = (
  held: Held<Kind, Draft>,
) => Effect.Effect<void, HandlingError | ClaimLost, R | Bus>;

/** Retry after 60 s while another agent holds the claim: 60 deliveries then last an hour, longer than the holder needs. */
const livingRetryMs = 60_000;

/**
 * Claims and does work for ever, one item at a time. EVENTS lets only one agent hold a claim; WORK and the lease make sure that somebody does
 * (docs/architecture.md, the claim). What the claim and the run append has to stand in the row of the service, and so has TOKEN_USAGE.
 */
export function claimWork<Name extends ServiceName & CountingRow, Kind extends ClaimedKind, R>(
  service: Name,
  claims: ClaimKind<Kind, Publishes<Name, Kind>>,
  run: Run<Kind, Publishes<Name, Kind>, R>,
  options: WorkOptions = {},
): Effect.Effect<never, Retryable, R | Bus> {
  return Effect.scoped(
    Effect.gen(function* () {
      const claimant = { service, claims, run, leases: yield* openLeases(), instanceId: randomUUID() };
      const next = yield* openWork(service, rowOf(service).claims, options);
      const waits = makeUpdateWaits();
      for (;;) {
        const message = yield* next;
        yield* answerMessage(message, claimOne(claimant, message), waits);
      }
    }),
  );
}

/** Who claims, in this process, and what it does with a claim. */
interface Claimant<Kind extends ClaimedKind, Name extends ServiceName & CountingRow, R> extends Holder<Kind, Name> {
  readonly run: Run<Kind, Publishes<Name, Kind>, R>;
  readonly instanceId: string;
}

/** Claims the work of one message and runs it, unless the work is over or a living agent holds the claim. */
export const claimOne = Effect.fn("claimOne")(function* <
  Kind extends ClaimedKind,
  Name extends ServiceName & CountingRow,
  R,
>(claimant: Claimant<Kind, Name, R>, message: BusMessage) {
  const decoded = decodeWork(message.subject, message.payload);
  if (Result.isFailure(decoded)) return yield* new Poison({ what: decoded.failure });
  const item = decoded.success;
  const { service, claims, run, leases, instanceId } = claimant;
  if (!claims.isFor(item)) return yield* new Poison({ what: `${service} claims no ${item.role} work` });
  const on = claims.on(item);
  const livingClaimId = yield* leases.holder(on);
  const claimId = randomUUID();
  const cause = { id: claimId, correlationId: item.correlationId, traceparent: item.traceparent };
  const mine = { claimId, agentId: service, instanceId, attempt: item.attempt };
  const claiming = append({ service, cause, step: "claim" }, on, (history) =>
    decideClaim(claims, item, claims.stateOf(item, history), { ...mine, livingClaimId }),
  );
  // Only the run itself is interrupted. A stop between the claim and the run would leave a claim that nobody releases.
  return yield* Effect.uninterruptibleMask((interruptible) =>
    Effect.gen(function* () {
      const { claim, livingHolder } = (yield* claiming).decision;
      if (livingHolder !== null) {
        return yield* new Retryable({ what: `${livingHolder.agentId} holds it and lives`, delayMs: livingRetryMs });
      }
      // Not claimed, and no living agent holds it: the work is over, and the item is acked.
      if (claim === null) return;
      const { held, control } = yield* hold(claimant, { item, claim, cause });
      const running = interruptible(Effect.raceFirst(run(held), control.keepAlive()));
      yield* runHeld(running, control, message);
    }).pipe(Effect.annotateLogs({ correlationId: item.correlationId, claimId })),
  );
});

interface ClaimDecision<Draft> {
  readonly facts: readonly Draft[];
  readonly claim: Claim | null;
  readonly livingHolder: Claim | null;
}

/** Claims, unless the work is over or a living agent holds the claim. Too many claims without a result end the attempt instead. */
function decideClaim<Kind extends ClaimedKind, Draft extends DraftOf<Kind>>(
  kind: ClaimKind<Kind, Draft>,
  item: ItemOf[Kind],
  { runnable, holder, epoch, claims, claimsMax }: ClaimState,
  of: Omit<Claim, "epoch"> & { readonly livingClaimId: string | null },
): ClaimDecision<Draft> {
  const { livingClaimId, ...mine } = of;
  const none = { facts: [], claim: null, livingHolder: null };
  if (!runnable) return none;
  if (holder !== null && holder.claimId === livingClaimId) return { ...none, livingHolder: holder };
  const claim = { ...mine, epoch: epoch + 1 };
  if (holder !== null && claims >= claimsMax) {
    const crashed = (held: Claim) =>
      kind.failed(item, held, "crashed", because(`${claims} claims ended without a result`));
    // Only the holder's agent can end a run, so this agent claims the work of another one before it ends it.
    const own = holder.agentId === mine.agentId;
    return { ...none, facts: own ? [crashed(holder)] : [kind.claimed(item, claim), crashed(claim)] };
  }
  return { facts: [kind.claimed(item, claim)], claim, livingHolder: null };
}

/** Runs the work and renews the lease. If the work stops without an end (fault, silence, shutdown), ends or releases the claim. */
const runHeld = Effect.fnUntraced(function* <R>(
  running: Effect.Effect<void, HandlingError | ClaimLost | Silent, R | Bus>,
  control: ClaimControl,
  message: BusMessage,
) {
  yield* control.renewLease();
  yield* Effect.logInfo(`claimed, epoch ${control.claim.epoch}`);
  yield* running.pipe(
    Effect.catchTag("Silent", () => control.fail("timeout", because(`silent for ${silenceMaxMs / 60_000} minutes`))),
    Effect.catchTag(["Retryable", "NeedsUpdate"], (error) => releaseAfterFault(control, message, error)),
    // A deployment is no crash: the claim is released before the item is nak'ed.
    Effect.onInterrupt(() => control.release("stop", false, because("the service was stopped")).pipe(Effect.ignore)),
    Effect.ensuring(control.releaseLease()),
    Effect.catchTag("ClaimLost", (lost) => leaveToNewHolder(control, lost)),
  );
});

/**
 * Something outside failed: the claim is released and the item is redelivered, until its deliveries are used up. The next claim asks the
 * model again, so a claim in which it answered counts, and the last one that may end so ends the attempt or the review.
 */
const releaseAfterFault = Effect.fnUntraced(function* (
  control: ClaimControl,
  message: BusMessage,
  error: Retryable | NeedsUpdate,
) {
  const why = because(error.what, error.cause === undefined ? null : describe(error.cause));
  const counts = yield* control.hasAnswer();
  const isOver = message.deliveryCount >= deliveriesMax - 1 || (counts && (yield* control.isLast()));
  if (isOver) return yield* control.fail("internal", why);
  yield* control.release("release", counts, why);
  return yield* Effect.fail(error);
});

/**
 * The claim is lost. While the attempt is open the item is nak'ed, not acked: if its new holder dies, only a redelivery of this item
 * starts the next claim.
 */
const leaveToNewHolder = Effect.fnUntraced(function* (control: ClaimControl, lost: ClaimLost) {
  yield* Effect.logWarning("claim lost", lost.why);
  if (yield* control.isRunnable()) {
    return yield* new Retryable({ what: `claim lost ${lost.why}`, delayMs: livingRetryMs });
  }
});
