import { Effect, Fiber, Layer, Logger, ManagedRuntime } from "effect";
import { expect } from "vitest";
import { applyBusConfig } from "#bus-config/apply.ts";
import { consumers } from "#bus-config/consumers.ts";
import { streams } from "#bus-config/streams.ts";
import type { RowName } from "#contracts/choreography.ts";
import { foldIssue } from "#contracts/issue-life.ts";
import { approvalOf, draftOf, issueOf } from "#contracts/test-facts.ts";
import { Bus, busLayer } from "#kit/bus/bus.ts";
import { append, load, publishFacts } from "#kit/facts/aggregate.ts";
import { rootSpan } from "#kit/facts/stamp.ts";
import { openPool } from "#kit/project/database.ts";
import { readTally, tallying } from "#kit/project/test-tally.ts";
import { eventually } from "./test-world.ts";

/** The engines under the rig: a nats-server without accounts and a Postgres, both empty. */
export interface Engines {
  readonly natsUrl: string;
  readonly databaseUrl: string;
}

/** The checks of the engines, each with the rule that it proves. They run in this order on one pair of engines. */
export const engineChecks: readonly (readonly [rule: string, check: (engines: Engines) => Promise<void>])[] = [
  ["accepts the whole bus configuration and keeps every setting", takesBusConfig],
  ["of eight racers for an issue assigns exactly one", assignsOnce],
  ["projects every fact once, also after a restart", projectsOnce],
];

async function takesBusConfig({ natsUrl }: Engines): Promise<void> {
  const everything = streams.length + consumers.length;
  await withService("admin", natsUrl, async (runtime) => {
    const { connection } = await runtime.runPromise(Bus);
    expect((await applyBusConfig(connection)).created).toHaveLength(everything);
    expect((await applyBusConfig(connection)).unchanged).toHaveLength(everything);
  });
}

const keyOf = (id: string, service: RowName) => ({
  service,
  cause: { id, correlationId: "c", traceparent: rootSpan() },
  step: "step",
});

async function assignsOnce({ natsUrl }: Engines): Promise<void> {
  const queued = { attempt: 1, task: "implement", reason: "", prNumber: null, headSha: null } as const;
  const dispatched = [draftOf("ISSUE_APPROVED", 1, approvalOf()), draftOf("ISSUE_QUEUED", 1, queued)];
  const racers = Array.from({ length: 8 }, (_, racer) =>
    append(keyOf(`racer-${racer}`, "dev-e"), issueOf(1), (history) => {
      if (foldIssue(history).holder !== null) return { facts: [] };
      const claim = { claimId: `${racer}`, epoch: 1, agentId: "dev-e", instanceId: "", attempt: 1 };
      return { facts: [draftOf("ISSUE_ASSIGNED", 1, claim)] };
    }),
  );
  await withService("dispatcher", natsUrl, async (runtime) => {
    await runtime.runPromise(append(keyOf("dispatch", "dispatcher"), issueOf(1), () => ({ facts: dispatched })));
    const ends = await runtime.runPromise(Effect.all(racers, { concurrency: "unbounded" }));
    expect(ends.filter(({ facts }) => facts.length > 0)).toHaveLength(1);
    const { facts } = await runtime.runPromise(load(issueOf(1)));
    expect(facts.map(({ type }) => type)).toEqual(["ISSUE_APPROVED", "ISSUE_QUEUED", "ISSUE_ASSIGNED"]);
  });
}

async function projectsOnce({ natsUrl, databaseUrl }: Engines): Promise<void> {
  const pool = openPool(databaseUrl);
  try {
    await withService("status", natsUrl, async (runtime) => {
      for (const last of [3, 4]) {
        if (last === 4) {
          const fact = draftOf("ISSUE_CANCELLED", 1, { reason: "closed" });
          await runtime.runPromise(publishFacts(keyOf("cancel", "dispatcher"), [fact]));
        }
        const fiber = runtime.runFork(tallying(pool));
        await eventually(async () => expect((await readTally(pool)).checkpoint).toBe(last), 20_000);
        await Effect.runPromise(Fiber.interrupt(fiber));
      }
    });
    expect((await readTally(pool)).seen).toEqual([1, 2, 3, 4]);
  } finally {
    await pool.end();
  }
}

type Runtime = ManagedRuntime.ManagedRuntime<Bus, unknown>;

async function withService(user: string, url: string, use: (runtime: Runtime) => Promise<void>): Promise<void> {
  const runtime = ManagedRuntime.make(Layer.provideMerge(busLayer({ user, url }), Logger.layer([])));
  try {
    await use(runtime);
  } finally {
    await runtime.dispose();
  }
}
