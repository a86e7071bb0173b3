import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Fact } from "#contracts/envelope.ts";
import { type StatusTables, statusSchema } from "#contracts/read-model.ts";
import { token } from "#contracts/subjects.ts";
import { openPool, tables } from "#kit/database.ts";
import { operatorForge } from "../local/demo/forge-client.ts";
import { demoIssues, demoRepository } from "../local/demo/issues.ts";
import { dataDirectoryOf, endWith } from "./command.ts";
import { connectOperator } from "./connection.ts";
import { settleDeadLetter } from "./dead-letters.ts";
import { doctor } from "./doctor.ts";
import { natsCommand } from "./nats-command.ts";
import type { RigPlaces } from "./places.ts";
import { timelineLine } from "./timeline.ts";

// The operator's command: looks at a running rig. It reads the stream and the read model; it decides nothing.

const usage = `npm run rig -- COMMAND
  issues [--state STATE]      every issue and where it stands
  issue N [--repo OWNER/NAME] one issue with its history
  events [--follow]           the facts, oldest first; --follow shows those to come
  file KEY                    files a demo issue on the local forge (${demoIssues.map(({ key }) => key).join(", ")})
  doctor                      checks every part and says what to do
  replay SEQUENCE             hands a dead letter once more to the consumer that failed
  dismiss SEQUENCE            removes a dead letter for good
  nats ARGUMENTS              the nats command, connected as the operator
Options: --data DIR           the rig's data directory; default .rig/start, else .rig/demo`;

const options = {
  data: { type: "string" },
  state: { type: "string" },
  repo: { type: "string" },
  follow: { type: "boolean" },
} as const;

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  // What stands behind `nats` belongs to that command, so only `--data DIR` may stand before it.
  const named = args[0] === "--data" ? args[1] : undefined;
  const [first, ...rest] = named === undefined ? args : args.slice(2);
  if (first === "nats") return withPlaces(named, (places) => natsCommand(places, rest));
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [command, argument] = positionals;
  if (command === "doctor") return doctor(await readPlaces(values.data));
  if (command === undefined || !["issues", "issue", "events", "file", "replay", "dismiss"].includes(command)) {
    console.error(usage);
    return 64;
  }
  return withPlaces(values.data, (places) => run(places, command, argument, values));
}

/** Runs a command on the rig that runs here; without one, says how to get one. */
async function withPlaces(data: string | undefined, command: (places: RigPlaces) => Promise<number>): Promise<number> {
  const places = await readPlaces(data);
  if (places !== undefined) return command(places);
  console.error("No rig is running here: start one with npm start, or name its data directory with --data DIR.");
  return 1;
}

type Options = { readonly state?: string; readonly repo?: string; readonly follow?: boolean };

async function run(places: RigPlaces, command: string, argument: string | undefined, values: Options): Promise<number> {
  if (command === "issues") return issues(places, values.state);
  if (command === "file") return file(places, argument);
  if (command === "replay" || command === "dismiss") return settleDeadLetter(places, command, Number(argument));
  if (command === "events") return events(places, values.follow === true);
  return issue(places, Number(argument), values.repo ?? `${demoRepository.owner}/${demoRepository.name}`);
}

/** The places of the rig that runs in the named directory, or in the one that npm start or npm run demo use. */
async function readPlaces(data: string | undefined): Promise<RigPlaces | undefined> {
  for (const name of data === undefined ? ["start", "demo"] : [data]) {
    const text = await readFile(join(dataDirectoryOf(name), "rig.json"), "utf8").catch(() => undefined);
    if (text !== undefined) return JSON.parse(text) as RigPlaces;
  }
  return undefined;
}

async function issues(places: RigPlaces, state: string | undefined): Promise<number> {
  const pool = openPool(places.databaseUrl);
  try {
    const db = tables<StatusTables>(pool, statusSchema);
    const query = db.selectFrom("issue").selectAll().orderBy("owner").orderBy("repo").orderBy("number");
    const rows = await (state === undefined ? query : query.where("state", "=", state)).execute();
    const changes = await db.selectFrom("change").select(["owner", "repo", "number", "waiting_for"]).execute();
    if (rows.length === 0) console.log("No issue is known. File one: npm run rig -- file slugify");
    for (const row of rows) {
      const change = changes.find(
        (each) => each.owner === row.owner && each.repo === row.repo && each.number === row.pr_number,
      );
      const about = [
        `attempt ${row.attempt}`,
        row.agent ?? "",
        row.pr_number === null ? "" : `PR #${row.pr_number}`,
        `${row.tokens} tokens`,
      ];
      console.log(`${`${row.owner}/${row.repo}#${row.number}`.padEnd(24)} ${row.state.padEnd(17)} ${row.title}`);
      console.log(
        `  ${about.filter((part) => part !== "").join(", ")}${change?.waiting_for ? `; the gate waits: ${change.waiting_for}` : ""}`,
      );
    }
    return 0;
  } finally {
    await pool.end();
  }
}

async function issue(places: RigPlaces, number: number, repository: string): Promise<number> {
  const [owner, repo] = repository.split("/");
  if (!Number.isInteger(number) || number < 1 || owner === undefined || repo === undefined) {
    console.error("Say which issue: npm run rig -- issue 1 [--repo OWNER/NAME]");
    return 64;
  }
  const operator = await connectOperator({ url: places.natsUrl, keysDirectory: places.natsKeysDirectory });
  try {
    const at = `${token(owner)}.${token(repo)}`;
    const own = await operator.facts(`evt.issue.${at}.${number}.>`);
    const pulls = [...new Set(own.flatMap((fact) => (fact.type === "PR_CREATED" ? [fact.data.prNumber] : [])))];
    const ofPulls = await Promise.all(pulls.map((pull) => operator.facts(`evt.pr.${at}.${pull}.>`)));
    const money = await operator.facts(`evt.ops.${at}.${number}.>`);
    const facts = [...own, ...ofPulls.flat(), ...money].sort(
      (a, b) => Date.parse(a.occurredAt) - Date.parse(b.occurredAt),
    );
    if (facts.length === 0) {
      console.error(`The rig knows nothing of ${repository}#${number}. Has it the label agent-ready?`);
      return 1;
    }
    printFacts(facts);
    return 0;
  } finally {
    await operator.close();
  }
}

async function events(places: RigPlaces, follow: boolean): Promise<number> {
  const operator = await connectOperator({ url: places.natsUrl, keysDirectory: places.natsKeysDirectory });
  try {
    const facts = await operator.facts("evt.>");
    printFacts(facts);
    if (!follow) return 0;
    const startMs = Date.parse(facts[0]?.occurredAt ?? new Date().toISOString());
    await operator.follow((fact) => console.log(timelineLine(fact, startMs)));
    return await new Promise<number>((resolve) => process.once("SIGINT", () => resolve(0)));
  } finally {
    await operator.close();
  }
}

function printFacts(facts: readonly Fact[]): void {
  const startMs = Date.parse(facts[0]?.occurredAt ?? "");
  for (const fact of facts) console.log(timelineLine(fact, startMs));
}

async function file(places: RigPlaces, key: string | undefined): Promise<number> {
  const issue = demoIssues.find((each) => each.key === key);
  if (issue === undefined) {
    console.error(`Say which: ${demoIssues.map((each) => `${each.key} (${each.description})`).join(", ")}`);
    return 64;
  }
  const filed = await operatorForge(places).fileIssue(issue);
  console.log(`Filed #${filed.number} "${issue.title}". Follow it: npm run rig -- events --follow`);
  return 0;
}

await endWith(main());
