import { cut, cutAtSpaces, digits, isOpen, one, remote, star, unknown, withPatterns } from "./marks.ts";
import { anything, assign, block, type Flow, inside, type Scope, write } from "./run.ts";
import {
  type ParameterExpansionPart,
  type ParsedScript,
  type SyntaxNode,
  scriptsIn,
  type Word,
  type WordPart,
} from "./syntax.ts";
import { valuesOfVariable } from "./variables.ts";

/** 32 values of one word: more than a loop of an agent names; what has more counts as any text. */
const valuesMax = 32;

/** 256 words of one brace expansion: more than a project has folders to make at once. */
const wordsMax = 256;

/** What a word may become. In a value a `cut` ends a word and starts the next one. */
export function expand(word: Word, scope: Scope, use: "argument" | "value" = "argument"): readonly string[] {
  if (word.parts === undefined) return [tilde(word, word.value, scope)];
  const braces = use === "argument" ? word.parts.filter(({ type }) => type === "BraceExpansion") : [];
  if (braces.length === 0) return ofParts(word, scope, new Map());
  // Each choice of the braces is a word of its own: `a{b,c}` is `ab ac`.
  let choices: readonly (readonly [WordPart, string])[][] = [[]];
  for (const part of braces) {
    followAll(part, scope);
    const elements = braceElements(part.text);
    choices = choices.flatMap((chosen) => elements.map((element) => [...chosen, [part, element] as const]));
    if (choices.length > wordsMax) {
      block(scope, "unreadable-command", `${word.text}: too many words`);
      return [unknown];
    }
  }
  const words = choices.map((chosen) => ofParts(word, scope, new Map(chosen)));
  return words.reduce((before, after) => combined(before, after, cut));
}

function ofParts(word: Word, scope: Scope, chosen: ReadonlyMap<WordPart, string>): readonly string[] {
  let values: readonly string[] = [""];
  for (const [index, part] of (word.parts ?? []).entries()) {
    const ofPart = chosen.has(part) ? [chosen.get(part) ?? ""] : valuesOfPart(part, scope, "bare");
    values = combined(values, index === 0 ? ofPart.map((value) => tilde(word, value, scope)) : ofPart);
  }
  // `""` is a word, an unset variable without quotes is none.
  return values.map((value) => (value === "" && !/["']/.test(word.text) ? cut : value));
}

function combined(before: readonly string[], after: readonly string[], between = ""): readonly string[] {
  const all = new Set(before.flatMap((first) => after.map((second) => `${first}${between}${second}`)));
  if (all.size <= valuesMax) return [...all];
  return [[...all].some((value) => value.includes(remote)) ? remote : unknown];
}

/** The home or another folder that a `~` without quotes at the beginning stands for. */
function tilde(word: Word, value: string, scope: Scope): string {
  if (!word.text.startsWith("~")) return value;
  const { home } = scope.run.context;
  const [, name = "", rest = ""] = /^~([^/]*)([\s\S]*)$/.exec(value) ?? [];
  if (name === "") return `${home}${rest}`;
  if (name === "+") return `${scope.folders[0] ?? unknown}${rest}`;
  if (!/^[a-z_][a-z0-9_-]*$/i.test(name)) return name === "-" ? `${unknown}${rest}` : value;
  const user = home.split("/").at(-1);
  return name === user ? `${home}${rest}` : `/home/${name}${rest}`;
}

function valuesOfPart(part: WordPart, scope: Scope, quoting: "bare" | "quoted"): readonly string[] {
  const split = (values: readonly string[]) =>
    quoting === "bare" ? values.map((value) => withPatterns(cutAtSpaces(value))) : values;
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
      return [part.value];
    case "DoubleQuoted":
    case "LocaleString":
      return part.parts.map((child) => valuesOfPart(child, scope, "quoted")).reduce((a, b) => combined(a, b), [""]);
    case "Glob":
      return [part.kind === "star" ? star : one];
    case "ExtendedGlob":
      return [star];
    case "BraceExpansion":
      return braceElements(part.text);
    case "SimpleExpansion":
      return split(valuesOfVariable(scope, part.text.slice(1)));
    case "ParameterExpansion":
      return split(valuesOfParameter(part, scope));
    case "CommandExpansion":
      return split([outputOf(part.script, scope)]);
    case "ArithmeticExpansion":
      followAll(part, scope);
      return [digits];
    case "ProcessSubstitution":
      return [pathOfProcess(part, scope)];
  }
}

/** `$(…)`: its output, if that is known. */
function outputOf(script: ParsedScript | undefined, scope: Scope): string {
  if (script === undefined) {
    block(scope, "unreadable-command", "a substitution without an end");
    return unknown;
  }
  const flow = followOnce(script, scope);
  if (flow.kind === "none") return "";
  if (flow.kind === "text") return flow.text.replace(/\n+$/, "");
  return flow.kind === "remote" ? remote : unknown;
}

function followOnce(script: ParsedScript, scope: Scope, stdin: Flow = scope.stdin): Flow {
  scope.run.followed.add(script);
  return scope.run.follow.node(script, inside(scope, { stdin }));
}

/** Follows the substitutions anywhere under a node that is not expanded as a word, such as the index of an array. */
export function followAll(node: SyntaxNode, scope: Scope): undefined {
  for (const script of scriptsIn(node)) followOnce(script, scope);
}

function pathOfProcess(part: Extract<WordPart, { type: "ProcessSubstitution" }>, scope: Scope): string {
  const path = `/dev/fd/${1_000 + scope.run.files.size}`;
  const flow =
    part.script === undefined
      ? anything
      : followOnce(part.script, scope, part.operator === ">" ? anything : scope.stdin);
  write(scope, path, part.operator === "<" ? flow : anything);
  return path;
}

function valuesOfParameter(part: ParameterExpansionPart, scope: Scope): readonly string[] {
  const { parameter, operation, prefix, index } = part;
  if (index !== undefined) followAll(index, scope);
  if (prefix === "#") return [digits];
  const named = valuesOfElement(scope, parameter, index);
  if (prefix === "!" && operation === undefined && named.some(isOpen)) block(scope, "read-secrets", part.text);
  const values =
    prefix === "!" ? named.flatMap((name) => (isOpen(name) ? [name] : valuesOfVariable(scope, name))) : named;
  if (operation === undefined) return values;
  if (operation.type !== "Default") {
    followAll(operation, scope);
    return [values.some((value) => value.includes(remote)) ? remote : unknown];
  }
  const operands = expand(operation.operand, scope, "value").map((value) => value.replaceAll(cut, ""));
  if (operation.operator.endsWith("+")) return [...operands, ""];
  if (operation.operator.endsWith("?")) return values;
  if (operation.operator.endsWith("=")) for (const value of operands) assign(scope, parameter, value);
  // The environment of a run is clean: what the command never set is unset, and the default holds.
  const isSet = scope.run.variables.has(parameter) || scope.run.anyVariable || !values.every(isOpen);
  return isSet ? [...values, ...operands] : operands;
}

function valuesOfElement(scope: Scope, name: string, index: Word | undefined): readonly string[] {
  const elements = scope.run.arrays.get(name);
  if (index === undefined)
    return [
      ...(elements?.slice(0, 1) ?? []),
      ...(elements === undefined || scope.run.variables.has(name) ? valuesOfVariable(scope, name) : []),
    ];
  if (elements === undefined) return valuesOfVariable(scope, name);
  return ["@", "*"].includes(index.text) ? [elements.join(cut)] : elements;
}

/** The words of `{a,b}` and `{1..3}`, also nested. */
function braceElements(text: string): readonly string[] {
  const inner = text.slice(1, -1);
  if (/^-?\d+\.\.-?\d+(\.\.-?\d+)?$/.test(inner)) return [digits];
  if (/^[^,{}]+\.\.[^,{}]+$/.test(inner)) return [one];
  const elements = partsBetweenCommas(inner).flatMap((element) => {
    const nested = /^([^{]*)(\{.*\})([^}]*)$/s.exec(element);
    if (nested === null) return [plainElement(element)];
    const [, before = "", braces = "", after = ""] = nested;
    return braceElements(braces).map((each) => `${plainElement(before)}${each}${plainElement(after)}`);
  });
  return elements.length > valuesMax ? [unknown] : elements;
}

function partsBetweenCommas(inner: string): readonly string[] {
  const parts = [""];
  let depth = 0;
  for (const character of inner) {
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function plainElement(text: string): string {
  if (/[$`]/.test(text)) return unknown;
  return withPatterns(text.replaceAll(/["'\\]/g, ""));
}
