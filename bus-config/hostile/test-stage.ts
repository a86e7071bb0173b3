import { createHash } from "node:crypto";
import { Effect } from "effect";
import type { NatsConnection } from "nats";
import { rowNames, type ServiceName } from "#contracts/choreography.ts";
import type { FactDraft } from "#contracts/envelope.ts";
import { ticksOf } from "#contracts/schedules.ts";
import { inboxPrefix, textSubject } from "#contracts/subjects.ts";
import { approvalOf, draftOf, labelOf, reviewItem, workItem } from "#contracts/test-facts.ts";
import { keepDeadLetter } from "#kit/bus/dead-letter.ts";
import { append } from "#kit/facts/aggregate.ts";
import { firstCause, stepId } from "#kit/facts/stamp.ts";
import { startWorld, type World, type WorldOptions } from "#kit/test/test-world.ts";
import { openLeases } from "#kit/work/lease.ts";
import { type BusUser, busUsers } from "../permissions.ts";

// The honest services' state beside a hostile key: each run gets issues, changes, work, texts and leases of its own.

/** How far an honest issue or change is when the attack begins. `unknown` is one that nobody spoke of. */
export const slots = ["queued", "held", "reviewed", "settled", "change", "reviewing", "probe", "unknown"] as const;
export type Slot = (typeof slots)[number];

/** What an attacker finds, and may know, when a run begins. */
export interface Scene {
  readonly attacker: ServiceName;
  readonly numbers: Readonly<Record<Slot, number>>;
  /** The ids of the honest claims of this run: everybody can read them. */
  readonly claimIds: readonly string[];
  readonly headSha: string;
  /** The ack subjects of messages that honest services have in hand. */
  readonly inHand: readonly string[];
  readonly texts: readonly string[];
  /** The id of the fact that an honest service publishes after the attack, as everybody can compute it. */
  readonly nextId: string;
}

/** A live server with honest state, and the connections that watch it. */
export interface Stage {
  readonly world: World;
  /** The users of the server with their permissions. */
  readonly users: readonly BusUser[];
  /** What was sent to an inbox by somebody who attacked it. */
  readonly received: { readonly user: string; readonly subject: string }[];
  /** Makes the honest state of one run. */
  scene(attacker: ServiceName): Promise<Scene>;
  /** Appends the fact that `nextId` names. Rejects when it is not stored. `world.as` unless a test replaces it. */
  answer(scene: Scene, as?: World["as"]): Promise<void>;
  stop(): Promise<void>;
}

/** Ten minutes: nothing may be redelivered or end by itself while an attack runs, because the server's state is compared. */
const lastingMs = 600_000;

/** Starts a server as the rig configures it; `options` widen one thing for a test of the test. */
export async function openStage(options: Pick<WorldOptions, "users" | "streams"> = {}): Promise<Stage> {
  const world = await startWorld({ ackWaitMs: lastingMs, leaseTtlMs: lastingMs, ...options });
  const { users = busUsers } = options;
  const received: Stage["received"] = [];
  for (const user of rowNames) await watchInbox(world, user, received);
  await world.publish("scheduler", {
    type: "TICK",
    on: ticksOf("minute"),
    data: { schedule: "minute", instant: "2026-01-02T03:04:00.000Z" },
  });
  let runs = 0;
  const inHand: string[] = [];
  const scene = async (attacker: ServiceName): Promise<Scene> => {
    runs += 1;
    const made = await setScene(world, attacker, runs * 10);
    if (runs === 1) inHand.push(...(await takeInHand(world)));
    return { ...made, inHand };
  };
  return { world, users, received, scene, answer: (of, as = world.as) => answer(of, as), stop: () => world.stop() };
}

async function watchInbox(world: World, user: string, received: Stage["received"]): Promise<void> {
  const connection = await world.bus.connectAs(user);
  connection.subscribe(`${inboxPrefix(user)}.hostile.>`, {
    callback: (_, { subject }) => void received.push({ user, subject }),
  });
  await connection.flush();
}

async function setScene(world: World, attacker: ServiceName, base: number): Promise<Omit<Scene, "inHand">> {
  const numbers = Object.fromEntries(slots.map((slot, at) => [slot, base + at])) as Scene["numbers"];
  const headSha = `head-${base}`;
  const reviewClaim = `claim-${numbers.reviewing}`;
  const issues = [numbers.queued, numbers.held, numbers.reviewed, numbers.settled];
  const review = { claimId: reviewClaim, epoch: 1, agentId: "review-e", instanceId: "honest", attempt: 1, headSha };
  // Each history is made in its order, and all at once.
  const dispatch = async (number: number) => {
    await world.publish("webhook", labelled(number));
    await world.publish("dispatcher", ...dispatched(number));
  };
  const work = async (number: number) => {
    await dispatch(number);
    await world.publish("dev-e", ...begun(number, `claim-${number}`));
  };
  const open = (number: number) => world.publish("webhook", opened(number, headSha));
  const ask = draftOf("ISSUE_NEEDS_HUMAN", numbers.settled, { reason: "asked", details: null });
  await Promise.all([
    dispatch(numbers.queued).then(() => world.enqueue(workItem({ number: numbers.queued }))),
    work(numbers.held),
    work(numbers.reviewed).then(() => world.publish("dev-e", ...succeeded(numbers.reviewed, numbers.change, headSha))),
    dispatch(numbers.settled).then(() => world.publish("dispatcher", ask)),
    open(numbers.change).then(() => world.enqueue(reviewItem({ number: numbers.change, headSha }))),
    open(numbers.reviewing).then(() =>
      world.publish("review-e", draftOf("REVIEW_ASSIGNED", numbers.reviewing, review)),
    ),
    lease(world, "dev-e", "issue", numbers.held, `claim-${numbers.held}`),
    lease(world, "review-e", "pr", numbers.reviewing, reviewClaim),
  ]);
  return {
    attacker,
    numbers,
    claimIds: [`claim-${numbers.held}`, `claim-${numbers.reviewed}`, reviewClaim],
    headSha,
    texts: issues.map((number) => textSubject({ ...place, number }, hashOf(bodyOf(number)), "webhook")),
    nextId: `${stepId(proberOf(attacker), firstCause(`probe-${base}`), "probe")}/0`,
  };
}

const place = { owner: "acme", repo: "widgets" };
const bodyOf = (number: number) => `Sell more of ${number}`;
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

function labelled(number: number): FactDraft {
  return draftOf("ISSUE_LABELED", number, { ...labelOf(), body: { text: bodyOf(number) } });
}

function opened(number: number, headSha: string): FactDraft {
  const pr = { title: "t", author: "rig-dev-e[bot]", branch: `feature/issue-${number}`, baseBranch: "main" };
  return draftOf("PR_OPENED", number, { ...pr, headSha, closes: [] });
}

function dispatched(number: number): readonly FactDraft[] {
  const queued = { attempt: 1, task: "implement", reason: "", prNumber: null, headSha: null } as const;
  return [draftOf("ISSUE_APPROVED", number, approvalOf()), draftOf("ISSUE_QUEUED", number, queued)];
}

function begun(number: number, claimId: string): readonly FactDraft[] {
  const claim = { claimId, epoch: 1, agentId: "dev-e", instanceId: "honest", attempt: 1 };
  const started = { claimId, task: "implement", model: "scripted", remarks: [] } as const;
  return [draftOf("ISSUE_ASSIGNED", number, claim), draftOf("WORK_STARTED", number, started)];
}

function succeeded(number: number, prNumber: number, headSha: string): readonly FactDraft[] {
  const claimId = `claim-${number}`;
  const pr = { claimId, agentId: "dev-e", prNumber, prUrl: "", branch: `feature/issue-${number}`, epoch: 1 };
  const end = { claimId, attempt: 1, prNumber, headSha, turns: 1, summary: { text: "done" } };
  return [draftOf("PR_CREATED", number, pr), draftOf("RUN_SUCCEEDED", number, end)];
}

function lease(world: World, agent: string, kind: "issue" | "pr", number: number, claimId: string): Promise<void> {
  const renewing = Effect.flatMap(openLeases(), ({ renew }) => renew({ kind, ...place, number }, claimId));
  return world.as(agent, renewing);
}

/** Honest services pull messages and answer nothing; dead letters, deliveries and a replay wait for a person. */
async function takeInHand(world: World): Promise<readonly string[]> {
  const webhook = await world.bus.connectAs("webhook");
  await webhook.request("github.issues.labeled.acme.widgets", "{}", { timeout: 5_000 });
  for (const [service, stream, consumer] of [
    ["webhook", "GITHUB", "webhook"],
    ["dispatcher", "EVENTS", "dispatcher"],
    ["dev-e", "WORK", "dev-e-dev-node-low"],
  ] as const) {
    const letter = { stream, consumer, id: `${stream}/${consumer}/1`, subject: "honest", reason: "kept" };
    await world.as(service, keepDeadLetter({ ...letter, payload: new TextEncoder().encode("{}") }));
  }
  const pulled = [
    await pull(webhook, "GITHUB.webhook"),
    await pull(await world.bus.connectAs("dispatcher"), "EVENTS.dispatcher"),
    await pull(await world.bus.connectAs("merge-gate"), "EVENTS.merge-gate"),
    await pull(await world.bus.connectAs("dev-e"), "WORK.dev-e-dev-node-normal"),
    await pull(await world.bus.connectAs("review-e"), "WORK.review-e-review-any-normal"),
  ];
  return pulled;
}

/** Returns the ack subject of the pulled message. */
async function pull(connection: NatsConnection, consumer: string): Promise<string> {
  const request = JSON.stringify({ batch: 1, no_wait: true });
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${consumer}`;
  const { reply } = await connection.request(subject, request, { timeout: 5_000, noMux: true });
  if (reply === undefined || reply === "") throw new Error(`${consumer} delivered nothing`);
  return reply;
}

/** Who appends the fact after the attack: another service than the attacker. */
function proberOf(attacker: ServiceName): "webhook" | "dispatcher" {
  return attacker === "webhook" ? "dispatcher" : "webhook";
}

async function answer({ attacker, numbers, nextId }: Scene, as: World["as"]): Promise<void> {
  const service = proberOf(attacker);
  const draft =
    service === "webhook"
      ? draftOf("ISSUE_CLOSED", numbers.probe, { sender: "ada", stateReason: null })
      : draftOf("ISSUE_CANCELLED", numbers.probe, { reason: "over" });
  const key = { service, cause: firstCause(`probe-${numbers.queued}`), step: "probe" };
  const on = { kind: "issue", ...place, number: numbers.probe } as const;
  const appending = append(key, on, () => ({ facts: [draft] }));
  const { facts } = await as(service, appending).catch((cause: unknown) => {
    throw new Error(`the next fact of ${service} is not stored: ${String(cause)}`);
  });
  if (facts[0]?.id !== nextId) throw new Error(`the next fact of ${service} is not stored`);
}
