import { createInterface } from "node:readline";
import { defaultContext, type GuardContext } from "#agent/guard/context.ts";
import { guardCommand } from "#agent/guard/guard.ts";
import { guardSection } from "#agent/guard/prompt.ts";
import { printError, printJson, printLine } from "./print.ts";

const usage = [
  "npm run rig -- guard [OPTIONS] -- COMMAND   whether an agent may run a command: exit code 0 allow, 1 block",
  "npm run rig -- guard [OPTIONS] --stdin      reads one JSON string a line, answers one JSON object a line",
  "npm run rig -- guard --rules                the rules, as an agent's prompt has them",
  "  --json               the verdict as JSON",
  "  --work-tree DIR      where the command runs; default /workspace/project",
  "  --home DIR           the home of who runs it; default /home/test",
  "  --protected A,B      branches that only the gate may move; default main,master",
  "  --allow PATH         a protected file that the approved issue names; may be repeated",
].join("\n");

/** How the guard was called. */
interface Asked {
  readonly context: GuardContext;
  readonly json: boolean;
  readonly stdin: boolean;
  readonly rules: boolean;
  /** The command; undefined where none was given. */
  readonly command: string | undefined;
}

/** Says whether the guard lets a command pass. It needs no rig. Returns the exit code. */
export async function askGuard(
  args: readonly string[],
  input: AsyncIterable<string> = linesOfStdin(),
): Promise<number> {
  const asked = read(args);
  if (typeof asked === "string") {
    printError(asked === "" ? usage : `${asked}\n\n${usage}`);
    return 64;
  }
  if (asked.rules) {
    for (const line of guardSection().split("\n")) printLine(line);
    return 0;
  }
  if (asked.stdin) {
    for await (const line of input) printJson(answerTo(line, asked.context));
    return 0;
  }
  const verdict = guardCommand(asked.command ?? "", asked.context);
  if (asked.json) printJson(verdict);
  else if (verdict.verdict === "allow") printLine("allow");
  else {
    printLine(`block ${verdict.rule}`);
    printLine(verdict.reason);
    printLine(`Instead: ${verdict.instead}`);
  }
  return verdict.verdict === "allow" ? 0 : 1;
}

/** The answer to one line of input: a verdict, or what is wrong with the line. */
export function answerTo(line: string, context: GuardContext): unknown {
  let command: unknown;
  try {
    command = JSON.parse(line);
  } catch {
    return { error: "This line is no JSON. Write one JSON string a line." };
  }
  if (typeof command !== "string") return { error: "This line is no JSON string. Write one JSON string a line." };
  return guardCommand(command, context);
}

function linesOfStdin(): AsyncIterable<string> {
  return createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
}

/** Reads the arguments, or says what is wrong with them. */
function read(args: readonly string[]): Asked | string {
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  const words = end < 0 ? [] : args.slice(end + 1);
  const given = new Map<string, string[]>();
  for (let at = 0; at < options.length; at += 1) {
    const option = options[at] ?? "";
    const [name = "", ...value] = option.split("=");
    if (["--json", "--stdin", "--rules"].includes(option)) given.set(option, []);
    else if (option === "--help") return "";
    else if (["--work-tree", "--home", "--protected", "--allow"].includes(name)) {
      const text = value.length > 0 ? value.join("=") : options[++at];
      if (text === undefined || text === "") return `${name} needs a value.`;
      given.set(name, [...(given.get(name) ?? []), text]);
    } else return `There is no option ${option}; a command stands behind --.`;
  }
  const stdin = given.has("--stdin");
  const rules = given.has("--rules");
  if (!rules && stdin === words.length > 0)
    return stdin ? "With --stdin no command stands behind --." : "Name a command behind --.";
  return {
    context: contextOf(given),
    json: given.has("--json"),
    stdin,
    rules,
    command: stdin ? undefined : commandOf(words),
  };
}

function contextOf(given: ReadonlyMap<string, readonly string[]>): GuardContext {
  return {
    ...defaultContext,
    workTree: given.get("--work-tree")?.at(-1) ?? defaultContext.workTree,
    home: given.get("--home")?.at(-1) ?? defaultContext.home,
    protectedBranches:
      given.get("--protected")?.flatMap((names) => names.split(",")) ?? defaultContext.protectedBranches,
    allowedPaths: given.get("--allow") ?? [],
  };
}

/** One word is the command as it is; several are its words, of which one with a space was quoted. */
function commandOf(words: readonly string[]): string {
  if (words.length === 1) return words[0] ?? "";
  return words.map((word) => (/[\s"']|^$/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word)).join(" ");
}
