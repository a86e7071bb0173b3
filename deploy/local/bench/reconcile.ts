import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Effect } from "effect";
import { applyBusConfig } from "#bus-config/apply.ts";
import { type IssueRef, issueAt } from "#contracts/aggregates.ts";
import { statusSchema } from "#contracts/read-model.ts";
import { ticksOf } from "#contracts/schedules.ts";
import { Bus } from "#kit/bus/bus.ts";
import { publishFacts } from "#kit/facts/aggregate.ts";
import { firstCause } from "#kit/facts/stamp.ts";
import { appendTick, lastTick } from "#kit/facts/ticks.ts";
import { plainEnvironment } from "#kit/process/shell.ts";
import { openPool } from "#kit/project/database.ts";
import { connectAs } from "../../operator/connection.ts";
import { type NatsServer, startNatsServer } from "../engines/nats-server.ts";
import { startTethered } from "../engines/tether.ts";
import { serviceHeap } from "../options.ts";
import type { Figure } from "./figures.ts";
import { type ListingForge, startListingForge } from "./listing-forge.ts";
import { startBenchProgram } from "./rig.ts";

// What it costs to compare a repository with GitHub: requests, and how many of them GitHub counts.

/** 100 ms: what GitHub takes for a list, so that the time shows how many requests follow one another. */
const answerMs = 100;
/** 20: ten full pages, one to see that they end, the pull requests, the events, the comments and the repository are 15. */
const requestsGoal = 20;
/** 1 s without a request: the next one of a comparison follows the last answer at once. */
const quietMs = 1_000;
const quietMaxMs = 60_000;

/**
 * The reconciler and `status` in a process of their own, on a bus of their own, that many issues that the rig works on, and as many others
 * on which somebody commented: those have to cost nothing.
 */
export async function measureReconcile(
  closers: AsyncDisposableStack,
  directory: string,
  issues: number,
): Promise<readonly Figure[]> {
  const forge = await startListingForge({ answerMs, issues });
  closers.defer(() => forge.stop());
  const nats = await startNatsServer(join(directory, "nats"), () => undefined);
  closers.defer(() => nats.server.stop());
  const args = [join(directory, "postgres")];
  const postgres = await startBenchProgram(closers, { file: "bench/postgres.ts", args, upPrefix: "postgres://" });
  const admin = await connectAs("admin", nats);
  closers.defer(() => admin.close());
  await applyBusConfig(admin.service.connection);
  await approve(admin.service, issues);
  await commentOnOthers(admin.service, issues);
  const services = await startServices(nats, forge, postgres.upLine);
  closers.defer(() => services.stop());
  await projected(postgres.upLine, 2 * issues);
  const clock = await connectAs("scheduler", nats);
  closers.defer(() => clock.close());
  const firstMs = Date.now() + 3_600_000;
  const compare = async (minute: number) => {
    forge.taken();
    await tick(clock.service, firstMs + minute * 60_000);
    await untilQuiet(forge);
    return forge.taken();
  };
  const [cold, warm] = [await compare(0), await compare(1)];
  forge.close(Math.ceil(issues / 2));
  const lost = await compare(2);
  await services.stop();
  await postgres.stop();
  const of = `${issues} open issues that the rig works on, ${issues} others with a comment, one repository, ${answerMs} ms for each answer`;
  const counted = ({ requests, unchanged }: typeof cold) => requests - unchanged;
  const costs = (taken: typeof cold) =>
    `${taken.requests} requests, ${counted(taken)} counted, ${(taken.tookMs / 1_000).toFixed(1)} s`;
  return [
    {
      what: `reconcile of ${issues} issues, the first time`,
      figure: costs(cold),
      goal: `≤ ${requestsGoal} requests`,
      met: cold.requests > 0 && cold.requests <= requestsGoal,
      how: `${of}; from the first request to the last answer.`,
    },
    {
      what: "the same, nothing changed",
      figure: costs(warm),
      goal: "0 counted",
      met: warm.requests > 0 && counted(warm) === 0,
      how: "The tick after it: GitHub answers 304, which it does not count.",
    },
    {
      what: "the same, one issue closed and its delivery lost",
      figure: costs(lost),
      how: "One in the middle of the list, so that half of the pages move by one.",
    },
  ];
}

/** In the name of the dispatcher. The facts of each are few, because only whether it is settled matters here. */
async function approve(bus: Bus["Service"], issues: number): Promise<void> {
  const limits = { claimsPerAttemptMax: 3, failedAttemptsMax: 2, fixRoundsMax: 3 };
  const settings = { stack: "node", testCommand: "true", limits, unreadableFiles: "request_changes" } as const;
  const text = { title: "Bench", body: { text: "" } };
  const approval = { ...text, priority: "normal", defaultBranch: "main", ...settings } as const;
  await onEach(bus, issuesFrom(1, issues), (on) =>
    publishFacts({ service: "dispatcher", ...benchCause() }, [{ type: "ISSUE_APPROVED", on, data: approval }]),
  );
}

/** In the name of the webhook. Their numbers follow those of the approved ones. */
async function commentOnOthers(bus: Bus["Service"], issues: number): Promise<void> {
  const comment = { commentId: 1, author: "ada", authorType: "User", action: "created", body: null } as const;
  const data = { ...comment, updatedAt: "2026-01-02T03:04:05Z" };
  await onEach(bus, issuesFrom(issues + 1, issues), (on) =>
    publishFacts({ service: "webhook", ...benchCause() }, [{ type: "ISSUE_COMMENTED", on, data }]),
  );
}

function benchCause() {
  return { cause: firstCause(randomUUID()), step: "bench" } as const;
}

function issuesFrom(first: number, count: number): readonly IssueRef[] {
  return Array.from({ length: count }, (_, index) => issueAt({ owner: "acme", repo: "shop", number: first + index }));
}

async function onEach(
  bus: Bus["Service"],
  issues: readonly IssueRef[],
  publish: (on: IssueRef) => ReturnType<typeof publishFacts>,
): Promise<void> {
  const publishing = Effect.forEach(issues, publish, { concurrency: 32, discard: true });
  await Effect.runPromise(Effect.provideService(publishing, Bus, bus));
}

function startServices(nats: NatsServer, forge: ListingForge, databaseUrl: string) {
  return startTethered({
    name: "reconciler",
    file: process.execPath,
    args: [serviceHeap, join(import.meta.dirname, "../../../services/run.ts"), "status", "reconciler"],
    env: plainEnvironment({
      NATS_URL: nats.url,
      NATS_NKEYS_DIRECTORY: nats.keysDirectory,
      DATABASE_URL: databaseUrl,
      GITHUB_API_URL: forge.url,
      GITHUB_TOKEN_RECONCILER: "bench",
      LOG_LEVEL: "Error",
    }),
  });
}

/** Waits until the read model has every issue. */
async function projected(databaseUrl: string, issues: number): Promise<void> {
  const pool = openPool(databaseUrl);
  const deadline = performance.now() + quietMaxMs;
  try {
    for (;;) {
      const count = pool.query(`select count(*) as count from ${statusSchema}.issue`);
      const { rows } = await count.catch(() => ({ rows: [] }));
      if (Number(rows[0]?.count ?? 0) === issues) return;
      if (performance.now() > deadline)
        throw new Error(`the read model has not ${issues} issues after ${quietMaxMs} ms`);
      await delay(50);
    }
  } finally {
    await pool.end();
  }
}

async function tick(scheduler: Bus["Service"], instantMs: number): Promise<void> {
  const instant = new Date(instantMs - (instantMs % 60_000)).toISOString();
  const draft = { type: "TICK", on: ticksOf("minute"), data: { schedule: "minute", instant } } as const;
  const ticking = Effect.flatMap(lastTick("minute"), ({ sequence }) => appendTick("scheduler", draft, sequence));
  await Effect.runPromise(Effect.provideService(ticking, Bus, scheduler));
}

/** Waits until the forge was asked and is not asked any more. */
async function untilQuiet(forge: ListingForge): Promise<void> {
  const from = performance.now();
  while (forge.lastAnswerAt() < from || performance.now() - forge.lastAnswerAt() < quietMs) {
    if (performance.now() - from > quietMaxMs) throw new Error(`no comparison ended within ${quietMaxMs} ms`);
    await delay(20);
  }
}
