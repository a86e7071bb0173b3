import { Result } from "effect";
import type { FactType } from "#contracts/catalogue.ts";
import { isOfKind } from "#contracts/envelope.ts";
import { readyLabel } from "#contracts/labels.ts";
import { readFact } from "#contracts/stored-fact.ts";
import { DeliverPolicy } from "#kit/bus/bus.ts";
import { octokitOf } from "#kit/github/github.ts";
import { demoRepository } from "../demo/issues.ts";
import { type Figure, percentile, percentiles } from "./figures.ts";
import { untilQuiet } from "./quiet.ts";
import type { BenchRig } from "./rig.ts";

/** When each fact of an issue was stored, ms since 1970, as the stream stamped it. */
type Times = ReadonlyMap<FactType, number>;

/** One issue's way from its label request to its claim. */
interface Claimed {
  readonly requestedAtMs: number;
  readonly times: Times;
}

/** 90 s: of 40 issues at once the last one waits for 39 runs of 0.6 s. */
const settledMaxMs = 90_000;
/** 40 s: on a machine under load the series ends with fewer issues instead of taking minutes. */
const seriesMaxMs = 40_000;

/**
 * From the label request to ISSUE_ASSIGNED, in a rig whose model refuses at once: each issue is claimed, cloned, refused and given to
 * a person, so that the agent is soon idle again. Everything on the way is the real service.
 */
export async function measureClaims(rig: BenchRig, issuesMax: number): Promise<readonly Figure[]> {
  const label = labelling(rig);
  const watch = await watchFacts(rig);
  const oneByOne: Claimed[] = [];
  const startedAt = performance.now();
  // The first one is not counted: it compiles what the others run.
  for (const [index, number] of (await label.file(issuesMax + 1)).entries()) {
    await untilQuiet(rig);
    const requestedAtMs = Date.now();
    await label.set(number);
    const times = await watch.until(number, "ISSUE_NEEDS_HUMAN");
    if (index > 0) oneByOne.push({ requestedAtMs, times });
    if (performance.now() - startedAt > seriesMaxMs && oneByOne.length > 0) break;
  }
  const numbers = await label.file(oneByOne.length);
  await untilQuiet(rig);
  const requestedAtMs = Date.now();
  const atOnce = await Promise.all(
    numbers.map(async (number) => {
      await label.set(number);
      return { requestedAtMs, times: await watch.until(number, "ISSUE_NEEDS_HUMAN") };
    }),
  );
  await untilQuiet(rig);
  return [...figuresOneByOne(oneByOne), ...figuresAtOnce(atOnce)];
}

function figuresOneByOne(issues: readonly Claimed[]): readonly Figure[] {
  const n = issues.length;
  const total = issues.map((issue) => at(issue, "ISSUE_ASSIGNED") - issue.requestedAtMs);
  const steps = [
    [
      "label request to ISSUE_LABELED (forge, webhook)",
      (issue: Claimed) => at(issue, "ISSUE_LABELED") - issue.requestedAtMs,
    ],
    ["to ISSUE_QUEUED (dispatcher reads .rig-agent.yaml)", between("ISSUE_LABELED", "ISSUE_QUEUED")],
    ["to ISSUE_ASSIGNED (dev-e)", between("ISSUE_QUEUED", "ISSUE_ASSIGNED")],
  ] as const;
  const split = steps.map(([what, ms]) => `${what} ${percentile(issues.map(ms), 0.5).toFixed(0)} ms`);
  return [
    {
      what: "label → claimed, agent idle",
      figure: percentiles(total),
      how: `n = ${n}, one after another, the real dev-e; its model refuses, so each run ends at once. p50 of each step: ${split.join(", ")}.`,
    },
  ];
}

function figuresAtOnce(issues: readonly Claimed[]): readonly Figure[] {
  const n = issues.length;
  const queued = issues.map((issue) => at(issue, "ISSUE_QUEUED") - issue.requestedAtMs);
  const claimed = issues.map((issue) => at(issue, "ISSUE_ASSIGNED") - issue.requestedAtMs);
  const turns = issues.map(between("ISSUE_ASSIGNED", "RUN_FAILED"));
  return [
    {
      what: `label → queued, ${n} at once`,
      figure: percentiles(queued),
      how: `n = ${n}, all labels requested at the same moment; the forge sends one webhook after the other.`,
    },
    {
      what: `label → claimed, ${n} at once`,
      figure: percentiles(claimed),
      how: `n = ${n}, the same issues; the one dev-e takes them one at a time, so this is mostly the runs in front (p50 of a run: ${percentile(turns, 0.5).toFixed(0)} ms).`,
    },
  ];
}

function between(from: FactType, to: FactType) {
  return (issue: Claimed) => at(issue, to) - at(issue, from);
}

function at({ times }: Claimed, type: FactType): number {
  const time = times.get(type);
  if (time === undefined) throw new Error(`An issue reached its end without ${type}.`);
  return time;
}

/** The operator's own hands on the local forge. */
function labelling({ places }: BenchRig) {
  const octokit = octokitOf(`${places.forgeUrl}/api/v3`, places.operatorToken ?? "");
  const repository = { owner: demoRepository.owner, repo: demoRepository.name };
  return {
    /** Files issues without a label: nothing of the rig acts on them yet. */
    file: async (count: number): Promise<readonly number[]> => {
      const numbers: number[] = [];
      for (let index = 1; index <= count; index += 1) {
        const issue = { title: `Bench issue ${index}`, body: "Measures how soon it is claimed." };
        numbers.push((await octokit.rest.issues.create({ ...repository, ...issue })).data.number);
      }
      return numbers;
    },
    set: async (number: number): Promise<void> => {
      await octokit.rest.issues.addLabels({ ...repository, issue_number: number, labels: [readyLabel] });
    },
  };
}

/** Notes when each fact was stored; the clock is the server's, on this machine. */
async function watchFacts({ operator }: BenchRig) {
  const seen = new Map<number, Map<FactType, number>>();
  const waiting = new Map<string, (times: Times) => void>();
  const consumer = await operator.bus.jetstream.consumers.get("EVENTS", {
    deliver_policy: DeliverPolicy.New,
    filter_subjects: "evt.issue.>",
  });
  const messages = await consumer.consume({ max_messages: 256 });
  void (async () => {
    for await (const message of messages) {
      const fact = readFact(message.subject, message.data);
      if (Result.isFailure(fact) || !isOfKind("issue", fact.success)) continue;
      const { type, on } = fact.success;
      if (on.kind !== "issue") continue;
      const times = seen.get(on.number) ?? new Map<FactType, number>();
      seen.set(on.number, times);
      if (!times.has(type)) times.set(type, message.info.timestampNanos / 1_000_000);
      waiting.get(`${on.number} ${type}`)?.(times);
    }
  })();
  return {
    /** Resolves with all times of the issue once it has this fact. */
    until: async (number: number, type: FactType): Promise<Times> => {
      const known = seen.get(number);
      if (known?.has(type)) return known;
      const { promise, resolve, reject } = Promise.withResolvers<Times>();
      const late = setTimeout(
        () => reject(new Error(`#${number} has no ${type} after ${settledMaxMs} ms`)),
        settledMaxMs,
      );
      waiting.set(`${number} ${type}`, resolve);
      return promise.finally(() => clearTimeout(late));
    },
  };
}
