import { Effect } from "effect";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { encodeFact } from "#contracts/envelope.ts";
import { factSubject } from "#contracts/subjects.ts";
import { draftOf, factOf, issueOf, labelOf } from "#contracts/test-facts.ts";
import { eventually, type Running, startWorld, type World } from "#kit/test/test-world.ts";
import { consumeFacts } from "./consume.ts";

let world: World;
let consuming: Running<unknown> | undefined;
/** The numbers of the issues whose label was handled. */
let handled: number[] = [];
beforeAll(async () => {
  world = await startWorld();
});
afterEach(() => consuming?.stop());
afterAll(() => world.stop());

function consume(): void {
  handled = [];
  const handle = ({ on }: { readonly on: { readonly number: number } }) =>
    Effect.sync(() => {
      handled.push(on.number);
      return [];
    });
  consuming = world.start("dispatcher", consumeFacts("dispatcher", handle));
}

const label = labelOf();
const publishLabeled = (number: number) => world.publish("webhook", draftOf("ISSUE_LABELED", number, label));

/** Stores a changed ISSUE_LABELED of issue `number` on its subject. */
async function publishChanged(number: number, changes: object): Promise<void> {
  const labeled = factOf("ISSUE_LABELED", label, { actor: "webhook" });
  const whole = JSON.parse(new TextDecoder().decode(encodeFact({ ...labeled, on: issueOf(number) })));
  const payload = new TextEncoder().encode(JSON.stringify({ ...whole, ...changes }));
  const subject = factSubject(issueOf(number), "ISSUE_LABELED", "webhook");
  const publishing = (await world.busOf("webhook")).publish({ subject, payload, msgId: `changed-${number}` });
  expect(await Effect.runPromise(publishing)).toMatchObject({ stored: true });
}

test.each([
  [10, "no data of the fact", { data: {} }],
  [11, "a fact that its subject does not name", { type: "MERGE_FAILED" }],
  [12, "a fact of another issue", { number: 999 }],
  [13, "a fact of a row that does not publish it", { actor: "dev-e" }],
])("issue %i: %s is skipped, and no handler gets it", async (number, _, changes) => {
  consume();
  await publishChanged(number, changes);
  await world.consumed("dispatcher");
  expect(handled).toEqual([]);
});

// The last test, because its fact stays in hand.
test("a fact of a later version waits for a rig that reads it, and delays no other issue", async () => {
  consume();
  await publishChanged(14, { dataversion: 9 });
  await publishLabeled(15);
  await eventually(() => expect(handled).toEqual([15]));
  await eventually(async () => expect((await world.consumer("EVENTS", "dispatcher")).num_ack_pending).toBe(1));
});
