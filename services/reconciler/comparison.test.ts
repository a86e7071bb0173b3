import { Effect, Logger } from "effect";
import { expect, test } from "vitest";
import { issueAt } from "#contracts/aggregates.ts";
import type { Fact } from "#contracts/envelope.ts";
import { approvalOf, factOf, labelOf } from "#contracts/test-facts.ts";
import { Bus } from "#kit/bus/bus.ts";
import { memoryBus } from "#kit/bus/test-memory-bus.ts";
import { outgoing } from "#kit/facts/aggregate.ts";
import { makeAsking } from "./asking.ts";
import { type Comparison, publishMissing } from "./comparison.ts";
import { missingOnChange } from "./decide-change.ts";
import { labelOn, missingOnIssue } from "./decide-issue.ts";
import { makeLastCompared } from "./last-compared.ts";
import { at, fact, open, opened, pull, repository, typesOf } from "./test-seen.ts";

// Everybody may comment, and each comment moves `updated_at`. The bus is in memory.

const place = { owner: "acme", repo: "widgets" };

/** What is published at each of these ticks, a minute apart, on a history of these facts. `compare` is told when GitHub says that it changed: just now. */
function publishedAt(
  ticks: number,
  history: readonly Fact[],
  compare: (run: Comparison, updatedAt: string) => ReturnType<typeof publishMissing>,
): Promise<readonly (readonly string[])[]> {
  const memory = { asking: makeAsking(), lastCompared: makeLastCompared(), since: new Map<string, string>() };
  const ticking = Effect.gen(function* () {
    const bus = yield* Bus;
    yield* Effect.forEach(history, (each) => bus.publish(outgoing(each)));
    return yield* Effect.forEach(Array.from({ length: ticks }).keys(), (minute) =>
      Effect.gen(function* () {
        const tick = factOf("TICK", { schedule: "minute", instant: at(minute) }, { id: `tick ${minute}` });
        const known = { ...place, issues: new Map(), changes: new Set<number>() };
        const run = { ...memory, tick, askedAtMs: Date.parse(at(minute)), at: place, repository, known };
        const found: Comparison["found"] = [];
        yield* compare({ ...run, found, notCompared: [], awayInARow: 0 }, at(minute - 10 / 60));
        return typesOf(found);
      }),
    );
  });
  return Effect.runPromise(ticking.pipe(Effect.provide([memoryBus, Logger.layer([])])));
}

test("a push whose delivery is lost is told at the second tick that misses it, although strangers comment all the time", async () => {
  const { on } = opened;
  const told = await publishedAt(4, [opened], (run, updated_at) => {
    const shown = { ...pull, head: { ...pull.head, sha: "three" }, updated_at };
    return publishMissing(run, { on }, (history) => missingOnChange({ ...open, pull: shown }, history));
  });
  expect(told).toEqual([[], ["PR_SYNCHRONIZED"], [], []]);
});

test("a head that is another one at each tick has no lost delivery: each may be under way", async () => {
  const { on } = opened;
  const told = await publishedAt(4, [opened], (run, updated_at) => {
    const shown = { ...pull, head: { ...pull.head, sha: updated_at }, updated_at };
    return publishMissing(run, { on }, (history) => missingOnChange({ ...open, pull: shown }, history));
  });
  expect(told.flat()).toEqual([]);
});

test("a label that is off without an event is told at the second tick that misses it, although strangers comment all the time", async () => {
  const on = issueAt({ ...place, number: 1 });
  const history = [fact("ISSUE_LABELED", labelOf({ updatedAt: at(-9) })), fact("ISSUE_APPROVED", approvalOf())];
  const ofIssue = history.map((each) => ({ ...each, on }) as Fact);
  const told = await publishedAt(4, ofIssue, (run, updated_at) => {
    const issue = { number: 1, title: "Sell", body: "Do", labels: [], updated_at };
    const seen = { repository, issue, closed: null, label: labelOn(issue, []), editedAt: null };
    return publishMissing(run, { on }, (facts) => missingOnIssue(seen, facts));
  });
  expect(told.slice(0, 2)).toEqual([[], ["ISSUE_UNLABELED"]]);
});
