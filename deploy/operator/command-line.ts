import { parseArgs } from "node:util";
import { similar } from "#kit/process/nearest.ts";
import { noRigIn, type RigPlaces, readPlaces } from "./places.ts";
import { printError, printLine } from "./print.ts";

/** One command of `npm run rig`. */
export interface Command {
  /** How it is called, and what it does: one line of the help, or two. */
  readonly usage: string;
  readonly does: string;
  /** The argument without which it is refused; absent where it works without one, or says better what is missing. */
  readonly needs?: string;
  /** Whether it takes no argument; else it takes one. */
  readonly takesNone?: true;
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
  readonly policy?: string;
  readonly since?: string;
  readonly reason?: string;
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
  policy: { type: "string" },
  since: { type: "string" },
  reason: { type: "string" },
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
  const { data, behind } = dataBefore(args);
  const [first = "", ...rest] = behind;
  const passing = commandOf(commands, first);
  if (passing?.passesOn === true) {
    if (data === "") return refuse(commands, "--data needs a value.");
    return passing.run({ argument: undefined, options: {}, rest, places: () => placesOf(data) });
  }
  const called = read(commands, args);
  const { name, words, options, given } = called;
  if (options.help === true || name === "help") {
    for (const line of helpOn(commands).split("\n")) printLine(line);
    return 0;
  }
  const command = commandOf(commands, name);
  const fault = valueFault(given) ?? callFault(commands, called);
  if (fault !== undefined || command === undefined) return refuse(commands, fault);
  return command.run({ argument: words[0], options, rest: [], places: () => placesOf(options.data) });
}

function refuse(commands: Commands, fault: string | undefined): number {
  printError(`${fault === undefined ? "" : `${fault}\n\n`}${helpOn(commands)}`);
  return wrongUse;
}

/** The data directory that is named before everything else, and what stands behind it. */
function dataBefore(args: readonly string[]): {
  readonly data?: string | undefined;
  readonly behind: readonly string[];
} {
  const [first = "", second] = args;
  if (first === "--data" && second !== undefined) return { data: second, behind: args.slice(2) };
  if (first.startsWith("--data=")) return { data: first.slice("--data=".length), behind: args.slice(1) };
  return { behind: args };
}

/** An option as it was written. */
interface Given {
  readonly name: string;
  readonly value?: string | undefined;
}

/** Not strict: what is wrong is refused by the caller, in words that say what to do. */
function read(commands: Commands, args: readonly string[]) {
  const lenient = { allowPositionals: true, strict: false, tokens: true } as const;
  const { values, positionals, tokens } = parseArgs({ args: [...args], options: optionTypes, ...lenient });
  const given: readonly Given[] = tokens.filter((token) => token.kind === "option");
  // The name of a command may be two words, such as `gate explain`.
  const isTwo =
    positionals[1] !== undefined && Object.keys(commands).some((key) => key.startsWith(`${positionals[0]} `));
  const [name, ...words] = isTwo ? [`${positionals[0]} ${positionals[1]}`, ...positionals.slice(2)] : positionals;
  return { name, words, options: values as Options, given };
}

function commandOf(commands: Commands, name: string | undefined): Command | undefined {
  return name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
}

/** An option that lacks its value, or has one that it does not take. */
function valueFault(given: readonly Given[]): string | undefined {
  const typeOf = (name: string) =>
    Object.hasOwn(optionTypes, name) ? optionTypes[name as keyof Options].type : undefined;
  const bare = given.find(({ name, value }) => !value && typeOf(name) === "string");
  if (bare !== undefined) return `--${bare.name} needs a value.`;
  const full = given.find(({ name, value }) => value !== undefined && typeOf(name) === "boolean");
  return full === undefined ? undefined : `--${full.name} takes no value.`;
}

/** What is wrong with a call; undefined also where nothing was asked for. */
function callFault(commands: Commands, { name, words, given }: ReturnType<typeof read>): string | undefined {
  if (name === undefined) return undefined;
  const command = commandOf(commands, name);
  if (command === undefined) {
    const beginning = Object.keys(commands).filter((key) => key.startsWith(`${name} `));
    if (beginning.length > 0) return `"${name}" is only the beginning of a command: ${beginning.join(", ")}.`;
    const near = similar(Object.keys(commands), name);
    return `There is no command "${name}"${near === undefined ? "" : `; the nearest one is "${near}"`}.`;
  }
  if (command.passesOn === true) return `Only --data DIR may stand before "${name}".`;
  const known = ["data", ...(command.options ?? [])];
  const other = given.find((option) => !known.includes(option.name))?.name;
  if (other !== undefined) {
    const near = similar(known, other);
    return `"${name}" has no option --${other}${near === undefined ? "" : `; the nearest one is --${near}`}.`;
  }
  if (command.needs !== undefined && words.length === 0) return `"${name}" needs ${command.needs}.`;
  const surplus = words[command.takesNone === true ? 0 : 1];
  if (surplus === undefined) return undefined;
  return `"${name}" takes ${command.takesNone === true ? "no argument" : "one argument"}: "${surplus}" is too many.`;
}

async function placesOf(data: string | undefined): Promise<RigPlaces> {
  const places = await readPlaces(data);
  if (places !== undefined) return places;
  const none = noRigIn(data);
  throw new Error(`N${none.slice(1)}. Start one with npm start, or name its data directory with --data DIR.`);
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
