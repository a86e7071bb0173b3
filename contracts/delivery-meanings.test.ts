import examples from "@octokit/webhooks-examples" with { type: "json" };
import { Result, Schema } from "effect";
import { expect, test } from "vitest";
import { closedIssues } from "#kit/github/closing.ts";
import { deliverySchemas, isKnownEvent, type KnownDelivery } from "./delivery.ts";
import { factsOf } from "./delivery-facts.ts";
import { deliveryMeanings } from "./delivery-meanings.ts";

// GitHub's own examples of payloads, and those of them that the rig acts on, made of the nearest example.

type Payload = { readonly action?: string } & Readonly<Record<string, unknown>>;

const all = (examples as unknown as readonly { name: string; examples: readonly Payload[] }[]).flatMap((each) =>
  each.examples.map((payload) => ({ event: each.name, payload })),
);

/** The example of this event and action with other fields. */
function like(event: string, action: string | undefined, fields: Payload) {
  const found = all.find(({ event: name, payload }) => name === event && payload.action === action);
  if (found === undefined) throw new Error(`GitHub has no example of ${event} ${action}`);
  return { event, payload: { ...found.payload, ...fields } };
}

const suite = { id: 1, head_sha: "head", conclusion: "success", pull_requests: [{ number: 2 }] };
const deliveries = [
  ...all,
  like("issues", "labeled", { label: { name: "agent-ready" } }),
  like("issues", "unlabeled", { label: { name: "agent-ready" } }),
  like("issues", "edited", { action: "closed" }),
  ...["edited", "enqueued", "dequeued"].map((action) => like("pull_request", "opened", { action })),
  ...["created", "edited", "deleted"].map((action) =>
    like("issue_comment", action, { issue: { number: 2, pull_request: { url: "" } } }),
  ),
  like("check_suite", "completed", { check_suite: suite }),
  like("check_suite", "completed", { check_suite: { ...suite, conclusion: "failure" } }),
  like("status", undefined, { branches: [{ name: "feature/issue-7-more" }], state: "failure" }),
];

/** The facts of a payload under the name of an event; none where it is no payload of that event. */
function draftsOf(event: string, payload: Payload) {
  if (!isKnownEvent(event)) return [];
  const schema = deliverySchemas[event] as Schema.Codec<KnownDelivery["payload"], unknown>;
  const decoded = Schema.decodeUnknownResult(schema)(payload);
  return Result.isFailure(decoded) ? [] : factsOf({ event, payload: decoded.success } as KnownDelivery, closedIssues);
}

function factsIn({ event, payload }: (typeof deliveries)[number]): readonly string[] {
  return draftsOf(event, payload).map(({ type }) => type);
}

/** Every fact of the table as `event action FACT`. */
const table = Object.entries(deliveryMeanings).flatMap(([event, { facts }]) =>
  Object.entries(facts).flatMap(([action, types]) => types.map((type) => `${event} ${action} ${type}`)),
);

test("GitHub's examples become the facts of the table, and no other ones", () => {
  const found = deliveries.flatMap((delivery) =>
    factsIn(delivery).map((type) => `${delivery.event} ${delivery.payload.action ?? "-"} ${type}`),
  );
  expect([...new Set(found)].sort()).toEqual([...table].sort());
});

test("a payload that is sent again under another event's name becomes no fact, whatever its action: GitHub does not sign the name", () => {
  const told = deliveries.flatMap(({ event, payload }) =>
    Object.entries(deliveryMeanings)
      .filter(([other]) => other !== event)
      .flatMap(([other, { facts }]) =>
        Object.keys(facts).flatMap((action) =>
          draftsOf(other, { ...payload, action }).map(({ type }) => `${event} ${action} as ${other}: ${type}`),
        ),
      ),
  );
  expect([...new Set(told)]).toEqual([]);
});
