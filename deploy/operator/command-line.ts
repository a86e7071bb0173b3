import { parseArgs } from "node:util";
import { nearest } from "#kit/policy/known-keys.ts";
import { type RigPlaces, readPlaces } from "./places.ts";
import { printError } from "./print.ts";

/** One command of `npm run rig`. */
export interface Command {
  /** How it is called, and what it does: one line of the help, or two. */
  readonly usage: string;
  readonly does: string;
  /** The argument without which it is refused; absent where it works without one, or says better what is missing. */
  readonly needs?: string;
  /** The options that it takes beside `--data` and `--help`. */
  readonly options?: readonly OptionName[];
  /** Whether everything behind its name is passed on to another program. */
  readonly passesOn?: true;
  /** Returns the exit code. */
  run(call: Call): Promise<number>;
}
export type Commands = Readonly<Record<string, Command>>;

/** How a command was called. */
export interface Call {
  readonly argument: string | undefined;
  readonly options: Options;
  /** What stands behind the name of a command that passes it on. */
  readonly rest: readonly string[];
  /** Where the rig is. Throws when none runs here. */
  places(): Promise<RigPlaces>;
}

/** The options of a call; `json` is for programs: JSON on stdout in the place of text. */
export interface Options {
  readonly data?: string;
  readonly state?: string;
  readonly repo?: string;
  readonly follow?: boolean;
  readonly yes?: boolean;
  readonly "dry-run"?: boolean;
  readonly json?: boolean;
  readonly help?: boolean;
}

const optionTypes = {
  data: { type: "string" },
  state: { type: "string" },
  repo: { type: "string" },
  follow: { type: "boolean" },
  yes: { type: "boolean" },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies Record<keyof Options, unknown>;
type OptionName = Exclude<keyof Options, "data" | "help">;

/** The exit code of a call that is wrong (EX_USAGE of sysexits.h). */
const wrongUse = 64;

/** Runs the command that the arguments name and returns its exit code; a wrong call is refused with what is right. */
export async function runCommandLine(commands: Commands, args: readonly string[]): Promise<number> {
  // What stands behind a command that passes it on is not ours, so only `--data DIR` may stand before its name.
  const data = args[0] === "--data" ? args[1] : undefined;
  const [first = "", ...rest] = data === undefined ? args : args.slice(2);
  const passing = commandOf(commands, first);
  if (passing?.passesOn === true) {
    return passing.run({ argument: undefined, options: {}, rest, places: () => placesOf(data) });
  }
  const { name, argument, options, given } = read(args);
  if (options.help === true) {
    console.log(helpOn(commands));
    return 0;
  }
  const command = commandOf(commands, name);
  const fault = valueFault(given) ?? callFault(commands, name, argument, given);
  if (fault !== undefined || command === undefined) {
    printError(`${fault === undefined ? "" : `${fault}\n\n`}${helpOn(commands)}`);
    return wrongUse;
  }
  return command.run({ argument, options, rest: [], places: () => placesOf(options.data) });
}

/** An option as it was written. */
interface Given {
  readonly name: string;
  readonly value?: string | undefined;
}

/** Not strict: what is wrong is refused by the caller, in words that say what to do. */
function read(args: readonly string[]) {
  const lenient = { allowPositionals: true, strict: false, tokens: true } as const;
  const { values, positionals, tokens } = parseArgs({ args: [...args], options: optionTypes, ...lenient });
  const given: readonly Given[] = tokens.filter((token) => token.kind === "option");
  return { name: positionals[0], argument: positionals[1], options: values as Options, given };
}

function commandOf(commands: Commands, name: string | undefined): Command | undefined {
  return name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
}

/** An option that lacks its value, or has one that it does not take. */
function valueFault(given: readonly Given[]): string | undefined {
  const typeOf = (name: string) =>
    Object.hasOwn(optionTypes, name) ? optionTypes[name as keyof Options].type : undefined;
  const bare = given.find(({ name, value }) => value === undefined && typeOf(name) === "string");
  if (bare !== undefined) return `--${bare.name} needs a value.`;
  const full = given.find(({ name, value }) => value !== undefined && typeOf(name) === "boolean");
  return full === undefined ? undefined : `--${full.name} takes no value.`;
}

/** What is wrong with a call; undefined also where nothing was asked for. */
function callFault(
  commands: Commands,
  name: string | undefined,
  argument: string | undefined,
  given: readonly Given[],
): string | undefined {
  if (name === undefined) return undefined;
  const command = commandOf(commands, name);
  if (command === undefined) {
    return `There is no command "${name}"; the nearest one is "${nearest(Object.keys(commands), name)}".`;
  }
  const known = ["data", ...(command.options ?? [])];
  const other = given.find((option) => !known.includes(option.name))?.name;
  if (other !== undefined) return `"${name}" has no option --${other}; the nearest one is --${nearest(known, other)}.`;
  return command.needs !== undefined && argument === undefined ? `"${name}" needs ${command.needs}.` : undefined;
}

async function placesOf(data: string | undefined): Promise<RigPlaces> {
  const places = await readPlaces(data);
  if (places !== undefined) return places;
  throw new Error("No rig is running here: start one with npm start, or name its data directory with --data DIR.");
}

function helpOn(commands: Commands): string {
  const lines = Object.values(commands).map(
    ({ usage, does }) => `  ${usage.padEnd(27)} ${does.replace("\n", `\n${" ".repeat(30)}`)}`,
  );
  const reading = Object.keys(commands).filter((name) => commands[name]?.options?.includes("json"));
  return [
    "npm run rig -- COMMAND",
    ...lines,
    "Options:",
    "  --data DIR                  the rig's data directory; default .rig/start, else .rig/demo",
    `  --json                      JSON for programs: ${reading.join(", ")}`,
    "  --help                      this text",
  ].join("\n");
}
