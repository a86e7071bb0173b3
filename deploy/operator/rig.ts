import { parseArgs } from "node:util";
import { nearest } from "#kit/process/known-keys.ts";
import { endWith } from "./command.ts";
import { endDeadLetter } from "./dead-letters.ts";
import { demoIssueKeys, demoRepositoryName, fileDemoIssue } from "./demo-issues.ts";
import { doctor } from "./doctor.ts";
import { erase } from "./erase.ts";
import { showEvents } from "./events.ts";
import { showIssue, showIssues } from "./issues.ts";
import { natsCommand } from "./nats-command.ts";
import { type RigPlaces, readPlaces } from "./places.ts";
import { showPolicy } from "./policy.ts";

// The operator's command: looks at a running rig. It reads the streams and the read model, ends dead letters and erases text.

const usage = `npm run rig -- COMMAND
  issues [--state STATE]      every issue and where it stands
  issue N [--repo OWNER/NAME] one issue with its history
  events [--follow]           the facts, oldest first; --follow shows those to come
  file KEY                    files a demo issue on the local forge (${demoIssueKeys.join(", ")})
  policy [FILE]               the policy, or what holds for a repository with this .rig-agent.yaml
  doctor                      checks every part and says what to do
  replay SEQUENCE             replays a dead letter to the consumer that failed
  dismiss SEQUENCE            removes a dead letter for good
  erase OWNER/REPO#N          erases what was written about an issue or pull request; without #N, and with --yes,
                              all of a repository. --dry-run lists it, --json is for programs
  nats ARGUMENTS              the nats command, connected as the operator
Options: --data DIR           the rig's data directory; default .rig/start, else .rig/demo`;

const options = {
  data: { type: "string" },
  state: { type: "string" },
  repo: { type: "string" },
  follow: { type: "boolean" },
  yes: { type: "boolean" },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
} as const;

/** The commands, each with the options that it takes beside `--data`. */
const optionsOf: Readonly<Record<string, readonly string[]>> = {
  issues: ["state"],
  issue: ["repo"],
  events: ["follow"],
  file: [],
  policy: [],
  doctor: [],
  replay: [],
  dismiss: [],
  erase: ["yes", "dry-run", "json"],
};

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  // What stands behind `nats` belongs to that command, so only `--data DIR` may stand before it.
  const named = args[0] === "--data" ? args[1] : undefined;
  const [first, ...rest] = named === undefined ? args : args.slice(2);
  if (first === "nats") return withPlaces(named, (places) => natsCommand(places, rest));
  // Not strict: what is wrong is refused below, in words that say what to do.
  const {
    values: given,
    positionals,
    tokens,
  } = parseArgs({ options, allowPositionals: true, strict: false, tokens: true });
  const [command, argument] = positionals;
  const names = tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
  const bare = tokens.find((token) => token.kind === "option" && token.value === undefined && needsValue(token.name));
  const wrong = bare?.kind === "option" ? `--${bare.name} needs a value.\n\n` : misuse(command, names);
  if (wrong !== null) {
    console.error(`${wrong}${usage}`);
    return 64;
  }
  const values = given as Options;
  if (command === "doctor") return doctor(await readPlaces(values.data));
  if (command === "policy") return showPolicy(argument);
  return withPlaces(values.data, (places) => run(places, command, argument, values));
}

function needsValue(name: string): boolean {
  return name === "data" || name === "state" || name === "repo";
}

/** What is wrong with a call, in front of the usage; empty where nothing was asked for, null where nothing is wrong. */
function misuse(command: string | undefined, names: readonly string[]): string | null {
  if (command === undefined) return "";
  const known = optionsOf[command];
  if (known === undefined)
    return `There is no command "${command}"; the nearest one is "${nearest([...Object.keys(optionsOf), "nats"], command)}".\n\n`;
  const other = names.find((name) => name !== "data" && !known.includes(name));
  if (other === undefined) return null;
  return `"${command}" has no option --${other}; the nearest one is --${nearest(["data", ...known], other)}.\n\n`;
}

/** Runs a command on the rig that runs here; without one, says how to get one. */
async function withPlaces(data: string | undefined, command: (places: RigPlaces) => Promise<number>): Promise<number> {
  const places = await readPlaces(data);
  if (places !== undefined) return command(places);
  console.error("No rig is running here: start one with npm start, or name its data directory with --data DIR.");
  return 1;
}

interface Options {
  readonly data?: string;
  readonly state?: string;
  readonly repo?: string;
  readonly follow?: boolean;
  readonly yes?: boolean;
  readonly "dry-run"?: boolean;
  readonly json?: boolean;
}

async function run(
  places: RigPlaces,
  command: string | undefined,
  argument: string | undefined,
  values: Options,
): Promise<number> {
  if (command === "issues") return showIssues(places, values.state);
  if (command === "file") return fileDemoIssue(places, argument);
  if (command === "replay" || command === "dismiss") return endDeadLetter(places, command, Number(argument));
  if (command === "erase") {
    const { yes = false, "dry-run": dryRun = false, json = false } = values;
    return erase(places, argument, { yes, dryRun, json });
  }
  if (command === "events") return showEvents(places, values.follow === true);
  return showIssue(places, Number(argument), values.repo ?? demoRepositoryName);
}

await endWith(main());
