import { Effect, Result } from "effect";
import { expect, test } from "vitest";
import { workSubject } from "#contracts/subjects.ts";
import { reviewItem, workItem } from "#contracts/test-facts.ts";
import type { WorkDraft } from "#contracts/work.ts";
import { Bus, subjectTaken } from "#kit/bus/bus.ts";
import { memoryBus } from "#kit/bus/test-memory-bus.ts";
import { firstCause } from "#kit/facts/stamp.ts";
import { decodeWork, enqueueWork } from "./enqueue.ts";

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const wrong = (payload: Uint8Array) => {
  const decoded = decodeWork(workSubject(workItem({})), payload);
  if (Result.isSuccess(decoded)) throw new Error("was decoded");
  return decoded.failure;
};

test("a work item is read from the queue without keys that this rig does not know", () => {
  const item = workItem({ number: 3 });
  expect(Result.getOrThrow(decodeWork(workSubject(item), bytes({ ...item, mood: "urgent" })))).toEqual(item);
});

test("bytes that are no work item are refused with a reason", () => {
  expect(wrong(bytes("{"))).toMatch(/^not JSON: /);
  expect(wrong(Uint8Array.of(0xff))).toMatch(/^not JSON: /);
  expect(wrong(bytes({ ...workItem({}), stack: "cobol" }))).toMatch(/^not a work item: .*stack/s);
  expect(wrong(bytes({ ...workItem({}), attempt: "1" }))).toMatch(/^not a work item: .*attempt/s);
  expect(wrong(bytes(null))).toMatch(/^not a work item: /);
});

test.each([
  ["another issue", workItem({ number: 8 })],
  ["another repository", workItem({ repo: "gadgets" })],
  ["another priority", workItem({ priority: "high" })],
  ["another role", reviewItem({})],
])("an item for %s than its subject says is refused", (_, item) => {
  expect(wrong(bytes(item))).toMatch(
    /^the item belongs on work\..+, not on work\.dev\.node\.normal\.acme\.widgets\.\d+$/,
  );
});

/** Enqueues each item, asked for by another fact, on a bus that holds one message per subject; `stored` is how many it holds then. */
function enqueueAll(...drafts: readonly WorkDraft[]) {
  const enqueueing = Effect.gen(function* () {
    const bus = yield* Bus;
    const publish: Bus["Service"]["publish"] = (message) =>
      Effect.flatMap(bus.last("WORK", message.subject), (there) =>
        there === null
          ? bus.publish(message)
          : Effect.succeed({ stored: false, code: subjectTaken, description: "the subject is taken" } as const),
      );
    const one = Object.create(bus, { publish: { value: publish } }) as Bus["Service"];
    const ends = yield* Effect.forEach(drafts, (draft, index) =>
      enqueueWork("dispatcher", firstCause(`fact-${index}`), 0, draft).pipe(
        Effect.provideService(Bus, one),
        Effect.match({ onSuccess: () => "enqueued", onFailure: ({ _tag }) => _tag }),
      ),
    );
    return { ends, stored: (yield* bus.read("WORK", "work.>")).length };
  });
  return Effect.runPromise(Effect.provide(enqueueing, memoryBus));
}

test("the review of one head is enqueued once, however many facts ask for it", async () => {
  const asked = [reviewItem({}), reviewItem({ reason: "RUN_SUCCEEDED" })];
  expect(await enqueueAll(...asked)).toEqual({ ends: ["enqueued", "enqueued"], stored: 1 });
  const another = [...asked, reviewItem({ headSha: "h2" })];
  expect(await enqueueAll(...another)).toEqual({ ends: ["enqueued", "enqueued", "enqueued"], stored: 2 });
});

test("a second attempt at an issue waits until the item of the first one has ended", async () => {
  const ends = ["enqueued", "Retryable"];
  expect(await enqueueAll(workItem({}), workItem({ attempt: 2 }))).toEqual({ ends, stored: 1 });
});
