import { Effect } from "effect";
import { expect, test } from "vitest";
import type { FactOf } from "#contracts/envelope.ts";
import { ticksOf } from "#contracts/schedules.ts";
import { Bus } from "#kit/bus/bus.ts";
import { appendTick, lastTick } from "#kit/facts/ticks.ts";
import { freePort } from "#kit/process/http.ts";
import { connectAs } from "../operator/connection.ts";
import { runMaxMs, startRun } from "./test-run.ts";

// The whole rig on a forge whose deliveries reach nobody: what happens on GitHub it learns only from the reconciler.

test("an issue leads to one reviewed, tested merge although no delivery ever comes", {
  timeout: runMaxMs,
}, async () => {
  await using closers = new AsyncDisposableStack();
  const run = await startRun("together");
  closers.defer(() => run.stop());
  const nowhere = `http://127.0.0.1:${await freePort()}/nowhere`;
  run.rig.forge?.setWebhook({ url: nowhere, secret: run.rig.webhookSecret });
  const { natsUrl: url, natsKeysDirectory: keysDirectory } = run.rig.places;
  const clock = await connectAs("scheduler", { url, keysDirectory });
  closers.defer(() => clock.close());
  let end: FactOf<"issue"> | undefined;
  const done = run.untilDone().then((fact) => {
    end = fact;
  });
  // Each tick is a minute after the one before, an hour ahead: whatever happened until now counts as lost.
  const firstMs = Math.ceil(Date.now() / 60_000) * 60_000 + 3_600_000;
  for (let minute = 0; end === undefined; minute += 1) {
    await tickAt(clock.service, new Date(firstMs + minute * 60_000).toISOString());
    // This is the clock itself, four minutes a second, and no wait for a state: the fact that ends the issue ends the loop.
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 250))]);
  }
  expect(end.type).toBe("ISSUE_DONE");
  const facts = await run.operator.facts("evt.>");
  expect(facts.filter(({ actor }) => actor === "webhook")).toEqual([]);
  const told = new Set(facts.filter(({ actor }) => actor === "reconciler").map(({ type }) => type));
  expect([...told]).toEqual(
    expect.arrayContaining(["ISSUE_LABELED", "PR_OPENED", "PR_SYNCHRONIZED", "CI_PASSED", "RECONCILED"]),
  );
  expect(await run.failures(end)).toEqual([]);
});

async function tickAt(scheduler: Bus["Service"], instant: string): Promise<void> {
  const draft = { type: "TICK", on: ticksOf("minute"), data: { schedule: "minute", instant } } as const;
  const ticking = Effect.gen(function* () {
    const { sequence } = yield* lastTick("minute");
    yield* appendTick("scheduler", draft, sequence);
  });
  await Effect.runPromise(Effect.provideService(ticking, Bus, scheduler));
}
