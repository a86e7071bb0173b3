import { builtins } from "./builtins.ts";
import { languageOf } from "./code.ts";
import { filePrograms } from "./files.ts";
import { runGit } from "./git.ts";
import { runInterpreter } from "./interpreters.ts";
import { machinePrograms } from "./machine.ts";
import { isOpen, isPattern } from "./marks.ts";
import { networkPrograms } from "./network.ts";
import { pathsOf, placeOf } from "./paths.ts";
import { textPrograms } from "./printers.ts";
import { rightsPrograms } from "./rights.ts";
import { anything, block, type Flow, inside, type Program, passedOn, type Scope } from "./run.ts";
import { checkShared, sharedPrograms } from "./shared-programs.ts";
import { followCode, quoted } from "./shell-code.ts";
import { runFile } from "./shells.ts";
import { runClient, sqlClients } from "./sql.ts";
import { noteTouched } from "./touched.ts";
import { checkWords } from "./words.ts";
import { runWrapped } from "./wrappers.ts";

const programs: Readonly<Record<string, Program>> = {
  ...machinePrograms,
  ...sharedPrograms,
  ...networkPrograms,
  ...filePrograms,
  ...rightsPrograms,
  ...textPrograms,
  ...builtins,
  git: runGit,
};

/** Follows one call: its name and its arguments, each as far as it is known. */
export function runProgram(call: readonly string[], scope: Scope): Flow {
  const [word, ...args] = call;
  if (word === undefined) return { kind: "none" };
  scope.run.stepsLeft -= 1;
  if (scope.run.stepsLeft < 0) {
    block(scope, "unreadable-command", "it runs too many commands");
    return anything;
  }
  if (isOpen(word) || isPattern(word)) {
    block(scope, "unknown-program", call.join(" "));
    return anything;
  }
  const defined = runDefined(word, args, scope);
  if (defined !== undefined) return defined;
  const name = nameOf(word, scope);
  checkWords(name, args, scope);
  noteTouched(name, args, scope);
  return runNamed(name, args, scope);
}

function runNamed(name: string, args: readonly string[], scope: Scope): Flow {
  checkShared(name, args, scope);
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (program !== undefined) return program(args, scope, name);
  if (sqlClients.has(name)) return runClient(args, scope, name);
  const language = languageOf(name);
  if (language !== undefined) return runInterpreter(language, args, scope, name);
  const wrapped = runWrapped(name, args, scope);
  if (wrapped !== undefined) return wrapped;
  return passedOn(scope.stdin);
}

/** An alias or a function of this command. */
function runDefined(word: string, args: readonly string[], scope: Scope): Flow | undefined {
  const body = scope.run.functions.get(word);
  const alias = scope.run.aliases.get(word);
  if (body === undefined && alias === undefined) return undefined;
  if (scope.within.includes(word)) {
    if (body === undefined) return undefined;
    block(scope, "machine-state", `the function ${word} calls itself`);
    return anything;
  }
  const within = inside(scope, { within: [...scope.within, word] });
  if (body === undefined) return followCode(`${alias} ${quoted(args)}`, within, `alias ${word}`);
  const flow = scope.run.follow.node(body, inside(within, { positional: [word, ...args] }));
  return flow;
}

/** The program that a word starts. One that is named by a path in the work tree is a file that runs. */
function nameOf(word: string, scope: Scope): string {
  const base = word.split("/").at(-1) ?? "";
  if (!word.includes("/")) return base;
  const places = pathsOf(scope, word).map((path) => placeOf(path, scope.run.context));
  const isSystem = places.every((place) => place === "system" && !/^\/(proc|dev)\//.test(word));
  if (!isSystem) runFile(word, "program", scope);
  return base;
}
