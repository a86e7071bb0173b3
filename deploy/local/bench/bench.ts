import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endWith, onStopSignal } from "../../operator/exit.ts";
import { measureClaims } from "./claims.ts";
import { type Figure, tableLines } from "./figures.ts";
import { measureGuard } from "./guard.ts";
import { machineLines } from "./machine.ts";
import { measureEvaluations, measureLabels } from "./many.ts";
import { measureRates } from "./rates.ts";
import { measureReconcile } from "./reconcile.ts";
import { startRefusingModel } from "./refusing-model.ts";
import { measureMemory } from "./resident.ts";
import { startBenchRig } from "./rig.ts";

// Measures what the rig promises, on rigs of its own, and says next to each figure how. A missed goal is printed; it is no error.

/** 40: p99 is then the slowest one, and both series together take about a minute on two cores. */
const issuesMax = 40;
/** 200: as many changes as wait at once for a gate that was away for a morning. */
const evaluationsMax = 200;
/** 1 000: more issues than a repository has at once that agents work on. */
const reconciledMax = 1_000;
/** 16 in flight: with 1, 16 and 64 the ratio was 0.32, 0.43 and 0.42, so more shows a larger number and nothing else. */
const rates = { rounds: 4, roundMs: 3_000, inFlight: 16 };

async function bench(): Promise<number> {
  const closers = new AsyncDisposableStack();
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= closers.disposeAsync();
    return stopping;
  };
  onStopSignal(stop);
  try {
    const directory = await mkdtemp(join(tmpdir(), "rig-bench-"));
    closers.defer(() => rm(directory, { recursive: true, force: true }));
    for (const line of await machineLines(directory)) console.log(line);
    const startedAt = performance.now();
    const figures = [
      ...(await measured("the guard", measureGuard())),
      ...(await speed(closers, directory)),
      ...(await measured("memory", measureMemory(closers, directory))),
    ];
    console.log("");
    for (const line of tableLines(figures)) console.log(line);
    console.log(`\nMeasured in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s.`);
    return 0;
  } finally {
    await stop();
  }
}

async function speed(closers: AsyncDisposableStack, directory: string): Promise<readonly Figure[]> {
  const model = await startRefusingModel();
  closers.defer(() => model.close());
  const settings = { ANTHROPIC_API_KEY: "refused", ANTHROPIC_BASE_URL: model.url, RIG_MODEL: "refusing" };
  const rig = await startBenchRig(closers, join(directory, "speed"), settings);
  const ofRig = [
    await measured("label → claimed", measureClaims(rig, issuesMax)),
    await measured("deliveries per second", measureRates(rig, rates)),
    await measured("many labels at once", measureLabels(rig, issuesMax)),
  ];
  await rig.stop();
  const evaluations = measureEvaluations(closers, join(directory, "gate"), evaluationsMax);
  return [
    ...ofRig.flat(),
    ...(await measured("many evaluations at once", evaluations)),
    ...(await measured(
      "a comparison with GitHub",
      measureReconcile(closers, join(directory, "reconcile"), reconciledMax),
    )),
  ];
}

/** Shows each figure as soon as it is there, so that one that cannot be measured hides none of those before it. */
async function measured(what: string, measuring: Promise<readonly Figure[]>): Promise<readonly Figure[]> {
  console.log(`Measuring ${what} …`);
  const figures = await measuring;
  for (const { what: measuredWhat, figure } of figures) console.log(`  ${measuredWhat}: ${figure}`);
  return figures;
}

await endWith(bench());
