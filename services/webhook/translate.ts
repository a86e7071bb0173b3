import { createHash } from "node:crypto";
import { Effect, Result, Schema } from "effect";
import { deliverySchemas, isKnownEvent, type KnownDelivery } from "#contracts/delivery.ts";
import { type DeliveryDraft, factsOf } from "#contracts/delivery-facts.ts";
import { parseJson } from "#contracts/envelope.ts";
import { aggregateFilter, repositoryOf } from "#contracts/subjects.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { BusMessage } from "#kit/bus/bus-message.ts";
import { applyDecision, consumeStream } from "#kit/consume/consume.ts";
import { Poison, type Retryable, type StartRefused } from "#kit/errors.ts";
import { rootSpan } from "#kit/facts/stamp.ts";
import { closedIssues } from "#kit/github/closing.ts";
import { decide } from "./decide.ts";
import { type IsSigned, makeIsSigned } from "./signature.ts";

/**
 * Consumes the stored deliveries for ever and appends what they mean, each fact to the aggregate that it is about. Verifies each signature
 * again: a person may store a delivery once more, and a dead letter comes back from whoever wrote it.
 */
export const translateDeliveries: Effect.Effect<never, Retryable | StartRefused, Bus> = Effect.gen(function* () {
  const isSigned = yield* makeIsSigned;
  return yield* consumeStream("GITHUB", "webhook", (message) => {
    const decoded = decode(message);
    return { key: keyOf(message, decoded), handle: translate(message, decoded, isSigned) };
  });
});

type Decoded = Result.Result<KnownDelivery | null, Poison>;

/** Deliveries about one issue or change keep their order; those that mean nothing, or are about several changes, keep the repository's. */
function keyOf({ subject }: BusMessage, decoded: Decoded): string {
  const repository = repositoryOf(subject);
  if (Result.isFailure(decoded) || decoded.success === null) return repository;
  const { payload } = decoded.success;
  if ("issue" in payload) return `${repository}.${payload.issue.number}`;
  if ("pull_request" in payload) return `${repository}.${payload.pull_request.number}`;
  const [only, ...more] = "check_suite" in payload ? payload.check_suite.pull_requests : [];
  return only === undefined || more.length > 0 ? repository : `${repository}.${only.number}`;
}

const translate = Effect.fnUntraced(function* (message: BusMessage, decoded: Decoded, isSigned: IsSigned) {
  if (Result.isSuccess(decoded) && decoded.success === null) return;
  if (!(yield* isSigned(message.payload, message.headers["X-Hub-Signature-256"] ?? ""))) {
    return yield* new Poison({ what: `${nameOf(message)} is not signed by a secret of the webhook` });
  }
  const known = yield* Effect.fromResult(decoded);
  if (known === null) return;
  // GitHub signs the body and not the GUID: an old body that comes under another GUID is the same cause, and changes nothing.
  const id = `delivery/${createHash("sha256").update(message.payload).digest("hex")}`;
  const correlationId = message.headers["X-GitHub-Delivery"] ?? id;
  const cause = { id, correlationId, traceparent: rootSpan() };
  yield* Effect.forEach(byAggregate(factsOf(known, closedIssues)), ({ on, facts }) =>
    applyDecision("webhook", cause, { on, decide: (history) => decide(facts, history) }),
  );
});

/** The delivery in the shape that the rig reads, or null for events that mean nothing to it. */
function decode(message: BusMessage): Decoded {
  const event = message.headers["X-GitHub-Event"] ?? "";
  if (!isKnownEvent(event)) return Result.succeed(null);
  const json = parseJson(message.payload);
  if (Result.isFailure(json)) {
    return Result.fail(new Poison({ what: `${nameOf(message)} is ${json.failure.reason}` }));
  }
  const schema = deliverySchemas[event] as Schema.Codec<KnownDelivery["payload"], unknown>;
  const payload = Schema.decodeUnknownResult(schema)(json.success);
  if (Result.isFailure(payload)) {
    const what = `${nameOf(message)} is no ${event} payload: ${payload.failure.message}`;
    return Result.fail(new Poison({ what }));
  }
  return Result.succeed({ event, payload: payload.success } as KnownDelivery);
}

/** The delivery by the GUID that GitHub shows, which it keeps when it is replayed; 36 characters, as GitHub's have. */
function nameOf({ headers }: BusMessage): string {
  return `delivery ${(headers["X-GitHub-Delivery"] ?? "without a GUID").slice(0, 36)}`;
}

/** Facts of one aggregate are appended together. A check suite may be about several changes. */
function byAggregate(
  drafts: readonly DeliveryDraft[],
): readonly { readonly on: DeliveryDraft["on"]; readonly facts: readonly DeliveryDraft[] }[] {
  const groups = Map.groupBy(drafts, ({ on }) => aggregateFilter(on));
  return [...groups.values()].flatMap((facts) => facts.slice(0, 1).map(({ on }) => ({ on, facts })));
}
