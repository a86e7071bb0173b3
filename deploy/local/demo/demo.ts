import { join } from "node:path";
import { parseArgs } from "node:util";
import type { FactOf } from "#contracts/envelope.ts";
import { connectOperator, type Operator } from "../../operator/connection.ts";
import { endWith, onStopSignal } from "../../operator/exit.ts";
import { dataDirectoryOf } from "../../operator/places.ts";
import { timelineLine } from "../../operator/timeline.ts";
import { banner } from "../banner.ts";
import { readBroughtAlong } from "../brought-along.ts";
import { type Rig, startRig } from "../rig-up.ts";
import { operatorForge } from "./forge-client.ts";
import { demoIssues, demoRepository } from "./issues.ts";
import { demoPlaybook } from "./playbook.ts";
import { proofLines, prove } from "./proof.ts";

// The main job once, on a fresh rig: an issue goes in, a merged change comes out, and the results are looked at.

/** 5 min: a run takes seconds; what takes minutes is stuck, and the timeline shows where. */
const runMaxMs = 300_000;

async function demo(): Promise<number> {
  const { values } = parseArgs({ options: { processes: { type: "boolean" }, data: { type: "string" } } });
  const dataDirectory = dataDirectoryOf(values.data ?? "demo");
  const broughtAlong = readBroughtAlong(process.env);
  if (broughtAlong.github !== undefined) {
    console.error(
      "npm run demo files an issue on the local forge; for a real GitHub use npm start, or unset GITHUB_*.",
    );
    return 64;
  }
  const startedAt = performance.now();
  console.log("Starting the rig …");
  const rig = await startRig({
    dataDirectory,
    data: "fresh",
    services: values.processes === true ? "processes" : "together",
    broughtAlong,
    repository: demoRepository,
    playbook: demoPlaybook,
    onRestart: (name, pid) => console.log(`        restarted ${name} (pid ${pid})`),
  });
  onStopSignal(() => rig.stop());
  try {
    for (const line of banner(rig, Math.round(performance.now() - startedAt))) console.log(line);
    return await run(rig, dataDirectory);
  } finally {
    await rig.stop();
  }
}

async function run(rig: Rig, dataDirectory: string): Promise<number> {
  const { natsUrl: url, natsKeysDirectory: keysDirectory } = rig.places;
  const operator = await connectOperator({ url, keysDirectory });
  try {
    const end = await watchIssue(rig, operator);
    const facts = await operator.facts("evt.>");
    const { owner, name } = demoRepository;
    const forge = operatorForge(rig.places);
    const proven = await prove({
      facts,
      bareRepository: join(dataDirectory, "forge", "repos", owner, `${name}.git`),
      issueState: await forge.issueState(end.on.number),
      pullRequests: await forge.pullRequests(),
    });
    for (const line of proofLines(proven, facts, await operator.texts(facts))) console.log(line);
    const holds = end.type === "ISSUE_DONE" && proven.every((each) => each.holds);
    console.log(
      holds ? `\nDone. Everything is kept in ${dataDirectory}` : "\nThe proof failed: see the lines that say NO.",
    );
    return holds ? 0 : 1;
  } finally {
    await operator.close();
  }
}

/** Files the demo's issue and shows what happens, until the issue is done or a person is asked. */
async function watchIssue(rig: Rig, operator: Operator): Promise<FactOf<"issue">> {
  const { promise, resolve, reject } = Promise.withResolvers<FactOf<"issue">>();
  const timer = setTimeout(() => reject(new Error(`the issue is not done after ${runMaxMs / 1000} s`)), runMaxMs);
  // Filing may fail first; then nobody waits for this any more.
  promise.catch(() => undefined);
  void rig.failed.then((message) => reject(new Error(message)));
  let startMs: number | null = null;
  const live = process.stdout.isTTY === true;
  await operator.follow(async (fact) => {
    startMs ??= Date.parse(fact.occurredAt);
    if (live) console.log(timelineLine(fact, startMs, await operator.texts([fact])));
    if (fact.type === "ISSUE_DONE" || fact.type === "ISSUE_NEEDS_HUMAN" || fact.type === "ISSUE_CANCELLED")
      resolve(fact);
  });
  const issue = await operatorForge(rig.places).fileIssue(demoIssues[0]);
  console.log(`Filed #${issue.number} "${demoIssues[0].title}" with the label agent-ready.\n`);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

await endWith(demo());
