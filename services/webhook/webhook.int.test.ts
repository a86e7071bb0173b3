import { createHash, createHmac, randomUUID } from "node:crypto";
import { jetstream } from "@nats-io/jetstream";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import { Effect } from "effect";
import { headers } from "nats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueAt } from "#contracts/aggregates.ts";
import { labelOf } from "#contracts/test-facts.ts";
import { Bus } from "#kit/bus/bus.ts";
import { append } from "#kit/facts/aggregate.ts";
import { firstCause } from "#kit/facts/stamp.ts";
import { freePort } from "#kit/process/http.ts";
import { eventually, startWorld, type World } from "#kit/test/test-world.ts";
import webhook from "./main.ts";
import { type Example, expectedFacts } from "./test-examples.ts";
import { type Sender, senderTo } from "./test-sender.ts";

// The whole service on a real nats-server, with its own nkey and permissions: it is spoken to over HTTP only.

const secret = "a secret of this test";
const before = "the secret before it";
let world: World;
let sender: Sender;

beforeAll(async () => {
  const port = await freePort();
  const settings = { GITHUB_WEBHOOK_SECRET: secret, GITHUB_WEBHOOK_SECRET_BEFORE: before, WEBHOOK_PORT: `${port}` };
  world = await startWorld({ settings });
  world.startService(webhook);
  sender = senderTo(port, secret);
  await eventually(async () => expect((await fetch(`${sender.url}/health`)).status).toBe(200), 15_000);
});
afterAll(() => world.stop());

function stored(stream: string) {
  const filter = { EVENTS: "evt.>", GITHUB: "github.>", DLQ: "dlq.>" }[stream] ?? ">";
  return world.as(
    "operator",
    Effect.flatMap(Bus, (own) => own.read(stream, filter)),
  );
}

/** How many messages stand on the streams that a delivery can reach. */
async function counts() {
  const count = async (stream: string) => (await world.manager.streams.info(stream)).state.messages;
  return { deliveries: await count("GITHUB"), facts: await count("EVENTS"), deadLetters: await count("DLQ") };
}

const translated = () => world.consumed("webhook", "GITHUB");

const deliveries = (examples as unknown as readonly { name: string; examples: readonly Example[] }[]).flatMap((each) =>
  each.examples.map((payload) => ({ event: each.name, payload })),
);

function digest(payload: string | Uint8Array): string {
  return createHash("sha256").update(payload).digest("hex");
}

test("every example of GitHub's payloads is answered 202, stored byte for byte, and translated to the right facts", async () => {
  const labelled = deliveries.find(({ event, payload }) => event === "issues" && payload.action === "labeled");
  if (labelled === undefined) throw new Error("the examples have no labelled issue");
  const ready = { event: "issues", payload: { ...labelled.payload, label: { name: "agent-ready" } } };
  const unready = { event: "issues", payload: { ...ready.payload, action: "unlabeled" } };
  // GitHub's only example of a finished suite is about no change.
  const suite = deliveries.find(({ event, payload }) => event === "check_suite" && payload.action === "completed");
  const check_suite = { ...suite?.payload.check_suite, conclusion: "failure", pull_requests: [{ number: 2 }] };
  const red = { event: "check_suite", payload: { ...suite?.payload, check_suite } as Example };
  const all = [...deliveries, ready, unready, red].map(({ event, payload }) => ({
    event,
    body: JSON.stringify(payload),
    facts: expectedFacts(event, payload),
  }));
  const answers: number[] = [];
  for (let from = 0; from < all.length; from += 20) {
    const some = all.slice(from, from + 20).map(({ event, body }) => sender.post(event, body));
    answers.push(...(await Promise.all(some)).map(({ status }) => status));
  }
  expect(all.length).toBeGreaterThan(300);
  expect(answers.filter((status) => status !== 202)).toEqual([]);
  await translated();
  const onGithub = await stored("GITHUB");
  expect(onGithub.map(({ payload }) => digest(payload)).sort()).toEqual(all.map(({ body }) => digest(body)).sort());
  const facts = (await stored("EVENTS")).map(({ subject }) => subject).sort();
  expect(facts).toEqual(all.flatMap(({ facts: expected }) => expected).sort());
  expect(new Set(facts.map((subject) => subject.split(".").at(-2))).size).toBeGreaterThanOrEqual(9);
  expect(await stored("DLQ")).toEqual([]);
});

/** A delivery that is a fact, about a repository that no example knows. */
function labelDelivery(number: number, more: { readonly updated_at?: string } = {}): string {
  const repository = { name: "shop", owner: { login: "acme" }, default_branch: "main" };
  const issue = { number, title: "Sell more", body: null, labels: [{ name: "agent-ready" }], ...more };
  const payload = { action: "labeled", issue, label: { name: "agent-ready" }, repository, sender: { login: "ada" } };
  return JSON.stringify(payload);
}

describe("a delivery and the reconciler that says the same", () => {
  const times = { seen: "2026-01-02T03:04:05Z", after: "2026-01-02T03:04:06Z" };
  const issue = (number: number) => issueAt({ owner: "acme", repo: "shop", number });
  const label = (updatedAt: string) => ({ ...labelOf({ title: "Sell more", updatedAt }), body: { text: "" } });
  /** The reconciler publishes as it does: only what the history lacks. */
  const reconcile = (number: number) =>
    world.as(
      "reconciler",
      append({ service: "reconciler", cause: firstCause(randomUUID()), step: "label" }, issue(number), (history) => ({
        facts: history.length > 0 ? [] : [{ type: "ISSUE_LABELED", on: issue(number), data: label(times.seen) }],
      })),
    );
  const deliver = async (number: number, updated_at: string) => {
    expect((await sender.post("issues", labelDelivery(number, { updated_at }))).status).toBe(202);
    await translated();
  };
  const actorsOn = async (number: number) => (await world.history(issue(number))).map(({ actor }) => actor);

  test("the delivery after the reconciler changes nothing, a later one counts", async () => {
    await reconcile(60);
    await deliver(60, times.seen);
    expect(await actorsOn(60)).toEqual(["reconciler"]);
    await deliver(60, times.after);
    expect(await actorsOn(60)).toEqual(["reconciler", "webhook"]);
  });

  test("the reconciler after the delivery changes nothing", async () => {
    await deliver(61, times.seen);
    await reconcile(61);
    expect(await actorsOn(61)).toEqual(["webhook"]);
  });

  test("both at once are one fact", async () => {
    await Promise.all([62, 63, 64, 65].flatMap((number) => [reconcile(number), deliver(number, times.seen)]));
    for (const number of [62, 63, 64, 65]) expect(await actorsOn(number)).toHaveLength(1);
  });
});

test("the same delivery posted 50 times at once is stored once and leads to one set of facts", async () => {
  const before = await counts();
  const guid = { "x-github-delivery": randomUUID() };
  const posts = Array.from({ length: 50 }, () => sender.post("issues", labelDelivery(50), guid));
  const answers = await Promise.all(posts);
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 202));
  await translated();
  const { deliveries: storedBefore, facts, deadLetters } = before;
  expect(await counts()).toEqual({ deliveries: storedBefore + 1, facts: facts + 1, deadLetters });
});

const signatureOf = (body: string, by = secret) => `sha256=${createHmac("sha256", by).update(body).digest("hex")}`;

/** Stores a delivery without the webhook, as a person does with the recipe of docs/operating.md. */
async function resend(body: string, signature: string, guid: string = randomUUID()): Promise<void> {
  const again = headers();
  again.set("X-GitHub-Event", "issues");
  again.set("X-GitHub-Delivery", guid);
  again.set("X-Hub-Signature-256", signature);
  await jetstream(await world.bus.connectAs("operator")).publish("github.issues.labeled.acme.shop", body, {
    headers: again,
  });
  await translated();
}

test("a delivery that is stored again, under its GUID or another one, changes nothing", async () => {
  const guid = randomUUID();
  const body = labelDelivery(51);
  expect((await sender.post("issues", body, { "x-github-delivery": guid })).status).toBe(202);
  await translated();
  const first = await counts();
  await resend(body, signatureOf(body), guid);
  await resend(body, signatureOf(body));
  expect(await counts()).toEqual({ ...first, deliveries: first.deliveries + 2 });
});

test("a stored delivery that no secret of the webhook signed is a dead letter, and no fact", async () => {
  const first = await counts();
  const body = labelDelivery(56);
  const guid = "e23b7701-8170-4913-ba32-f18c0e89660b";
  await resend(body, signatureOf(body, "a guess"), guid);
  const { deliveries: stored, deadLetters, facts } = first;
  expect(await counts()).toEqual({ deliveries: stored + 1, deadLetters: deadLetters + 1, facts });
  const letter = await world.manager.direct.getMessage("DLQ", { last_by_subj: "dlq.GITHUB.webhook" });
  expect(letter?.header.get("Rig-Reason")).toContain(`delivery ${guid} is not signed by a secret of the webhook`);
});

test("while the secret is changed, deliveries of both are taken", async () => {
  const first = await counts();
  const body = labelDelivery(57);
  const answer = await sender.post("issues", body, { "x-hub-signature-256": signatureOf(body, before) });
  expect(answer.status).toBe(202);
  await translated();
  expect(await counts()).toMatchObject({ facts: first.facts + 1, deadLetters: first.deadLetters });
});

test.each([
  ["of another secret", { "x-hub-signature-256": `sha256=${"0".repeat(64)}` }],
  ["that is missing", { "x-hub-signature-256": undefined }],
  ["of the old kind", { "x-hub-signature-256": `sha1=${"0".repeat(40)}` }],
  ["that is no hex", { "x-hub-signature-256": `sha256=${"z".repeat(64)}` }],
  ["that is cut off", { "x-hub-signature-256": "sha256=00" }],
])("a signature %s is answered 401 and stores nothing", async (_name, wrong) => {
  const before = await counts();
  for (const body of [labelDelivery(52), "{", ""]) expect((await sender.post("issues", body, wrong)).status).toBe(401);
  expect(await counts()).toEqual(before);
});

test("a right signature of another body is answered 401", async () => {
  const before = await counts();
  const other = `sha256=${createHmac("sha256", secret).update(labelDelivery(53)).digest("hex")}`;
  const forged = await sender.post("issues", labelDelivery(54), { "x-hub-signature-256": other });
  expect(forged.status).toBe(401);
  expect(await counts()).toEqual(before);
});

test("a delivery without its event or its id is answered 400 and stores nothing", async () => {
  const before = await counts();
  for (const name of ["x-github-event", "x-github-delivery"]) {
    const answer = await sender.post("issues", labelDelivery(55), { [name]: undefined });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining("X-GitHub-Delivery") });
  }
  expect(await counts()).toEqual(before);
});

test.each([
  ["malformed JSON", Buffer.from('{"action": "labeled", ')],
  ["no JSON at all", Buffer.from("payload=%7B%7D")],
])("%s with a right signature is answered 400 and kept as a dead letter, byte for byte", async (_name, body) => {
  const before = await counts();
  const guid = randomUUID();
  const posted = () => sender.post("issues", body, { "x-github-delivery": guid });
  expect((await posted()).status).toBe(400);
  expect((await posted()).status).toBe(400);
  expect(await counts()).toEqual({ ...before, deadLetters: before.deadLetters + 1 });
  const letter = await world.manager.direct.getMessage("DLQ", { last_by_subj: "dlq.GITHUB.webhook" });
  expect(Buffer.from(letter?.data ?? [])).toEqual(body);
  expect(letter?.header.get("Rig-Reason")).toMatch(/^not JSON: ./);
  expect(letter?.header.get("X-GitHub-Delivery")).toBe(guid);
});
