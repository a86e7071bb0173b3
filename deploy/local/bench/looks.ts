import { Effect, Result } from "effect";
import { evaluate } from "#contracts/gate/evaluate.ts";
import { decodeSnapshot } from "#contracts/gate/snapshot.ts";
import { factFilter } from "#contracts/subjects.ts";
import type { TextRef } from "#contracts/text.ts";
import { Bus } from "#kit/bus/bus.ts";
import { readText } from "#kit/facts/text.ts";
import { readPolicy } from "#kit/policy/policy.ts";
import { type Figure, percentile } from "./figures.ts";
import type { SlowForge } from "./slow-forge.ts";

// What one look of the gate costs: requests to GitHub, time, and the evaluation by itself.

/** 20: p95 is then the second slowest one. */
const looksMax = 20;
const requestsGoal = 6;
/** 1 s for each of the two rates. */
const roundMs = 1_000;

/** Looks at changes one after another. `look` lets the gate look at the change with this index, and tells how long that took, ms. */
export async function measureLooks(
  forge: SlowForge,
  answerMs: number,
  look: (index: number) => Promise<number>,
): Promise<readonly Figure[]> {
  const before = lookedFor(forge);
  const tookMs: number[] = [];
  for (let index = 0; index < looksMax; index += 1) tookMs.push(await look(index));
  const requests = (lookedFor(forge) - before) / looksMax;
  const of = `${looksMax} changes with one commit, file, check and review, one after another`;
  return [
    {
      what: "GitHub requests per look of the gate",
      figure: requests.toFixed(1),
      goal: `≤ ${requestsGoal}`,
      met: requests <= requestsGoal,
      how: `${of}, as the forge counts them. To show a verdict that changed is two more, a merge another look and one.`,
    },
    {
      what: "a look of the gate",
      figure: `p50 ${percentile(tookMs, 0.5).toFixed(0)} ms, p95 ${percentile(tookMs, 0.95).toFixed(0)} ms`,
      how: `${of}, a forge that takes ${answerMs} ms for each answer; from the fact that wakes the gate to GATE_EVALUATED.`,
    },
  ];
}

/** The requests of looks: those that show the verdict are counted apart. */
function lookedFor(forge: SlowForge): number {
  return forge.answered() - forge.answeredOfVerdicts();
}

/** How often the last snapshot on the bus is evaluated in a second, and how often its JSON is parsed. */
export const measureVerdicts = Effect.fn("measureVerdicts")(function* () {
  const bus = yield* Bus;
  const last = yield* bus.last("EVENTS", factFilter("GATE_EVALUATED"));
  const fact = JSON.parse(new TextDecoder().decode(last?.payload)) as {
    readonly data: { readonly snapshot: TextRef };
  };
  const text = (yield* readText(fact.data.snapshot)) ?? "";
  const snapshot = Result.getOrThrow(decodeSnapshot(text));
  const { gate } = yield* readPolicy();
  const evaluations = perSecond(() => evaluate(snapshot, gate));
  const parses = perSecond(() => JSON.parse(text));
  const figure: Figure = {
    what: "evaluations of the gate per second",
    figure: `${evaluations.toFixed(0)}, ${(evaluations / parses).toFixed(2)} of JSON.parse`,
    how: `evaluate() alone on one snapshot of ${text.length} characters, whose JSON is parsed ${parses.toFixed(0)} times in a second.`,
  };
  return figure;
});

function perSecond(run: () => unknown): number {
  const startedAt = performance.now();
  let count = 0;
  while (performance.now() - startedAt < roundMs) {
    for (let index = 0; index < 100; index += 1) run();
    count += 100;
  }
  return (count * 1_000) / (performance.now() - startedAt);
}
