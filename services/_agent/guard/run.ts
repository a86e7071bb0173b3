import type { GuardRuleId } from "#contracts/guard-rules.ts";
import type { GuardContext } from "./context.ts";
import { shown } from "./marks.ts";
import type { SyntaxNode } from "./syntax.ts";

/** What a command reads or writes: a known text, the content of a file of the repository, what was fetched or decoded, or anything. */
export type Flow =
  | { readonly kind: "none" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file" }
  | { readonly kind: "unknown" }
  | { readonly kind: "remote" };

export const nothing: Flow = { kind: "none" };
export const anything: Flow = { kind: "unknown" };
export const fetched: Flow = { kind: "remote" };

/** A rule that a part of the command breaks. */
export interface Finding {
  readonly rule: GuardRuleId;
  /** What breaks it, as the command has it. */
  readonly what: string;
}

/** What a program does with its arguments: it checks them and says what comes out of it. */
export type Program = (args: readonly string[], scope: Scope, name: string) => Flow;

/** How parts of a command are followed. Programs that run others get to them here, so that no file needs all of them. */
export interface Follower {
  /** A script, or one command of any kind. */
  readonly node: (node: SyntaxNode, scope: Scope) => Flow;
  /** One call: its name and its arguments. */
  readonly program: (call: readonly string[], scope: Scope) => Flow;
}

/** What is known while one command is followed. */
export interface Run {
  readonly context: GuardContext;
  readonly follow: Follower;
  readonly findings: Finding[];
  /** Every value that a variable may have had so far: a value that was replaced still counts, so that no order of commands hides it. */
  readonly variables: Map<string, Set<string>>;
  /** Elements of arrays. */
  readonly arrays: Map<string, string[]>;
  readonly functions: Map<string, SyntaxNode>;
  readonly aliases: Map<string, string>;
  /** What this command may have written to files, by path: all that was, for the reason given at `variables`. */
  readonly files: Map<string, readonly Flow[]>;
  /** Substitutions whose commands were followed. */
  readonly followed: Set<SyntaxNode>;
  /** Whether code ran that may have set any variable. */
  anyVariable: boolean;
  /** Whether an archive or a repository was fetched and unpacked. */
  unpacked: boolean;
  /** Shells, evals and programs with code that this part is inside of. */
  depth: number;
  /** Simple commands that may still be followed. */
  stepsLeft: number;
}

/** Where a part of the command runs. */
export interface Scope {
  readonly run: Run;
  /** The folders that it may run in. */
  folders: readonly string[];
  readonly stdin: Flow;
  /** `$1` and so on; undefined where nothing is known of them. */
  positional: readonly string[];
  /** The functions, aliases and scripts that it is inside of. */
  readonly within: readonly string[];
}

/** 4 000 commands, wrappers included, counting each time a loop or a function is followed: scripts of agents have fewer than a hundred. */
const stepsMax = 4_000;

/** The scope in which the command of a model begins. */
export function beginning(context: GuardContext, follow: Follower): Scope {
  const run: Run = {
    context,
    follow,
    findings: [],
    variables: new Map(),
    arrays: new Map(),
    functions: new Map(),
    aliases: new Map(),
    files: new Map(),
    followed: new Set(),
    anyVariable: false,
    unpacked: false,
    depth: 0,
    stepsLeft: stepsMax,
  };
  return { run, folders: [context.workTree], stdin: nothing, positional: [], within: [] };
}

/** Notes that a rule is broken. */
export function block(scope: Scope, rule: GuardRuleId, what: string): undefined {
  scope.run.findings.push({ rule, what: shown(what) });
}

/** A scope of its own, as for a subshell: what changes in it does not change the other one. */
export function inside(scope: Scope, changes: Partial<Scope> = {}): Scope {
  return { ...scope, ...changes };
}

/** Adds a value that a variable may have. */
export function assign({ run }: Scope, name: string, value: string): undefined {
  const known = run.variables.get(name) ?? new Set();
  run.variables.set(name, known.add(value));
}

/** Notes what a file may hold from now on. */
export function write({ run }: Scope, path: string, flow: Flow): undefined {
  const known = run.files.get(path) ?? [];
  run.files.set(path, known.length < contentsMax ? [...known, flow] : [anything]);
}

/** 16: a file that is written more often in one command counts as written with anything. */
const contentsMax = 16;

/** What comes out of two commands, one after the other. */
export function both(first: Flow, second: Flow): Flow {
  if (first.kind === "none") return second;
  if (second.kind === "none") return first;
  if (first.kind === "remote" || second.kind === "remote") return fetched;
  if (first.kind === "text" && second.kind === "text") return { kind: "text", text: first.text + second.text };
  return first.kind === "file" && second.kind === "file" ? first : anything;
}

/** What comes out of a program of which nothing is known. */
export function passedOn(stdin: Flow): Flow {
  return stdin.kind === "remote" ? fetched : anything;
}
