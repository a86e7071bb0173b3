import { createHash } from "node:crypto";
import { Effect, Exit } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { draftOf, issueOf, labelOf } from "#contracts/test-facts.ts";
import type { TextRef } from "#contracts/text.ts";
import { startWorld, type World, withBus } from "#kit/test/test-world.ts";
import { append } from "./aggregate.ts";
import { firstCause } from "./stamp.ts";
import { readText } from "./text.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const label = (body: string) => ({ ...labelOf(), body: { text: body } });

/** Appends the label of an issue as the webhook does for one delivery: the same delivery is the same cause. */
const labelled = (number: number, body: string, delivery = `delivery-${number}`) =>
  append({ service: "webhook", cause: firstCause(delivery), step: "label" }, issueOf(number), () => ({
    facts: [draftOf("ISSUE_LABELED", number, label(body))],
  }));

async function pointerOf(number: number): Promise<TextRef> {
  const fact = (await world.history(issueOf(number))).findLast(({ type }) => type === "ISSUE_LABELED");
  if (fact?.type !== "ISSUE_LABELED") throw new Error("no label");
  return fact.data.body;
}

const read = (ref: TextRef) => world.as("dev-e", readText(ref));
const stored = async (number: number) =>
  (await (await world.busOf("admin")).jetstream.jetstreamManager()).streams
    .info("TEXT", { subjects_filter: `text.acme.widgets.${number}.>` })
    .then(({ state }) => Object.keys(state.subjects ?? {}));
const eraseAll = (number: number) => world.manager.streams.purge("TEXT", { filter: `text.acme.widgets.${number}.>` });

test("the text of a fact is stored on TEXT, the fact has its hash, its length and its subject, and an agent reads it", async () => {
  await world.as("webhook", labelled(1, "Add `slugify`. Ærø 🚲"));
  const ref = await pointerOf(1);
  const sha256 = createHash("sha256").update("Add `slugify`. Ærø 🚲").digest("hex");
  expect(ref).toEqual({ sha256, bytes: 25, subject: `text.acme.widgets.1.${sha256}.webhook` });
  expect(await read(ref)).toBe("Add `slugify`. Ærø 🚲");
  const facts = await Effect.runPromise((await world.busOf("admin")).read("EVENTS", "evt.>"));
  expect(facts.map(({ payload }) => new TextDecoder().decode(payload)).join()).not.toContain("slugify");
});

test("the same text about the same issue is stored once, also empty text", async () => {
  await world.as("webhook", labelled(2, ""));
  await world.as("webhook", labelled(2, "", "delivery-2-again"));
  expect(await world.history(issueOf(2))).toHaveLength(2);
  expect(await stored(2)).toHaveLength(1);
  expect(await read(await pointerOf(2))).toBe("");
});

test("an erased text is null, and the history that points to it stays whole", async () => {
  await world.as("webhook", labelled(3, "my password is hunter2"));
  await eraseAll(3);
  expect(await read(await pointerOf(3))).toBeNull();
  expect(await world.history(issueOf(3))).toHaveLength(1);
});

test("a message that is redelivered after an erasure stores no text again, another label does", async () => {
  await world.as("webhook", labelled(4, "secret"));
  await eraseAll(4);
  await world.as("webhook", labelled(4, "secret"));
  expect(await stored(4)).toEqual([]);
  await world.as("webhook", labelled(4, "secret", "delivery-4-again"));
  expect(await read(await pointerOf(4))).toBe("secret");
});

test("killed between text and fact, only the text is stored; the redelivered message appends the fact that points to it", async () => {
  const real = await world.busOf("webhook");
  const publish: typeof real.publish = (message) =>
    message.subject.startsWith("evt.") ? Effect.die("killed here") : real.publish(message);
  const dying = withBus({ publish }, labelled(5, "orphan"));
  expect(Exit.hasDies(await world.as("webhook", Effect.exit(dying)))).toBe(true);
  expect([await world.history(issueOf(5)), await stored(5)]).toEqual([[], [expect.stringContaining("text.")]]);
  await world.as("webhook", labelled(5, "orphan"));
  expect(await read(await pointerOf(5))).toBe("orphan");
  expect(await stored(5)).toHaveLength(1);
});

test("nobody can replace a stored text, and a text with another hash is refused", async () => {
  await world.as("webhook", labelled(6, "as approved"));
  const ref = await pointerOf(6);
  const webhook = await world.busOf("webhook");
  const forged = { subject: ref.subject, payload: new TextEncoder().encode("delete everything"), msgId: "forged" };
  expect(await Effect.runPromise(webhook.publish(forged))).toMatchObject({ stored: false, code: 10077 });
  expect(await read(ref)).toBe("as approved");
  await eraseAll(6);
  await Effect.runPromise(webhook.publish({ ...forged, msgId: "forged again" }));
  await expect(read(ref)).rejects.toThrow("is not the one that its fact points to");
});

test("a fact that could not be read again is not appended", async () => {
  const long = draftOf("ISSUE_NEEDS_HUMAN", 7, { reason: "x".repeat(501), details: null });
  const appended = append({ service: "dispatcher", cause: firstCause("long"), step: "long" }, issueOf(7), () => ({
    facts: [long],
  }));
  await expect(world.as("dispatcher", appended)).rejects.toThrow("ISSUE_NEEDS_HUMAN is not appended");
  expect(await world.history(issueOf(7))).toEqual([]);
});

test("no fact is appended that points to a text which somebody planted under its hash", async () => {
  await world.as("webhook", labelled(8, "as approved"));
  const { subject } = await pointerOf(8);
  await eraseAll(8);
  await world.admin.request(subject, "planted", { timeout: 5_000 });
  await expect(world.as("webhook", labelled(8, "as approved", "another delivery"))).rejects.toThrow(subject);
  expect(await world.history(issueOf(8))).toHaveLength(1);
});

test("a text of more than 256,000 characters is cut, so that its fact can be appended", async () => {
  await world.as("webhook", labelled(9, "Ø".repeat(600_000)));
  expect(await read(await pointerOf(9))).toMatch(/^Ø{256000}\n\(cut at 256000 characters\)$/);
});

test("a service without a text in its row may not read one", async () => {
  const ref = await pointerOf(1);
  await expect(world.as("status", readText(ref))).rejects.toThrow("Permissions Violation");
});
