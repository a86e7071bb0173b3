import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConsumerMessages } from "@nats-io/jetstream";
import { Effect, Layer, ManagedRuntime, Result, Schedule } from "effect";
import type { Fact } from "#contracts/envelope.ts";
import { readFact } from "#contracts/stored-fact.ts";
import { Bus, busLayer, DeliverPolicy } from "#kit/bus/bus.ts";
import { readText } from "#kit/facts/text.ts";
import { telemetry } from "#kit/process/telemetry.ts";
import type { RigPlaces } from "./places.ts";
import { pointersIn, type Texts } from "./timeline.ts";

/** The bus as a person has it: everything can be read; what a person does is appended as facts of the row `operator`. */
export interface Operator {
  readonly bus: Bus["Service"];
  /** Runs a program on the bus. It rejects with the program's error. */
  run<A, E>(program: Effect.Effect<A, E, Bus>): Promise<A>;
  /** The facts on a filter of EVENTS, oldest first; what cannot be read is left out (`rig doctor` counts it). */
  facts(filter: string): Promise<readonly Fact[]>;
  /** How many messages on a filter of EVENTS cannot be read: no facts, or facts of another version. */
  unread(filter: string): Promise<number>;
  /** The texts that the facts point to, for `timelineLine`. */
  texts(facts: readonly Fact[]): Promise<Texts>;
  /** Calls for every fact from now on, in order, until `close`. */
  follow(each: (fact: Fact, subject: string) => void | Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** What reading needs of it. */
export type Reader = Pick<Operator, "run" | "facts" | "unread">;

/** Connects to the rig as the operator, for as long as `use` runs. */
export async function withOperator<A>(places: RigPlaces, use: (operator: Operator) => Promise<A>): Promise<A> {
  const operator = await connectOperator({ url: places.natsUrl, keysDirectory: places.natsKeysDirectory });
  try {
    return await use(operator);
  } finally {
    await operator.close();
  }
}

/** Connects as the user `reader`, which can publish nothing, where the directory has its key, and else as the operator. */
export async function withReader<A>(places: RigPlaces, use: (reader: Reader) => Promise<A>): Promise<A> {
  const { natsUrl: url, natsKeysDirectory: keysDirectory } = places;
  const hasKey = keysDirectory !== undefined && (await readSeed(keysDirectory, "reader").then(Boolean, () => false));
  if (!hasKey) return withOperator(places, use);
  const { service, close } = await connectAs("reader", { url, keysDirectory, tries: operatorTries });
  try {
    return await use(operatorOn(service));
  } finally {
    await close();
  }
}

/** 5 tries take 3 s: a person waits for the answer, and a rig that is up answers at the first one. */
const operatorTries = 5;

/** Connects as the user `operator`. Throws within seconds when the bus is not there; `keysDirectory` undefined is for a bus without accounts. */
export async function connectOperator(at: {
  readonly url: string;
  readonly keysDirectory?: string | undefined;
}): Promise<Operator> {
  const { service, close } = await connectAs("operator", { ...at, tries: operatorTries });
  return operatorOn(service, close);
}

/** The operator on a connection that is there: a test gives one that fails in the middle of a command. */
export function operatorOn(bus: Bus["Service"], close: () => Promise<void> = async () => undefined): Operator {
  const run: Operator["run"] = (program) => Effect.runPromise(Effect.provideService(program, Bus, bus));
  return {
    bus,
    run,
    facts: async (filter) => {
      const stored = await Effect.runPromise(bus.read("EVENTS", filter));
      return stored.flatMap(({ subject, payload }) => decode(subject, payload));
    },
    unread: async (filter) => {
      const stored = await Effect.runPromise(bus.read("EVENTS", filter));
      return stored.filter(({ subject, payload }) => decode(subject, payload).length === 0).length;
    },
    texts: (facts) => {
      // Half a minute: a bus that restarts is back by then, and a text that cannot be asked for is not taken for erased.
      return run(readTexts(facts).pipe(Effect.retry({ schedule: Schedule.spaced("1 second"), times: 30 })));
    },
    follow: (each) => follow(bus, each),
    close,
  };
}

/** Connects under the name of one user of the bus, whose key stands in the directory. */
export async function connectAs(
  user: string,
  at: { readonly url: string; readonly keysDirectory?: string | undefined; readonly tries?: number },
) {
  const seed = at.keysDirectory === undefined ? undefined : await readSeed(at.keysDirectory, user);
  const runtime = ManagedRuntime.make(
    // Quiet: that a connection breaks while the rig stops is no news to the person who stopped it.
    Layer.fresh(busLayer({ user, url: at.url, seed, ...(at.tries === undefined ? {} : { tries: at.tries }) })).pipe(
      Layer.provideMerge(telemetry("Error")),
    ),
  );
  const service = await runtime.runPromise(Bus.use((bus) => Effect.succeed(bus)));
  return { service, close: () => runtime.dispose() };
}

/** Reads the key of a user of the bus. Throws what to do when it cannot be read. */
export async function readSeed(directory: string, user: string): Promise<string> {
  const path = join(directory, `${user}.nk`);
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const what = `${path} cannot be read (${cause.code}): natsKeysDirectory of rig.json has to name the directory with it`;
    throw new Error(what, { cause });
  });
  return text.trim();
}

const readTexts = Effect.fnUntraced(function* (facts: readonly Fact[]) {
  const texts = new Map<string, string>();
  for (const ref of facts.flatMap(pointersIn)) {
    if (texts.has(ref.subject)) continue;
    const text = yield* readText(ref).pipe(Effect.catchTag("Poison", (error) => Effect.succeed(`(${error.what})`)));
    if (text !== null) texts.set(ref.subject, text);
  }
  return texts;
});

/** Foreign and unsupported messages are left out: doctor shows them. */
function decode(subject: string, payload: Uint8Array): readonly Fact[] {
  const fact = readFact(subject, payload);
  return Result.isSuccess(fact) ? [fact.success] : [];
}

/**
 * From the stream and not from the subjects, because a subscriber also receives appends that the stream then refused. After a
 * reconnection it goes on behind the last fact.
 */
async function follow(bus: Bus["Service"], each: (fact: Fact, subject: string) => void | Promise<void>): Promise<void> {
  let last = 0;
  const open = async () => {
    const from =
      last === 0
        ? { deliver_policy: DeliverPolicy.New }
        : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: last + 1 };
    const consumer = await bus.jetstream.consumers.get("EVENTS", from);
    return consumer.consume({ max_messages: 64 });
  };
  const read = async (messages: ConsumerMessages) => {
    for await (const message of messages) {
      if (message.seq <= last) continue;
      last = message.seq;
      for (const fact of decode(message.subject, message.data)) await each(fact, message.subject);
    }
  };
  let messages = await open();
  void (async () => {
    while (!bus.connection.isClosed()) {
      const ended = await Promise.race([
        read(messages).then(() => true),
        Effect.runPromise(bus.reconnected).then(() => false),
      ]);
      messages.stop();
      if (ended) return;
      messages = await open();
    }
  })();
}
