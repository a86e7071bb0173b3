import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { operatorForge } from "../demo/forge-client.ts";
import { demoIssues } from "../demo/issues.ts";
import { type Figure, megabytes } from "./figures.ts";
import { memoryOf, type PartMemory, wholeRig } from "./memory.ts";
import { untilQuiet } from "./quiet.ts";
import { type BenchRig, startBenchProgram, startBenchRig } from "./rig.ts";

/** What issue 2 asks for, in bytes. */
const goalEmbeddedBytes = 700_000_000;
const goalOutsideBytes = 300_000_000;
/** 2 s at rest: children of the last run are gone, and what a garbage collection frees soon is freed. */
const restMs = 2_000;
const issueMaxMs = 120_000;

/** What a rig holds after the demo's issue: with the embedded Postgres, and with one that is not part of the rig. */
export async function measureMemory(closers: AsyncDisposableStack, directory: string): Promise<readonly Figure[]> {
  const embedded = await afterTheDemo(closers, join(directory, "embedded"), {});
  const args = [join(directory, "outside-postgres")];
  const postgres = await startBenchProgram(closers, { file: "bench/postgres.ts", args, upPrefix: "postgres://" });
  const outside = await afterTheDemo(closers, join(directory, "outside"), { DATABASE_URL: postgres.upLine });
  await postgres.stop();
  return [
    figure("resident memory with the embedded Postgres", embedded, goalEmbeddedBytes),
    figure("resident memory with DATABASE_URL", outside, goalOutsideBytes),
  ];
}

async function afterTheDemo(
  closers: AsyncDisposableStack,
  dataDirectory: string,
  settings: Readonly<Record<string, string>>,
): Promise<readonly PartMemory[]> {
  const rig = await startBenchRig(closers, dataDirectory, settings);
  await runDemoIssue(rig);
  await untilQuiet(rig);
  await delay(restMs);
  const parts = await memoryOf(rig.pid);
  await rig.stop();
  return parts;
}

async function runDemoIssue({ operator, places }: BenchRig): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = setTimeout(() => reject(new Error(`the demo's issue is not done after ${issueMaxMs} ms`)), issueMaxMs);
  await operator.follow((fact) => {
    if (fact.type === "ISSUE_DONE") resolve();
    if (fact.type === "ISSUE_NEEDS_HUMAN") reject(new Error(`the demo's issue needs a person: ${fact.data.reason}`));
  });
  await operatorForge(places).fileIssue(demoIssues[0]);
  await promise.finally(() => clearTimeout(late));
}

function figure(what: string, parts: readonly PartMemory[], goalBytes: number): Figure {
  const whole = parts.find(({ part }) => part === wholeRig);
  const split = parts.filter((part) => part !== whole).map((part) => `${part.part} ${sizes(part)}`);
  const peak =
    whole?.peakBytes === undefined ? "" : ` Sum of the peaks of each process: ${megabytes(whole.peakBytes)}.`;
  return {
    what,
    figure: whole === undefined ? "-" : sizes(whole),
    goal: `at most ${megabytes(goalBytes)}`,
    met: whole !== undefined && whole.rssBytes <= goalBytes,
    how: `n = 1, all processes of npm start, ${restMs / 1_000} s after the demo's issue ended; RSS decides${hasPss(whole) ? ", PSS counts shared pages once" : ""}. ${split.join(", ")}.${peak}`,
  };
}

function sizes({ rssBytes, pssBytes }: PartMemory): string {
  return pssBytes === undefined ? megabytes(rssBytes) : `${megabytes(rssBytes)} (PSS ${megabytes(pssBytes)})`;
}

function hasPss(part: PartMemory | undefined): boolean {
  return part?.pssBytes !== undefined;
}
