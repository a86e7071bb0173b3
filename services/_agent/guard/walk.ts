import { expand, followAll } from "./expand.ts";
import { cut, shown, unknown } from "./marks.ts";
import { runProgram } from "./programs.ts";
import { redirected } from "./redirects.ts";
import { anything, assign, block, both, type Flow, inside, nothing, type Scope } from "./run.ts";
import { isSecretVariable } from "./secrets.ts";
import {
  type Assignment,
  type Command,
  type CompoundList,
  forEachChild,
  type ParsedScript,
  type Statement,
  type SyntaxNode,
  type Word,
} from "./syntax.ts";
import { setVariable } from "./variables.ts";

/** 64 ways in which one command may be called; more than that is refused, because each is checked. */
const callsMax = 64;

/** 2 048 words of one command: more than the files of a change. */
const wordsMax = 2_048;

/** Follows a script: what it runs is checked, what it sets is kept. Returns what it writes to its output. */
function follow(script: ParsedScript | CompoundList, scope: Scope): Flow {
  let flow: Flow = nothing;
  for (const statement of script.commands) flow = both(flow, followStatement(statement, scope));
  return flow;
}

function followStatement({ command, background }: Statement, scope: Scope): Flow {
  return followNode(command, background === true ? inside(scope) : scope);
}

/** Follows one command of any kind. */
export function followNode(node: SyntaxNode, scope: Scope): Flow {
  switch (node.type) {
    case "Command":
      return followCommand(node, scope);
    case "Pipeline":
      return node.commands.length === 1 && node.commands[0] !== undefined
        ? followNode(node.commands[0], scope)
        : node.commands.reduce<Flow>((stdin, command) => followNode(command, inside(scope, { stdin })), scope.stdin);
    case "AndOr":
      return followList(node.commands, node.operators, scope);
    case "Redirected":
      return redirected(node.redirects, scope, (within) => followNode(node.command, within));
    case "Subshell":
      return follow(node.body, inside(scope));
    case "BraceGroup":
      return follow(node.body, scope);
    case "Script":
    case "CompoundList":
      return follow(node, scope);
    case "Function":
      // bash calls this one by itself.
      if (node.name.value === "command_not_found_handle") followNode(node.body, scope);
      scope.run.functions.set(node.name.value, node.body);
      return nothing;
    case "Coproc":
      followNode(node.body, inside(scope, { stdin: anything }));
      return nothing;
    default:
      return followCompound(node, scope);
  }
}

/** `a && b || c`: a folder that a later part enters may be the one afterwards, or not. */
function followList(commands: readonly SyntaxNode[], operators: readonly string[], scope: Scope): Flow {
  const before = scope.folders;
  let flow: Flow = nothing;
  for (const [index, command] of commands.entries()) {
    if (operators[index - 1] === "||") scope.folders = union(before, scope.folders);
    flow = both(flow, followNode(command, scope));
  }
  scope.folders = union(before, scope.folders);
  return flow;
}

function union(first: readonly string[], second: readonly string[]): readonly string[] {
  const all = [...new Set([...second, ...first])];
  return all.length > callsMax ? [unknown] : all;
}

/** If, case, loops and tests: every branch may run, and after it everything that a branch did may hold. */
function followCompound(node: SyntaxNode, scope: Scope): Flow {
  const before = scope.folders;
  let flow: Flow = nothing;
  if (node.type === "For" || node.type === "Select") {
    const words = node.wordlist?.flatMap((word) => expand(word, scope)) ?? scope.positional.slice(1);
    for (const value of words.flatMap((word) => word.split(cut))) assign(scope, node.name.value, value);
  }
  if (node.type === "While" || node.type === "ArithmeticFor") checkLoop(node, scope);
  const visit = (child: SyntaxNode): undefined => {
    if (child.type === "CompoundList") flow = both(flow, follow(child, scope));
    else if (child.type === "CaseItem" || child.type === "Elif") forEachChild(child, visit);
    else followAll(child, scope);
  };
  // A loop is followed twice, so that what its end sets is seen by its beginning.
  const rounds = ["For", "While", "ArithmeticFor", "Select"].includes(node.type) ? 2 : 1;
  for (let round = 0; round < rounds; round += 1) forEachChild(node, visit);
  scope.folders = union(before, scope.folders);
  return rounds > 1 && flow.kind === "text" ? anything : flow;
}

/** A loop without an end that starts jobs fills the machine. */
function checkLoop(node: SyntaxNode, scope: Scope): undefined {
  const body = node.type === "While" || node.type === "ArithmeticFor" ? node.body : undefined;
  if (body === undefined || !hasJob(body)) return;
  const test =
    node.type === "While"
      ? node.clause.commands.at(-1)?.command
      : node.type === "ArithmeticFor"
        ? node.test
        : undefined;
  if (test === undefined || !canEnd(test)) block(scope, "machine-state", "a loop without an end that starts jobs");
}

function hasJob(node: SyntaxNode): boolean {
  if (node.type === "Statement" && node.background === true) return true;
  let found = false;
  forEachChild(node, (child) => {
    found ||= hasJob(child);
  });
  return found;
}

/** Whether the condition of a loop reads something that changes: a line, a variable, a test of files. */
function canEnd(test: SyntaxNode): boolean {
  if (test.type === "Command") {
    const name = test.name?.value.split("/").at(-1) ?? "";
    if (["read", "kill", "ps", "pgrep"].includes(name)) return true;
    if (!["test", "["].includes(name)) return false;
  }
  return hasExpansion(test);
}

function hasExpansion(node: SyntaxNode): boolean {
  if (node.type === "SimpleExpansion" || node.type === "ParameterExpansion") return true;
  if (node.type === "ArithmeticWord") return /[a-z_]/i.test(node.value);
  let found = false;
  forEachChild(node, (child) => {
    found ||= hasExpansion(child);
  });
  return found;
}

/** One simple command: its assignments, its words, its redirections, and the program itself in every way in which it may be called. */
function followCommand(node: Command, scope: Scope): Flow {
  const { run } = scope;
  run.stepsLeft -= 1;
  if (run.stepsLeft < 0) {
    if (run.stepsLeft === -1) block(scope, "unreadable-command", "it runs too many commands");
    return anything;
  }
  for (const part of node.prefix) {
    if (part.type === "Assignment") followAssignment(part, scope, node.name === undefined ? "lasting" : "once");
  }
  const words = [...(node.name === undefined ? [] : [node.name]), ...node.args];
  if (node.name?.parts?.some(({ type }) => type === "BraceExpansion") === true)
    block(scope, "unknown-program", node.name.text);
  checkSecretVariables(node, scope);
  return redirected(node.redirects, scope, (within) => {
    const calls = callsOf(words, within);
    if (calls === undefined) {
      block(scope, "unreadable-command", `${shown(node.name?.text ?? "")} may be called in too many ways`);
      return anything;
    }
    const flows = calls.map((call) => runProgram(call, within));
    // What a builtin such as cd changed holds outside of the redirection too.
    scope.folders = within.folders;
    scope.positional = within.positional;
    return flows.length === 1 ? (flows[0] ?? nothing) : flows.reduce(oneOf, nothing);
  });
}

function oneOf(first: Flow, second: Flow): Flow {
  if (first.kind === "none") return second;
  return first.kind === "text"
    ? second.kind === "text" && first.text === second.text
      ? first
      : anything
    : both(first, second);
}

/** Every list of words that the command may be; undefined when there are too many. */
function callsOf(words: readonly (Word | Assignment)[], scope: Scope): readonly (readonly string[])[] | undefined {
  if (words.length > wordsMax) return undefined;
  let calls: readonly (readonly string[])[] = [[]];
  for (const word of words) {
    const values = word.type === "Word" ? expand(word, scope) : assignmentTexts(word, scope);
    const fields = values.map((value) => (value === "" ? [""] : value.split(cut).filter((field) => field !== "")));
    calls = calls.flatMap((call) => fields.map((each) => [...call, ...each]));
    if (calls.length > callsMax) return undefined;
  }
  return calls;
}

/** `NAME=value` as an argument, for declare, export and env. */
function assignmentTexts(node: Assignment, scope: Scope): readonly string[] {
  if (node.value.type === "ArrayValue") {
    followAssignment(node, scope, "lasting");
    return [`${node.name}=${unknown}`];
  }
  // Where the shell cuts the value, as at braces, each part is a value too.
  return expand(node.value, scope)
    .flatMap((value) => [value.replaceAll(cut, " ").trim(), ...value.split(cut)])
    .map((value) => `${node.name}=${value}`);
}

function followAssignment(node: Assignment, scope: Scope, lasting: "lasting" | "once"): undefined {
  if (node.index !== undefined) followAll(node.index, scope);
  if (node.value.type === "ArrayValue") {
    const elements = node.value.elements.flatMap((element) =>
      expand(element, scope).flatMap((value) => value.split(cut)),
    );
    scope.run.arrays.set(node.name, [...(scope.run.arrays.get(node.name) ?? []), ...elements]);
    return;
  }
  for (const value of expand(node.value, scope, "value")) {
    const text = value.replaceAll(cut, " ").replace(/^ $/, "");
    if (node.index !== undefined) scope.run.arrays.set(node.name, [...(scope.run.arrays.get(node.name) ?? []), text]);
    if (node.append === true)
      for (const before of [...(scope.run.variables.get(node.name) ?? [""])])
        setVariable(scope, node.name, before + text, lasting);
    setVariable(scope, node.name, text, lasting);
  }
}

/** A variable of the environment that is named as secrets are and is handed to a program; to ask whether it is set reads nothing. */
function checkSecretVariables(node: Command, scope: Scope): undefined {
  if (["test", "[", ":", "unset"].includes(node.name?.value ?? "")) return;
  const visit = (child: SyntaxNode): undefined => {
    if (child.type === "Script") return;
    const name =
      child.type === "SimpleExpansion"
        ? child.text.slice(1)
        : child.type === "ParameterExpansion"
          ? child.parameter
          : undefined;
    const asked =
      child.type === "ParameterExpansion" &&
      (child.prefix === "#" || (child.operation?.type === "Default" && /[+?]$/.test(child.operation.operator)));
    if (name !== undefined && !asked && isSecretVariable(name) && !scope.run.variables.has(name))
      block(scope, "read-secrets", `$${name}`);
    forEachChild(child, visit);
  };
  for (const word of [...(node.name === undefined ? [] : [node.name]), ...node.args, ...node.redirects]) visit(word);
}
