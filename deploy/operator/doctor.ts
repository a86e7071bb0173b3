import { access } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { deadLetters } from "#contracts/events/operations.ts";
import { aggregateFilter } from "#contracts/subjects.ts";
import { deliveriesMax } from "#contracts/waits.ts";
import { runCommand } from "#kit/process/shell.ts";
import { defaultCacheDirectory } from "../programs/cache-directory.ts";
import { natsServerPin } from "../programs/release-pins.ts";
import { accessFindings, readAccess } from "./access.ts";
import { bytesFindings, readStored } from "./bytes.ts";
import { clockFinding, readClocks } from "./clock.ts";
import type { Options } from "./command-line.ts";
import { connectOperator, type Operator, readSeed } from "./connection.ts";
import { examineBaseBranches } from "./examine-base-branches.ts";
import type { Finding } from "./finding.ts";
import { freezeFindings } from "./freeze.ts";
import { letterHeader } from "./letter-header.ts";
import { parkedFindings, readParked } from "./parked.ts";
import { noRigIn, type RigPlaces, rigCommand } from "./places.ts";
import { printJson, printLine } from "./print.ts";
import { withReadModel } from "./read-model.ts";
import { tell } from "./timeline.ts";
import { unshownFindings } from "./unshown.ts";

/** Checks this machine and the rig that runs on it, prints what it finds; 0 when nothing is ill. */
export async function doctor(
  places: RigPlaces | undefined,
  { json, data }: Pick<Options, "json" | "data">,
): Promise<number> {
  const rig = places === undefined ? [notRunning(data)] : await examineRig(places);
  const findings = [...(await examineMachine()), ...rig];
  if (json) printJson(findings.map((finding) => ({ ...finding, mend: mendOf(finding) })));
  else for (const finding of findings) printFinding(finding);
  return findings.some(({ state }) => state === "ill") ? 1 : 0;
}

function printFinding(finding: Finding): void {
  const { part, state, seen } = finding;
  printLine(`${state.padEnd(5)} ${part.padEnd(14)} ${seen}`);
  const mend = mendOf(finding);
  if (mend !== null) printLine(`${" ".repeat(21)}→ ${mend}`);
}

/** What to do; what is well has nothing to mend. */
function mendOf({ state, mend }: Finding): string | null {
  return state === "well" ? null : (mend ?? null);
}

/** Ill, so that a program that watches the exit code sees a rig that stands still. */
function notRunning(data: string | undefined): Finding {
  const mend = "npm start, or name the directory of a rig.json with --data DIR";
  return { part: "rig", state: "ill", seen: noRigIn(data), mend };
}

/** What has to be on the machine before anything runs. */
async function examineMachine(): Promise<readonly Finding[]> {
  const major = Number(process.versions.node.split(".")[0]);
  const node: Finding = {
    part: "node",
    state: major >= 24 ? "well" : "ill",
    seen: process.version,
    mend: "run it by npm (npm run rig -- doctor): npm brings its own Node 24; if it does not, delete node_modules",
  };
  const git = await version("git", ["--version"]);
  return [
    node,
    git === null
      ? { part: "git", state: "ill", seen: "not found", mend: "install git and put it on PATH" }
      : { part: "git", state: "well", seen: git },
    await examineNatsServer(),
  ];
}

async function examineNatsServer(): Promise<Finding> {
  const cached = join(defaultCacheDirectory(), "bin", `nats-server-${natsServerPin.version}`, "nats-server");
  const onPath = await version("nats-server", ["--version"]);
  if (onPath?.includes(natsServerPin.version)) return { part: "nats-server", state: "well", seen: `${onPath} (PATH)` };
  const there = await access(cached).then(
    () => true,
    () => false,
  );
  if (there) return { part: "nats-server", state: "well", seen: `v${natsServerPin.version} (cache)` };
  const seen = `v${natsServerPin.version} is neither on PATH${onPath === null ? "" : ` (there is ${onPath})`} nor in the cache`;
  return { part: "nats-server", state: "look", seen, mend: "the next start downloads it, or builds it with go" };
}

async function version(file: string, args: readonly string[]): Promise<string | null> {
  const result = await runCommand(file, args, { timeoutMs: 5_000 }).catch(() => null);
  return result === null || result.exitCode !== 0 ? null : (result.stdout.split("\n")[0] ?? "").trim();
}

/** The parts of a running rig, each on its own: one that is away does not hide the others. */
async function examineRig(places: RigPlaces): Promise<readonly Finding[]> {
  const alive = await Promise.all([
    examinePorts(places),
    examineDatabase(places),
    examineForge(places),
    examineWebhook(places),
    examineBaseBranches(places),
  ]);
  const keysDirectory = places.natsKeysDirectory;
  const fault = keysDirectory === undefined ? null : await keyFault(keysDirectory);
  if (fault !== null) return [...alive.flat(), fault];
  const operator = await connectOperator({ url: places.natsUrl, keysDirectory }).catch(() => null);
  if (operator === null) {
    const mend =
      "start nats-server, or read its log (locally: npm start, and hub/nats-server.log in the data directory)";
    return [...alive.flat(), { part: "bus", state: "ill", seen: `${places.natsUrl} does not answer`, mend }];
  }
  try {
    return [
      ...alive.flat(),
      ...accessFindings(await readAccess(operator, places)),
      ...(await examineBus(operator, rigCommand(places.data))),
    ];
  } finally {
    await operator.close();
  }
}

/** What is wrong with the operator's key: without it nothing on the bus can be seen. */
export async function keyFault(directory: string): Promise<Finding | null> {
  const mend = "correct natsKeysDirectory of rig.json, or put the key of the bus user operator there";
  return readSeed(directory, "operator").then(
    () => null,
    ({ message }: Error) => ({ part: "bus", state: "ill", seen: message, mend }),
  );
}

async function examinePorts(places: RigPlaces): Promise<readonly Finding[]> {
  const urls = [places.natsUrl, places.databaseUrl, places.webhookUrl, places.forgeUrl].filter(
    (url) => url !== undefined,
  );
  const closed: string[] = [];
  for (const url of urls) {
    const { hostname, port, protocol } = new URL(url);
    if (!(await isOpen(hostname, Number(port) || (protocol === "postgres:" ? 5432 : 443))))
      closed.push(`${hostname}:${port}`);
  }
  const mend = "start what is missing, or wait for it (locally: stop what is left with Ctrl-C, then npm start)";
  return closed.length === 0
    ? [{ part: "ports", state: "well", seen: `${urls.length} of ${urls.length} answer` }]
    : [{ part: "ports", state: "ill", seen: `nothing listens on ${closed.join(", ")}`, mend }];
}

function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port, timeout: 2_000 });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}

async function examineDatabase(places: RigPlaces): Promise<readonly Finding[]> {
  try {
    const { checkpoint, parked } = await withReadModel(places.databaseUrl, async (db) => ({
      checkpoint: await db.selectFrom("checkpoint").select("sequence").executeTakeFirst(),
      parked: await readParked(db),
    }));
    if (checkpoint === undefined) {
      const mend = "wait for the next fact, or restart status: it replays from the first one";
      return [{ part: "database", state: "look", seen: "the read model is being rebuilt", mend }];
    }
    const well: Finding = { part: "database", state: "well", seen: `read model at sequence ${checkpoint.sequence}` };
    return [well, ...parkedFindings(parked)];
  } catch (error) {
    const mend =
      "is databaseUrl of rig.json right, and does status run? Read its log (locally in logs/ of the data directory)";
    return [{ part: "database", state: "ill", seen: error instanceof Error ? error.message : String(error), mend }];
  }
}

async function examineForge(places: RigPlaces): Promise<readonly Finding[]> {
  if (places.forgeUrl === undefined)
    return [{ part: "forge", state: "well", seen: "GitHub (only base branch asks it)" }];
  const headers = { authorization: `token ${places.operatorToken ?? ""}` };
  const answer = await fetch(`${places.forgeUrl}/api/v3/user`, { headers, signal: AbortSignal.timeout(2_000) }).catch(
    () => null,
  );
  return answer?.ok
    ? [{ part: "forge", state: "well", seen: places.forgeUrl }]
    : [{ part: "forge", state: "ill", seen: `${places.forgeUrl} does not answer`, mend: "npm start starts it again" }];
}

async function examineWebhook(places: RigPlaces): Promise<readonly Finding[]> {
  const url = new URL("/health", places.webhookUrl);
  const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) }).catch(() => null);
  if (answer?.ok) return [{ part: "webhook", state: "well", seen: places.webhookUrl }];
  const seen = answer === null ? "does not answer" : "answers that the bus is away";
  return [
    {
      part: "webhook",
      state: "ill",
      seen,
      mend: "start the service webhook, or read its log (locally in logs/ of the data directory)",
    },
  ];
}

/** Streams, work that nobody gets any more, and messages that could not be handled. */
async function examineBus(operator: Operator, rig: string): Promise<readonly Finding[]> {
  const manager = await operator.bus.jetstream.jetstreamManager();
  const info = await manager.streams.info("EVENTS");
  const bus: Finding = { part: "bus", state: "well", seen: `${info.state.messages} facts on EVENTS` };
  return [
    bus,
    ...(await examineWork(operator, rig)),
    ...(await examineDeadLetters(operator, rig)),
    ...(await examineGivenUp(operator, rig)),
    ...(await readClocks(operator)).map(([schedule, last]) => clockFinding(schedule, last, Date.now())),
    ...bytesFindings(await readStored(operator), Date.now()),
    ...(await freezeFindings(operator, rig)),
    ...(await unshownFindings(operator, Date.now())),
    ...(await examineEndedLetters(operator)),
  ];
}

async function examineWork(operator: Operator, rig: string): Promise<readonly Finding[]> {
  const manager = await operator.bus.jetstream.jetstreamManager();
  const { messages } = (await manager.streams.info("WORK")).state;
  let pending = 0;
  let held = 0;
  for await (const consumer of manager.consumers.list("WORK")) {
    pending += consumer.num_pending;
    held += consumer.num_ack_pending;
  }
  const stuck = messages - pending - held;
  const seen = `${messages} items: ${pending} wait, ${held} are held, ${stuck} are stuck`;
  const mend = `an item was delivered ${deliveriesMax} times without an end: ${rig} nats stream view WORK shows it (docs/operating.md, Stuck work)`;
  return [stuck > 0 ? { part: "work", state: "ill", seen, mend } : { part: "work", state: "well", seen }];
}

/** A message whose handler was killed at its last delivery has no dead letter: only the server's word tells of it. */
async function examineGivenUp(operator: Operator, rig: string): Promise<readonly Finding[]> {
  const manager = await operator.bus.jetstream.jetstreamManager();
  const filter = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>";
  const { subjects = {} } = (await manager.streams.info("ADVISORIES", { subjects_filter: filter })).state;
  return Object.entries(subjects).map(([subject, count]) => ({
    part: "given up",
    state: "look",
    seen: `${count} messages of ${subject.split(".").slice(-2).join("/")} were delivered for the last time in 30 days`,
    mend: `${rig} nats stream view ADVISORIES tells which; those with a dead letter are listed above`,
  }));
}

/** 5: what people did last; npm run rig -- events has the rest. */
const endedLettersShownMax = 5;

/** What people did with dead letters. */
async function examineEndedLetters(operator: Operator): Promise<readonly Finding[]> {
  const facts = await operator.facts(aggregateFilter(deadLetters));
  return facts.slice(-endedLettersShownMax).map((fact) => ({
    part: "operator",
    state: "well",
    seen: `${fact.occurredAt} ${tell(fact, new Map())}`,
  }));
}

/** 20: enough to see what is going on; the line before them says how many there are. */
const lettersShownMax = 20;

async function examineDeadLetters(operator: Operator, rig: string): Promise<readonly Finding[]> {
  const manager = await operator.bus.jetstream.jetstreamManager();
  const { messages, last_seq: last } = (await manager.streams.info("DLQ")).state;
  if (messages === 0) return [{ part: "dead letters", state: "well", seen: "none" }];
  const findings: Finding[] = [];
  const shown = Math.min(messages, lettersShownMax);
  for (let sequence = last; sequence > 0 && findings.length < shown; sequence -= 1) {
    const letter = await manager.streams.getMessage("DLQ", { seq: sequence });
    if (letter === null) continue;
    const seen = `${letter.subject} (DLQ ${sequence}): ${letterHeader(letter, "Rig-Reason")}`;
    findings.push({
      part: "dead letter",
      state: "ill",
      seen,
      mend: `mend the cause, then ${rig} replay ${sequence}, or dismiss ${sequence}`,
    });
  }
  if (messages <= shown) return findings;
  const seen = `${messages} of them; the newest ${shown} follow`;
  const mend = `${rig} nats stream subjects DLQ counts them for each consumer`;
  return [{ part: "dead letters", state: "ill", seen, mend }, ...findings];
}
