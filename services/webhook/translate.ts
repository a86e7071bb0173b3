import { Effect, Result, Schema } from "effect";
import type { Publishes } from "#contracts/choreography.ts";
import { deliverySchemas, isKnownEvent, type KnownDelivery } from "#contracts/delivery.ts";
import { parseJson } from "#contracts/envelope.ts";
import type { Bus } from "#kit/bus.ts";
import type { BusMessage } from "#kit/bus-message.ts";
import { applyDecision, consumeStream } from "#kit/consume.ts";
import { Poison, type Retryable } from "#kit/errors.ts";
import { rootSpan } from "#kit/stamp.ts";
import { decide } from "./decide.ts";

/** Consumes the stored deliveries for ever and appends the facts that they mean, each to the aggregate that it is about. */
export const translateDeliveries: Effect.Effect<never, Retryable, Bus> = consumeStream("GITHUB", "webhook", (message) =>
  Effect.gen(function* () {
    const known = yield* decode(message);
    if (known === null) return;
    const id = message.headers["X-GitHub-Delivery"] ?? `GITHUB/${message.sequence}`;
    const cause = { id, correlationId: id, traceparent: rootSpan() };
    yield* Effect.forEach(byAggregate(decide(known)), (facts) => {
      const [first] = facts;
      return applyDecision("webhook", cause, { on: first.on, decide: () => ({ facts, work: [] }) });
    });
  }),
);

/** The delivery in the shape that the rig reads, or null for events that mean nothing to it. */
const decode = Effect.fnUntraced(function* (message: BusMessage) {
  const event = message.headers["X-GitHub-Event"] ?? message.subject.split(".")[1] ?? "";
  if (!isKnownEvent(event)) return null;
  const json = parseJson(message.payload);
  if (Result.isFailure(json))
    return yield* new Poison({ what: `delivery ${message.sequence} is ${json.failure.reason}` });
  const schema = deliverySchemas[event] as Schema.Codec<KnownDelivery["payload"], unknown>;
  const payload = Schema.decodeUnknownResult(schema)(json.success);
  if (Result.isFailure(payload)) {
    return yield* new Poison({
      what: `delivery ${message.sequence} is no ${event} payload: ${payload.failure.message}`,
    });
  }
  return { event, payload: payload.success } as KnownDelivery;
});

type Fact = Publishes<"webhook">;

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
