import { Effect, Result, Schema } from "effect";
import type { Says } from "#contracts/choreography.ts";
import { deliverySchemas, isKnownEvent, type KnownDelivery } from "#contracts/delivery.ts";
import { parseJson } from "#contracts/envelope.ts";
import type { Bus } from "#kit/bus.ts";
import { consumeStream, settle } from "#kit/consume.ts";
import type { Delivery } from "#kit/delivery.ts";
import { Poison, type Retryable } from "#kit/errors.ts";
import { rootSpan } from "#kit/stamp.ts";
import { decide } from "./decide.ts";

/** Reads the stored deliveries for ever and says what they mean, each fact on the aggregate that it is about. */
export const translateDeliveries: Effect.Effect<never, Retryable, Bus> = consumeStream(
  "GITHUB",
  "webhook",
  (delivery) =>
    Effect.gen(function* () {
      const known = yield* decode(delivery);
      if (known === null) return;
      const id = delivery.headers["X-GitHub-Delivery"] ?? `GITHUB/${delivery.sequence}`;
      const cause = { id, correlationId: id, traceparent: rootSpan() };
      yield* Effect.forEach(byAggregate(decide(known)), (facts) => {
        const [first] = facts;
        return settle("webhook", cause, { on: first.on, decide: () => ({ say: facts, ask: [] }) });
      });
    }),
);

/** The delivery in the shape that the rig reads, or null for events that mean nothing to it. */
const decode = Effect.fnUntraced(function* (delivery: Delivery) {
  const event = delivery.headers["X-GitHub-Event"] ?? delivery.subject.split(".")[1] ?? "";
  if (!isKnownEvent(event)) return null;
  const json = parseJson(delivery.payload);
  if (Result.isFailure(json))
    return yield* new Poison({ what: `delivery ${delivery.sequence} is ${json.failure.reason}` });
  const schema = deliverySchemas[event] as Schema.Codec<KnownDelivery["payload"], unknown>;
  const payload = Schema.decodeUnknownResult(schema)(json.success);
  if (Result.isFailure(payload)) {
    return yield* new Poison({
      what: `delivery ${delivery.sequence} is no ${event} payload: ${payload.failure.message}`,
    });
  }
  return { event, payload: payload.success } as KnownDelivery;
});

type Fact = Says<"webhook">;

/** Facts of one aggregate are appended together. A check suite may be about several changes. */
function byAggregate(facts: readonly Fact[]): readonly (readonly [Fact, ...Fact[]])[] {
  const groups = new Map<string, [Fact, ...Fact[]]>();
  for (const fact of facts) {
    const key = `${fact.on.kind}/${fact.on.number}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [fact]);
    else group.push(fact);
  }
  return [...groups.values()];
}
