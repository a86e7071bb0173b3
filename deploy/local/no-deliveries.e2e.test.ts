import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Effect } from "effect";
import { expect, test } from "vitest";
import type { Fact } from "#contracts/envelope.ts";
import { ticksOf } from "#contracts/schedules.ts";
import { Bus } from "#kit/bus/bus.ts";
import { appendTick, lastTick } from "#kit/facts/ticks.ts";
import { freePort } from "#kit/process/http.ts";
import { connectAs, connectOperator } from "../operator/connection.ts";
import { readBroughtAlong } from "./brought-along.ts";
import { operatorForge } from "./demo/forge-client.ts";
import { demoIssues, demoRepository } from "./demo/issues.ts";
import { demoPlaybook } from "./demo/playbook.ts";
import { prove } from "./demo/proof.ts";
import { startRig } from "./rig-up.ts";

// The whole rig on a forge whose deliveries reach nobody: what happens on GitHub it learns only from the reconciler.

test("an issue leads to one reviewed, tested merge although no delivery ever comes", { timeout: 180_000 }, async () => {
  await using closers = new AsyncDisposableStack();
  const dataDirectory = await mkdtemp(join(tmpdir(), "rig-e2e-"));
  closers.defer(() => rm(dataDirectory, { recursive: true, force: true }));
  const demo = { repository: demoRepository, playbook: demoPlaybook };
  const rig = await startRig({ dataDirectory, services: "together", broughtAlong: readBroughtAlong({}), ...demo });
  closers.defer(() => rig.stop());
  const nowhere = `http://127.0.0.1:${await freePort()}/nowhere`;
  rig.forge?.setWebhook({ url: nowhere, secret: rig.webhookSecret });
  const { natsUrl: url, natsKeysDirectory: keysDirectory } = rig.places;
  const operator = await connectOperator({ url, keysDirectory });
  closers.defer(() => operator.close());
  const clock = await connectAs("scheduler", { url, keysDirectory });
  closers.defer(() => clock.close());
  let end: Fact | undefined;
  await operator.follow((fact) => {
    if (fact.type === "ISSUE_DONE" || fact.type === "ISSUE_NEEDS_HUMAN") end = fact;
  });
  const { number } = await operatorForge(rig.places).fileIssue(demoIssues[0]);
  // Each tick is a minute after the one before, an hour ahead: whatever happened until now counts as lost.
  const firstMs = Math.ceil(Date.now() / 60_000) * 60_000 + 3_600_000;
  for (let minute = 0; end === undefined; minute += 1) {
    await tickAt(clock.service, new Date(firstMs + minute * 60_000).toISOString());
    // This is the clock itself, four minutes a second, and no wait for a state: the fact that ends the issue ends the loop.
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  expect(end).toMatchObject({ type: "ISSUE_DONE", on: { number } });
  const facts = await operator.facts("evt.>");
  expect(facts.filter(({ actor }) => actor === "webhook")).toEqual([]);
  const told = new Set(facts.filter(({ actor }) => actor === "reconciler").map(({ type }) => type));
  expect([...told]).toEqual(
    expect.arrayContaining(["ISSUE_LABELED", "PR_OPENED", "PR_SYNCHRONIZED", "CI_PASSED", "RECONCILED"]),
  );
  const forge = operatorForge(rig.places);
  const bareRepository = join(dataDirectory, "forge", "repos", demoRepository.owner, `${demoRepository.name}.git`);
  const issueState = await forge.issueState(number);
  const proven = await prove({ facts, bareRepository, issueState, pullRequests: await forge.pullRequests() });
  expect(proven.filter(({ holds }) => !holds)).toEqual([]);
});

async function tickAt(scheduler: Bus["Service"], instant: string): Promise<void> {
  const draft = { type: "TICK", on: ticksOf("minute"), data: { schedule: "minute", instant } } as const;
  const ticking = Effect.gen(function* () {
    const { sequence } = yield* lastTick("minute");
    yield* appendTick("scheduler", draft, sequence);
  });
  await Effect.runPromise(Effect.provideService(ticking, Bus, scheduler));
}
