import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Effect, Layer, ManagedRuntime, Result } from "effect";
import { decodeFact, type Fact } from "#contracts/envelope.ts";
import { Bus, busLayer, DeliverPolicy } from "#kit/bus.ts";

/** The bus as a person sees it: reads everything, says nothing. */
export interface Operator {
  readonly bus: Bus["Service"];
  /** The facts on a filter of EVENTS, oldest first; what cannot be read is left out (`rig doctor` counts it). */
  facts(filter: string): Promise<readonly Fact[]>;
  /** Calls for every fact from now on, in order, until `close`. */
  follow(each: (fact: Fact, subject: string) => void): Promise<void>;
  close(): Promise<void>;
}

/** Connects as the user `operator`. Throws when the bus is not there; `keysDirectory` undefined is for a bus without accounts. */
export async function connectOperator(at: {
  readonly url: string;
  readonly keysDirectory?: string | undefined;
}): Promise<Operator> {
  const bus = await connectAs("operator", at);
  return {
    bus: bus.service,
    facts: async (filter) => {
      const stored = await Effect.runPromise(bus.service.read("EVENTS", filter));
      return stored.flatMap(({ payload }) => read(payload));
    },
    follow: async (each) => {
      // From the stream and not from the subjects: a subscriber also hears appends that the stream then refused.
      const consumer = await bus.service.jetstream.consumers.get("EVENTS", { deliver_policy: DeliverPolicy.New });
      const messages = await consumer.consume({ max_messages: 64 });
      void (async () => {
        for await (const message of messages) {
          for (const fact of read(message.data)) each(fact, message.subject);
        }
      })();
    },
    close: bus.close,
  };
}

/** Connects as any user of the bus whose key stands in the directory. */
export async function connectAs(
  user: string,
  at: { readonly url: string; readonly keysDirectory?: string | undefined },
) {
  const seed =
    at.keysDirectory === undefined ? undefined : (await readFile(join(at.keysDirectory, `${user}.nk`), "utf8")).trim();
  const runtime = ManagedRuntime.make(Layer.fresh(busLayer({ user, url: at.url, seed })));
  const service = await runtime.runPromise(Bus.use((bus) => Effect.succeed(bus)));
  return { service, close: () => runtime.dispose() };
}

function read(payload: Uint8Array): readonly Fact[] {
  const fact = decodeFact(payload);
  return Result.isSuccess(fact) ? [fact.success] : [];
}
