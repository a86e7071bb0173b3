import { createHmac, randomUUID } from "node:crypto";
import { join } from "node:path";
import { Effect } from "effect";
import { applyBusConfig } from "#bus-config/apply.ts";
import { changeAt, issueAt } from "#contracts/aggregates.ts";
import { publishersOf, rowNames } from "#contracts/choreography.ts";
import type { FactDraft } from "#contracts/envelope.ts";
import { readyLabel } from "#contracts/labels.ts";
import { factFilter } from "#contracts/subjects.ts";
import { Bus, DeliverPolicy } from "#kit/bus/bus.ts";
import { publishFacts } from "#kit/facts/aggregate.ts";
import { firstCause } from "#kit/facts/stamp.ts";
import { octokitOf } from "#kit/github/github.ts";
import { plainEnvironment } from "#kit/process/shell.ts";
import { connectAs } from "../../operator/connection.ts";
import { demoRepository } from "../demo/issues.ts";
import { startNatsServer } from "../engines/nats-server.ts";
import { startTethered } from "../engines/tether.ts";
import { serviceHeap } from "../options.ts";
import { type Figure, percentile, spread } from "./figures.ts";
import { measureLooks, measureVerdicts } from "./looks.ts";
import { untilQuiet } from "./quiet.ts";
import type { BenchRig } from "./rig.ts";
import { startSlowForge } from "./slow-forge.ts";

// What the rig does with many things at once: labels at the dispatcher, evaluations at the merge gate.

/** 60 s: four times the goal of the slower of the two. */
const arrivedMaxMs = 60_000;
const labelsGoalMs = 500;
const evaluationsGoalMs = 15_000;

const labelRounds = 3;

/** Posts that many signed `labeled` deliveries at the same moment, and waits until each of their issues is queued; some rounds of it. */
export async function measureLabels(rig: BenchRig, labels: number): Promise<readonly Figure[]> {
  const tookMs: number[] = [];
  for (let round = 1; round <= labelRounds; round += 1) {
    const numbers = await fileLabelled(rig, labels);
    await untilQuiet(rig);
    const queued = await arrivals(rig.operator.bus, factFilter("ISSUE_QUEUED"));
    const startedAt = Date.now();
    await Promise.all(numbers.map((number) => postLabel(rig, number)));
    tookMs.push((await queued.until(labels)) - startedAt);
  }
  const how = `${labels} deliveries of one repository posted to the webhook at the same moment, until the last ISSUE_QUEUED is stored, while dev-e claims; median of ${labelRounds} rounds.`;
  const met = percentile(tookMs, 0.5) <= labelsGoalMs;
  const figure = `${spread(tookMs, 0)} ms`;
  return [{ what: `${labels} labels at once → queued`, figure, goal: `≤ ${labelsGoalMs} ms`, met, how }];
}

const text = { title: "Bench issue", body: "Measures many at once." };

/**
 * Files issues with the label. A bot sets it that no policy names, so the rig refuses what the forge delivers of it, and waits for the
 * delivery in the name of a person: that one GitHub confirms.
 */
async function fileLabelled({ places, botToken }: BenchRig, count: number): Promise<readonly number[]> {
  const as = (token: string | undefined) => octokitOf(`${places.forgeUrl}/api/v3`, token ?? "");
  const repository = { owner: demoRepository.owner, repo: demoRepository.name };
  const numbers: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const { data } = await as(places.operatorToken).rest.issues.create({ ...repository, ...text });
    await as(botToken).rest.issues.addLabels({ ...repository, issue_number: data.number, labels: [readyLabel] });
    numbers.push(data.number);
  }
  return numbers;
}

async function postLabel({ places, webhookSecret }: BenchRig, number: number): Promise<void> {
  const { owner, name } = demoRepository;
  const body = JSON.stringify({
    action: "labeled",
    label: { name: readyLabel },
    issue: { number, ...text, labels: [{ name: readyLabel }] },
    repository: { name, owner: { login: owner }, default_branch: "main" },
    sender: { login: owner, type: "User" },
  });
  const headers = {
    "content-type": "application/json",
    "x-github-event": "issues",
    "x-github-delivery": randomUUID(),
    "x-hub-signature-256": `sha256=${createHmac("sha256", webhookSecret).update(body).digest("hex")}`,
  };
  const answer = await fetch(places.webhookUrl, { method: "POST", headers, body });
  if (answer.status !== 202) throw new Error(`the webhook answered ${answer.status} to a label`);
}

/**
 * A merge gate in a process of its own, on a bus of its own, and a forge that takes 200 ms for each answer: that many changes are edited
 * at the same moment, and each has to be evaluated.
 */
export async function measureEvaluations(
  closers: AsyncDisposableStack,
  directory: string,
  evaluations: number,
): Promise<readonly Figure[]> {
  const answerMs = 200;
  const forge = await startSlowForge({ answerMs });
  closers.defer(() => forge.close());
  const nats = await startNatsServer(join(directory, "nats"), () => undefined);
  closers.defer(() => nats.server.stop());
  const admin = await connectAs("admin", nats);
  closers.defer(() => admin.close());
  await applyBusConfig(admin.service.connection);
  const publish = async (drafts: readonly FactDraft[]) => {
    for (const draft of drafts) {
      // In the name of a row that publishes the type: readers skip any other fact.
      const service = rowNames.find((name) => publishersOf(draft.type).includes(name)) ?? "operator";
      const published = publishFacts({ service, cause: firstCause(randomUUID()), step: "bench" }, [draft]);
      await Effect.runPromise(Effect.provideService(published, Bus, admin.service));
    }
  };
  const numbers = Array.from({ length: evaluations }, (_, index) => index + 1);
  await Promise.all(numbers.map((number) => publish(inReview(number))));
  const evaluated = await arrivals(admin.service, factFilter("GATE_EVALUATED"));
  const gate = await startTethered({
    name: "merge-gate",
    file: process.execPath,
    args: [serviceHeap, join(import.meta.dirname, "../../../services/run.ts"), "merge-gate"],
    env: plainEnvironment({
      NATS_URL: nats.url,
      NATS_NKEYS_DIRECTORY: nats.keysDirectory,
      GITHUB_API_URL: forge.url,
      GITHUB_TOKEN_MERGE_GATE: "bench",
      LOG_LEVEL: "Error",
    }),
  });
  closers.defer(() => gate.stop());
  // One more change is evaluated first: then the gate is up, and what it runs is compiled.
  await publish(inReview(evaluations + 1));
  await publish([edited(evaluations + 1)]);
  await evaluated.until(1);
  const startedAt = Date.now();
  await Promise.all(numbers.map((number) => publish([edited(number)])));
  const tookMs = (await evaluated.until(evaluations + 1)) - startedAt;
  const how = `${evaluations} changes edited at the same moment, one merge gate, a forge that takes ${answerMs} ms for each answer (${forge.answered()} answers in all), until the last GATE_EVALUATED is stored.`;
  const figure = `${(tookMs / 1_000).toFixed(1)} s`;
  const met = tookMs <= evaluationsGoalMs;
  const goal = `≤ ${evaluationsGoalMs / 1_000} s`;
  const looks = await measureLooks(forge, answerMs, async (index) => {
    const number = evaluations + 2 + index;
    await publish(inReview(number));
    const askedAt = Date.now();
    await publish([edited(number)]);
    return (await evaluated.until(number)) - askedAt;
  });
  const verdicts = await Effect.runPromise(Effect.provideService(measureVerdicts(), Bus, admin.service));
  return [{ what: `${evaluations} evaluations of the gate`, figure, goal, met, how }, ...looks, verdicts];
}

const settings = {
  stack: "node",
  testCommand: "true",
  limits: { claimsPerAttemptMax: 3, failedAttemptsMax: 2, fixRoundsMax: 3 },
  unreadableFiles: "request_changes",
} as const;

/** An issue whose change waits for the gate. None of these facts wakes it. */
function inReview(number: number): readonly FactDraft[] {
  const on = issueAt({ owner: "acme", repo: "shop", number });
  const branch = `feature/issue-${number}`;
  const claim = { claimId: `claim-${number}`, epoch: 1, agentId: "dev-e", instanceId: "bench", attempt: 1 };
  const created = {
    claimId: claim.claimId,
    agentId: "dev-e",
    prNumber: number,
    prUrl: `http://forge/${number}`,
    branch,
    epoch: 1,
  };
  return [
    {
      type: "ISSUE_APPROVED",
      on,
      data: { title: "Bench", body: { text: "" }, priority: "normal", defaultBranch: "main", ...settings },
    },
    {
      type: "ISSUE_QUEUED",
      on,
      data: { attempt: 1, task: "implement", reason: "bench", prNumber: null, headSha: null },
    },
    { type: "ISSUE_ASSIGNED", on, data: claim },
    { type: "PR_CREATED", on, data: created },
  ];
}

function edited(number: number): FactDraft {
  const change = { title: "Bench", author: "dev-e[bot]", branch: `feature/issue-${number}`, baseBranch: "main" };
  const on = changeAt({ owner: "acme", repo: "shop", number });
  return { type: "PR_EDITED", on, data: { ...change, headSha: `head-of-${number}`, closes: [number] } };
}

/** Counts the facts on a filter from now on, and tells when the last of so many was stored (ms since 1970, the server's clock). */
async function arrivals(bus: Bus["Service"], filter: string) {
  const consumer = await bus.jetstream.consumers.get("EVENTS", {
    deliver_policy: DeliverPolicy.New,
    filter_subjects: filter,
  });
  const messages = await consumer.consume({ max_messages: 256 });
  const stored: number[] = [];
  let wake = () => {};
  void (async () => {
    for await (const message of messages) {
      stored.push(message.info.timestampNanos / 1_000_000);
      wake();
    }
  })();
  return {
    until: async (count: number): Promise<number> => {
      const late = AbortSignal.timeout(arrivedMaxMs);
      while (stored.length < count) {
        if (late.aborted) throw new Error(`${stored.length} of ${count} facts on ${filter} after ${arrivedMaxMs} ms`);
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        late.addEventListener("abort", () => resolve(), { once: true });
        await promise;
      }
      return Math.round(stored[count - 1] ?? 0);
    },
  };
}
