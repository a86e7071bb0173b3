import { isDeepStrictEqual } from "node:util";
import { Result } from "effect";
import fc from "fast-check";
import { headers as makeHeaders, type NatsConnection } from "nats";
import { changeAt, issueAt, type RefOf, shortName } from "#contracts/aggregates.ts";
import { foldChange } from "#contracts/change-life.ts";
import type { ServiceName } from "#contracts/choreography.ts";
import type { FactOf } from "#contracts/envelope.ts";
import { foldIssue } from "#contracts/issue-life.ts";
import { aggregateFilter, failedConsumer, inboxPrefix, workSubject } from "#contracts/subjects.ts";
import { matches } from "#contracts/test-subjects.ts";
import { load } from "#kit/facts/aggregate.ts";
import type { World } from "#kit/test/test-world.ts";
import { decodeWork } from "#kit/work/enqueue.ts";
import { replayTarget } from "../../deploy/operator/replay-target.ts";
import { consumers } from "../consumers.ts";
import { busUsers } from "../permissions.ts";
import { attackOf } from "./test-attacks.ts";
import { makeJudge, type Reader, rigReader } from "./test-judge.ts";
import { addedTo, changesBetween, type Look, look, type StoredMessage } from "./test-look.ts";
import type { Scene, Stage } from "./test-stage.ts";
import type { Wire } from "./test-wire.ts";

/** How many attacks were sent, and what became of them. */
export interface Tally {
  attempts: number;
  /** The broker refused the subject. */
  denied: number;
  /** The server answered with an error. */
  refused: number;
  stored: number;
  /** Other answers, such as that of a read. */
  answered: number;
}

/** How a campaign is fought. What is absent is the rig's own. */
export interface CampaignOptions {
  readonly seed: number;
  readonly runs: number;
  readonly reader?: Reader;
  readonly as?: World["as"];
  readonly replay?: typeof replayTarget;
  readonly readWork?: typeof decodeWork;
}

/** 24 attacks a run: few enough to read them all when one of them worked. */
const attacksPerRun = 24;

/**
 * Attacks with the key of one service, run after run, and judges after each what changed. Rejects with the breaches and the attacks of the
 * first run in which something changed that is not the service's own; fast-check adds the seed.
 */
export async function fight(stage: Stage, attacker: ServiceName, options: CampaignOptions): Promise<Tally> {
  const { world } = stage;
  const tally: Tally = { attempts: 0, denied: 0, refused: 0, stored: 0, answered: 0 };
  const connection = await openAttacker(world, attacker, tally);
  const judge = makeJudge(options.reader ?? rigReader);
  let known = await look(world);
  judge.honest(messagesOn("EVENTS", known));
  const attacks = fc.array(attackOf(attacker, stage.users), { minLength: attacksPerRun, maxLength: attacksPerRun });
  const property = fc.asyncProperty(attacks, async (chosen) => {
    const scene = await stage.scene(attacker);
    const before = await look(world, known);
    judge.honest(addedTo("EVENTS", known, before));
    const wires = chosen.map((attack) => attack(scene));
    const leaked = await send(connection, attacker, wires, tally);
    const after = await look(world, before);
    const breaches = [
      ...leaked,
      ...stage.received
        .splice(0)
        .flatMap(({ user, subject }) => (user === attacker ? [] : [`the inbox of ${user} received ${subject}`])),
      ...changesBetween(before, after, attacker),
      ...judge.hostile(attacker, addedTo("EVENTS", before, after)),
      ...(options.reader === undefined ? await misread(world, scene, after, judge) : []),
      ...wrongItems(addedTo("WORK", before, after), options.readWork ?? decodeWork),
      ...(await wrongReplays(world, addedTo("DLQ", before, after), judge.holds, options.replay ?? replayTarget)),
    ];
    const unanswered = await stage.answer(scene, options.as).then(
      () => [],
      (cause: unknown) => [String(cause)],
    );
    known = after;
    if (breaches.length + unanswered.length === 0) return;
    throw new Error(`${[...breaches, ...unanswered].join("\n")}\nafter:\n${wires.map(shown).join("\n")}`);
  });
  try {
    await fc.assert(property, {
      seed: options.seed,
      numRuns: options.runs,
      endOnFailure: true,
      includeErrorInReport: true,
    });
  } finally {
    await connection.close();
  }
  return tally;
}

function messagesOn(stream: string, { messages }: Look): readonly StoredMessage[] {
  return [...(messages.get(stream)?.values() ?? [])];
}

/** Connects with the key of the attacker and counts what the server answers. */
async function openAttacker(world: World, attacker: ServiceName, tally: Tally): Promise<NatsConnection> {
  const connection = await world.bus.connectAs(attacker);
  connection.subscribe(`${inboxPrefix(attacker)}.answers`, {
    callback: (_, message) => {
      const text = message.string();
      if (text.includes('"error"')) tally.refused += 1;
      else if (text.startsWith('{"stream"')) tally.stored += 1;
      else tally.answered += 1;
    },
  });
  void (async () => {
    for await (const status of connection.status()) if (status.type === "error") tally.denied += 1;
  })();
  return connection;
}

/** Sends all attacks and waits until the server has dealt with them. Returns what the attacker received on subjects of others. */
async function send(
  connection: NatsConnection,
  attacker: ServiceName,
  wires: readonly Wire[],
  tally: Tally,
): Promise<readonly string[]> {
  const leaked: string[] = [];
  for (const { verb, subject, payload, headers, block, reply } of wires) {
    tally.attempts += 1;
    if (verb === "subscribe") {
      connection.subscribe(subject, {
        callback: (error, message) => {
          // What it pulls from its own consumer comes to its inbox under the subject of the message.
          if (error === null && !subject.startsWith(`${inboxPrefix(attacker)}.`))
            leaked.push(`${attacker} received ${message.subject}`);
        },
      });
      continue;
    }
    const named = makeHeaders();
    for (const [name, value] of headers) named.append(name, value);
    // The client writes what `encode` returns.
    if (block !== undefined) Object.assign(named, { encode: () => new TextEncoder().encode(block) });
    connection.publish(subject, payload, { headers: named, reply: reply ?? `${inboxPrefix(attacker)}.answers` });
  }
  await connection.flush();
  await Promise.all(lastSubjects(attacker).map((subject) => settle(connection, subject)));
  return leaked;
}

/**
 * One subject for each stream on which the attacker may publish: the streams store what one connection sends in its order, so the answer to
 * this message is behind all others.
 */
function lastSubjects(attacker: ServiceName): readonly string[] {
  const own = busUsers.find(({ name }) => name === attacker)?.permissions.publish ?? [];
  const stored = own.filter((pattern) => !/^\$JS\./.test(pattern));
  const firsts = Map.groupBy(stored, (pattern) => pattern.split(".")[0]);
  return [...firsts.values()].map(([pattern = ""]) => pattern.replaceAll(/[*>]/g, "last"));
}

async function settle(connection: NatsConnection, subject: string): Promise<void> {
  await connection.request(subject, "", { timeout: 5_000 }).catch(() => undefined);
}

/** Services read each history as it stands: the same state as the judge's, and the last message on it. */
async function misread(
  world: World,
  { numbers }: Scene,
  { messages }: Look,
  judge: ReturnType<typeof makeJudge>,
): Promise<readonly string[]> {
  const at = (number: number) => ({ owner: "acme", repo: "widgets", number });
  const issues = [numbers.queued, numbers.held, numbers.reviewed, numbers.settled, numbers.probe].map(at).map(issueAt);
  const changes = [numbers.change, numbers.reviewing].map(at).map(changeAt);
  const on = [...(messages.get("EVENTS")?.values() ?? [])];
  const lastOn = (filter: string) => on.findLast(({ subject }) => matches(filter, subject))?.sequence ?? 0;
  const check = async <Kind extends "issue" | "pr">(
    of: RefOf<Kind>,
    fold: (facts: readonly FactOf<Kind>[]) => unknown,
  ) => {
    if (judge.waits(of)) return [];
    const history = await world.as("dispatcher", load(of)).catch((cause: unknown) => String(cause));
    const what = `the history of ${shortName(of)}`;
    if (typeof history === "string") return [`${what} cannot be read: ${history}`];
    const whole = history.lastSequence === lastOn(aggregateFilter(of));
    const right = isDeepStrictEqual(fold(history.facts), judge.lifeOf(of));
    return [...(whole ? [] : [`${what} is cut off`]), ...(right ? [] : [`${what} is read otherwise`])];
  };
  const found = await Promise.all([
    ...issues.map((of) => check<"issue">(of, foldIssue)),
    ...changes.map((of) => check<"pr">(of, foldChange)),
  ]);
  return found.flat();
}

/** An item that an agent would read belongs on the subject on which it stands: there is one for each piece of work. */
function wrongItems(items: readonly StoredMessage[], readWork: typeof decodeWork): readonly string[] {
  return items.flatMap(({ subject, payload }) => {
    const item = readWork(subject, payload);
    if (Result.isFailure(item) || workSubject(item.success) === subject) return [];
    return [`the item on ${subject} is work on ${workSubject(item.success)}`];
  });
}

/** Each letter is replayed nowhere, or to the consumer that its subject names: a fact only when EVENTS holds the same bytes. */
async function wrongReplays(
  world: World,
  letters: readonly StoredMessage[],
  isStored: (payload: Uint8Array) => boolean,
  replay: typeof replayTarget,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const { sequence, subject, payload } of letters) {
    const letter = await world.manager.direct.getMessage("DLQ", { seq: sequence });
    if (letter === null) continue;
    const target = await replay(world.manager, letter);
    if ("refused" in target) continue;
    const { stream, consumer } = failedConsumer(subject);
    const readers = consumers.filter(
      (spec) => (spec.stream === "REDO" || spec.stream === "WORK") && spec.config.durable_name === consumer,
    );
    const reaches = readers.some(({ config }) =>
      config.filter_subjects.some((filter) => matches(filter, target.subject)),
    );
    if (!reaches) wrong.push(`the letter on ${subject} is replayed on ${target.subject}`);
    if (stream === "EVENTS" && !isStored(payload)) wrong.push(`the letter on ${subject} is replayed and is no fact`);
  }
  return wrong;
}

/** One attack in one line; 200 characters of the payload show what it is. */
function shown({ verb, subject, payload, headers, block, reply }: Wire): string {
  const named = JSON.stringify(block) ?? headers.map(([name, value]) => `${name}: ${value}`).join(", ");
  const text = new TextDecoder().decode(payload.subarray(0, 200));
  return `${verb} ${subject} [${named}] ${reply === undefined ? "" : `reply ${reply} `}${payload.length} B ${JSON.stringify(text)}`;
}
