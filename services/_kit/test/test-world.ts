import { randomUUID } from "node:crypto";
import { type ConsumerInfo, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { ConfigProvider, Effect, type Exit, Fiber, Layer, Logger, ManagedRuntime } from "effect";
import type { NatsConnection } from "nats";
import { expect, vi } from "vitest";
import { applyBusConfig } from "#bus-config/apply.ts";
import { consumers } from "#bus-config/consumers.ts";
import type { BusUser } from "#bus-config/permissions.ts";
import { nanoseconds, type StreamSpec, streams } from "#bus-config/streams.ts";
import { startTestBus, type TestBus } from "#bus-config/test-bus.ts";
import type { AggregateKind, RefOf } from "#contracts/aggregates.ts";
import { publishersOf, type RowName } from "#contracts/choreography.ts";
import type { FactDraft, FactOf } from "#contracts/envelope.ts";
import { workSubject } from "#contracts/subjects.ts";
import type { WorkItem } from "#contracts/work.ts";
import { Bus, busLayer } from "#kit/bus/bus.ts";
import type { StartRefused } from "#kit/errors.ts";
import { load, publishFacts } from "#kit/facts/aggregate.ts";
import { firstCause } from "#kit/facts/stamp.ts";
import type { Service } from "#kit/process/service.ts";

/** A program that runs in the background of a test until it is stopped or ends. */
export interface Running<E> {
  readonly ended: Promise<Exit.Exit<never, E>>;
  /** Interrupts it and waits for its end. */
  stop(): Promise<void>;
}

/** Environment variables of a service. */
export type Settings = Readonly<Record<string, string>>;

/** One nats-server with the rig's bus configuration. Each service has its own connection to it. */
export interface World {
  readonly bus: TestBus;
  readonly admin: NatsConnection;
  readonly manager: JetStreamManager;
  /** The environment of that service: the address and key of the bus, and the settings of this world. */
  settingsOf(service: string): Settings;
  /** Runs a program to its end with that service's connection. */
  as<A, E>(service: string, program: Effect.Effect<A, E, Bus>): Promise<A>;
  /** The bus connection of that service, which a test may wrap. */
  busOf(service: string): Promise<Bus["Service"]>;
  /** Starts a program without an end as that service; `stop` of the world stops it too. */
  start<E>(service: string, program: Effect.Effect<never, E, Bus>): Running<E | StartRefused>;
  /** Starts a whole service as `run.ts` does; `stop` of the world stops it too. */
  startService(service: Service): Running<StartRefused>;
  /** Publishes facts as that service. Each call has a new cause. */
  publish(service: string, ...drafts: readonly FactDraft[]): Promise<void>;
  /** Publishes each fact in the name of a row that publishes its type. */
  publishAll(...drafts: readonly FactDraft[]): Promise<void>;
  /** Enqueues a work item as the dispatcher. */
  enqueue(item: WorkItem): Promise<void>;
  history<Kind extends AggregateKind>(on: RefOf<Kind>): Promise<readonly FactOf<Kind>[]>;
  consumer(stream: string, name: string): Promise<ConsumerInfo>;
  /** Waits until that service has handled all messages of its consumer, at most 15 s. */
  consumed(service: string, stream?: "EVENTS" | "GITHUB"): Promise<void>;
  stop(): Promise<void>;
}

/** The options of a world. */
export interface WorldOptions {
  /** Default 2 s, so that a test does not wait long for the redelivery of a dead service's messages. */
  readonly ackWaitMs?: number;
  readonly leaseTtlMs?: number;
  readonly settings?: Settings;
  /** Users with other permissions than the rig's, and other streams. */
  readonly users?: readonly BusUser[];
  readonly streams?: readonly StreamSpec[];
}

/** Starts the pinned nats-server and applies the bus configuration as `admin`. Services log nothing. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const bus = await startTestBus("", options.users);
  const admin = await bus.connectAs("admin");
  await applyBusConfig(admin, shortened(options));
  const manager = await jetstreamManager(admin);
  const runtimes = new Map<string, ManagedRuntime.ManagedRuntime<Bus, StartRefused>>();
  const running = new Set<Running<unknown>>();
  const settingsOf = (service: string): Settings => ({
    NATS_URL: bus.url,
    NATS_NKEY_SEED: bus.seedOf(service),
    ...options.settings,
  });
  const quiet = (service: string) => Layer.merge(settingsLayer(settingsOf(service)), Logger.layer([]));
  const runtimeOf = (service: string) => {
    const layer = busLayer({ user: service, url: bus.url, seed: bus.seedOf(service) });
    const runtime = runtimes.get(service) ?? ManagedRuntime.make(Layer.provideMerge(layer, quiet(service)));
    runtimes.set(service, runtime);
    return runtime;
  };
  const as: World["as"] = (service, program) => runtimeOf(service).runPromise(program);
  const consumer: World["consumer"] = (stream, name) => manager.consumers.info(stream, name);
  const kept = <Program extends Running<unknown>>(program: Program): Program => {
    running.add(program);
    return program;
  };
  let published = 0;
  const publish: World["publish"] = (service, ...drafts) => {
    published += 1;
    const cause = firstCause(`test-${published}`);
    return as(service, publishFacts({ service: service as RowName, cause, step: "publish" }, drafts));
  };
  return {
    bus,
    admin,
    manager,
    settingsOf,
    as,
    busOf: (service) => as(service, Bus),
    start: (service, program) => kept(run(runtimeOf(service), program)),
    startService: ({ name, program }) => kept(runningOf(Effect.runFork(Effect.provide(program, quiet(name))))),
    publish,
    publishAll: async (...drafts) => {
      for (const draft of drafts) await publish(publishersOf(draft.type)[0] ?? "", draft);
    },
    enqueue: async (item) => {
      const payload = new TextEncoder().encode(JSON.stringify(item));
      const message = { subject: workSubject(item), payload, msgId: randomUUID() };
      const publishing = Effect.flatMap(Bus, (dispatcher) => dispatcher.publish(message));
      expect(await as("dispatcher", publishing)).toMatchObject({ stored: true });
    },
    history: async (on) => (await as("dispatcher", load(on))).facts,
    consumer,
    consumed: (service, stream = "EVENTS") => {
      // The server counts a message for a consumer a moment after it has stored it, so one answer may be from before that.
      let idleAnswers = 0;
      // 45 s: on a busy machine the gate takes 20 s for ten facts of one change on a real forge.
      return eventually(async () => {
        const { num_pending, num_ack_pending } = await consumer(stream, service);
        idleAnswers = num_pending + num_ack_pending === 0 ? idleAnswers + 1 : 0;
        expect({ num_pending, num_ack_pending }).toEqual({ num_pending: 0, num_ack_pending: 0 });
        expect(idleAnswers).toBeGreaterThanOrEqual(2);
      }, 45_000);
    },
    stop: async () => {
      await Promise.all([...running].map((program) => program.stop()));
      await Promise.all([...runtimes.values()].map((runtime) => runtime.dispose()));
      await bus.stop();
    },
  };
}

/** Replaces the environment of the process by these settings. */
export function settingsLayer(settings: Settings): Layer.Layer<never> {
  return ConfigProvider.layer(ConfigProvider.fromEnv({ env: settings }));
}

/**
 * Starts a program. Its `stop` waits until the server knows that the program's pull is over: otherwise the server could send a message to
 * that pull, and it would be redelivered only after the ack wait.
 */
function run<E, Refused>(
  runtime: ManagedRuntime.ManagedRuntime<Bus, Refused>,
  program: Effect.Effect<never, E, Bus>,
): Running<E | Refused> {
  const { ended, stop } = runningOf(runtime.runFork(program));
  const flush = async () => (await runtime.runPromise(Bus)).connection.flush();
  return { ended, stop: () => stop().then(flush) };
}

function runningOf<E>(fiber: Fiber.Fiber<never, E>): Running<E> {
  return {
    ended: Effect.runPromise(Fiber.await(fiber)),
    stop: () => Effect.runPromise(Fiber.interrupt(fiber)),
  };
}

function shortened({ ackWaitMs = 2_000, leaseTtlMs, streams: wanted = streams }: WorldOptions) {
  return {
    consumers: consumers.map((spec) =>
      spec.config.ack_wait === undefined
        ? spec
        : { ...spec, config: { ...spec.config, ack_wait: nanoseconds(ackWaitMs) } },
    ),
    streams: wanted.map((spec) => {
      if (leaseTtlMs === undefined || !spec.config.name.startsWith("KV_")) return spec;
      const age = nanoseconds(leaseTtlMs);
      return { ...spec, config: { ...spec.config, max_age: age, duplicate_window: age } };
    }),
  };
}

/** Repeats the check every 10 ms until it passes, at most `withinMs` (default 5 s). Then it fails with the check's last error. */
export function eventually<A>(check: () => A | Promise<A>, withinMs = 5_000): Promise<A> {
  return vi.waitFor(check, { timeout: withinMs, interval: 10 });
}

/** Runs a program with some operations of its bus replaced, so that a test can add a fault or a rival between two steps. */
export function withBus<A, E, R>(
  replaced: Partial<Bus["Service"]>,
  program: Effect.Effect<A, E, R>,
): Effect.Effect<A, E, Exclude<R, Bus> | Bus> {
  return Effect.flatMap(Bus, (bus) => Effect.provideService(program, Bus, Bus.of({ ...bus, ...replaced })));
}
