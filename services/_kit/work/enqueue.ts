import { Clock, Effect, Result, Schema } from "effect";
import { parseJson } from "#contracts/envelope.ts";
import { workSubject } from "#contracts/subjects.ts";
import { type WorkDraft, WorkItem } from "#contracts/work.ts";
import { Bus, subjectTaken } from "#kit/bus/bus.ts";
import { Retryable } from "#kit/errors.ts";
import { type Cause, stampWork } from "#kit/facts/stamp.ts";

/**
 * Enqueues a work item. Its subject holds one item at a time: if the same item is there already, or the review of the same head, that is
 * success. Fails with `Retryable` when another item is there, because that one has to end first, and while the bus is away.
 */
export const enqueueWork = Effect.fn("enqueueWork")(function* (
  service: string,
  cause: Cause,
  index: number,
  draft: WorkDraft,
) {
  const bus = yield* Bus;
  const item = stampWork(service, cause, index, draft, yield* Clock.currentTimeMillis);
  const subject = workSubject(item);
  const payload = new TextEncoder().encode(JSON.stringify(item));
  // A message id that differs at each call: deduplication is by subject (one item each), so that a redelivered handler can enqueue an
  // item again that a restart of the server lost.
  const answer = yield* bus.publish({ subject, payload, msgId: `${item.id}@${item.requestedAt}` });
  if (answer.stored) return;
  if (answer.code !== subjectTaken)
    return yield* new Retryable({ what: `enqueue ${subject}`, cause: answer.description });
  const there = yield* bus.last("WORK", subject);
  const known = there === null ? null : decodeWork(subject, there.payload);
  if (known !== null && Result.isSuccess(known) && isSameWork(known.success, item)) return;
  return yield* new Retryable({ what: `enqueue ${subject}: another item has to end first` });
});

/** Whether the item on the subject is the same work. The subject of a review has its head, so several facts may ask for one review. */
function isSameWork(there: WorkItem, item: WorkItem): boolean {
  return there.id === item.id || item.role === "review";
}

/** Decodes the work item that is stored on a subject, and checks that it belongs there. The failure is the reason for the dead letter. */
export function decodeWork(subject: string, payload: Uint8Array): Result.Result<WorkItem, string> {
  const json = parseJson(payload);
  if (Result.isFailure(json)) return Result.fail(json.failure.reason);
  const item = Schema.decodeUnknownResult(WorkItem)(json.success);
  if (Result.isFailure(item)) return Result.fail(`not a work item: ${item.failure.message}`);
  const named = workSubject(item.success);
  return named === subject
    ? Result.succeed(item.success)
    : Result.fail(`the item belongs on ${named}, not on ${subject}`);
}
