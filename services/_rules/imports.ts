import { isBuiltin } from "node:module";
import { dirname, join } from "node:path/posix";
import { parseAst } from "vitest/node";

/** One file of the repository; `path` from its root, with forward slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** One import, re-export, `import()` or `import("x").T`. */
export interface Import {
  /** Undefined when it is computed at run time. */
  readonly specifier: string | undefined;
  /** The imported names; "*" for the whole module. */
  readonly names: readonly string[];
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** Reads every import of a file with the parser that Vitest itself uses, so comments, strings and regular expressions are no trap. */
export function importsOf(source: Source): readonly Import[] {
  return nodesOf(source).flatMap((node) => {
    const found = importIn(node);
    // Only where one is found: a file has thousands of nodes, and to count the lines up to each takes longer than to parse it.
    return found === undefined ? [] : [{ ...found, line: lineAt(source.text, node.start) }];
  });
}

function importIn(node: SyntaxNode): Omit<Import, "line"> | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration": {
      const specifier = literalOf(node.source);
      const typeOnly = node.importKind === "type" || node.exportKind === "type";
      return specifier === undefined ? undefined : { specifier, names: namesIn(node), typeOnly };
    }
    case "ImportExpression":
      return { specifier: literalOf(node.source), names: ["*"], typeOnly: false };
    case "TSImportType":
      return { specifier: literalOf(node.source), names: ["*"], typeOnly: true };
    default:
      return undefined;
  }
}

/** One exported value; types are none. */
export interface Export {
  readonly name: string;
  readonly line: number;
}

/** Reads the values that a file exports by name. A default export is named `default`, every name of another file (`export *`) `*`. */
export function exportsOf(source: Source): readonly Export[] {
  return nodesOf(source).flatMap((node): readonly Export[] => {
    if (!node.type.startsWith("Export")) return [];
    const line = lineAt(source.text, node.start);
    if (node.type === "ExportAllDeclaration") return [{ name: "*", line }];
    if (node.exportKind === "type") return [];
    if (node.type === "ExportDefaultDeclaration") return [{ name: "default", line }];
    if (node.type !== "ExportNamedDeclaration") return [];
    return exportedNames(node).map((name) => ({ name, line }));
  });
}

function exportedNames({ declaration, specifiers }: SyntaxNode): readonly string[] {
  if (isNode(declaration)) {
    const declared = Array.isArray(declaration.declarations) ? declaration.declarations : [declaration];
    return declared.filter(isNode).map(({ id }) => nameOf(id));
  }
  return (Array.isArray(specifiers) ? specifiers : [])
    .filter(isNode)
    .filter(({ exportKind }) => exportKind !== "type")
    .map(({ exported }) => nameOf(exported));
}

/** The name of an identifier, or of one in quotes. */
export function nameOf(node: unknown): string {
  return isNode(node) ? String(node.name ?? node.value) : "";
}

/** What an import leads to. A file's path is from the root of the repository. */
export type Target =
  | { readonly kind: "computed" }
  | { readonly kind: "node"; readonly name: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "package"; readonly name: string; readonly specifier: string };

/** Reads a specifier as Node does, with the `#` names of package.json. */
export function targetOf(from: string, specifier: string | undefined): Target {
  if (specifier === undefined) return { kind: "computed" };
  if (isBuiltin(specifier)) return { kind: "node", name: specifier };
  if (specifier.startsWith(".")) return { kind: "file", path: join(dirname(from), specifier) };
  if (/^#(kit|agent)\//.test(specifier)) return { kind: "file", path: specifier.replace("#", "services/_") };
  if (specifier.startsWith("#")) return { kind: "file", path: specifier.slice(1) };
  const parts = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1);
  return { kind: "package", name: parts.join("/"), specifier };
}

/** The files that a file imports, types included. */
export function filesImportedBy(source: Source): readonly string[] {
  return importsOf(source).flatMap(({ specifier }) => {
    const target = targetOf(source.path, specifier);
    return target.kind === "file" ? [target.path] : [];
  });
}

/** The titles of the tests in a file: the first argument of each `test(…)` and `test.each(…)(…)`, where it is a literal. */
export function testTitlesOf(source: Source): readonly string[] {
  return nodesOf(source).flatMap((node) => {
    if (node.type !== "CallExpression" || !Array.isArray(node.arguments)) return [];
    const title = literalOf(node.arguments[0]);
    return title !== undefined && calledName(node) === "test" ? [title] : [];
  });
}

/** One call of a function by its name. */
export interface Call {
  readonly name: string;
  /** The first argument where it is a text; undefined where it is computed. */
  readonly first: string | undefined;
}

/** The calls in a file of functions that are named without a receiver. */
export function callsIn(source: Source): readonly Call[] {
  return nodesOf(source).flatMap(({ type, callee, arguments: given }) => {
    if (type !== "CallExpression" || !isNode(callee) || callee.type !== "Identifier") return [];
    return [{ name: String(callee.name), first: Array.isArray(given) ? literalOf(given[0]) : undefined }];
  });
}

/** A part of a file, from the offset `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The first string of each row in `test.each([…])` and `describe.each([…])`: the first `%s` of the title shows it. */
export function rowTitlesOf(source: Source): readonly Span[] {
  return nodesOf(source).flatMap(({ type, callee, arguments: given }) => {
    const isTable = type === "CallExpression" && isNode(callee) && nameOf(callee.property) === "each";
    const [rows] = isTable && Array.isArray(given) ? given : [];
    return elementsOf(rows).flatMap((row) => {
      const first = elementsOf(row)[0] ?? row;
      return literalOf(first) === undefined ? [] : [first as SyntaxNode & Span];
    });
  });
}

/** The elements of a list, also of one with `as const`. */
function elementsOf(node: unknown): readonly unknown[] {
  const list = isNode(node) && node.type === "TSAsExpression" ? node.expression : node;
  return isNode(list) && Array.isArray(list.elements) ? list.elements : [];
}

/** `test` of `test(…)`, `test.each(…)(…)` and `test.concurrent(…)`. */
function calledName(node: SyntaxNode): string | undefined {
  if (node.type === "Identifier") return String(node.name);
  const inner = node.type === "CallExpression" ? node.callee : node.object;
  return isNode(inner) ? calledName(inner) : undefined;
}

/** As much of an ESTree node as is read here. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

function namesIn(statement: SyntaxNode): readonly string[] {
  const specifiers = statement.specifiers;
  if (!Array.isArray(specifiers)) return ["*"];
  return specifiers.filter(isNode).map((specifier) => {
    if (specifier.type === "ImportDefaultSpecifier") return "default";
    const name = specifier.imported ?? specifier.local;
    return specifier.type === "ImportNamespaceSpecifier" || !isNode(name) ? "*" : String(name.name ?? name.value);
  });
}

/** What reaches the clock, randomness, logs or the outside without an import. */
const impure = new Set([
  ...["console", "crypto", "eval", "fetch", "globalThis", "Intl", "performance", "process", "queueMicrotask"],
  ...["setImmediate", "setInterval", "setTimeout"],
]);
/** What is impure but for these members; `new Date(…)` of a time that it is given is pure too. */
const pureMembers: ReadonlyMap<unknown, RegExp> = new Map([
  ["Date", /^Date\.(parse|UTC)$/],
  ["Math", /^Math\.(?!random$)/],
]);

/** Where a file uses such a global, under whatever name it goes on, or asks for the present time or a random number. */
export function impureUses(source: Source): readonly { readonly code: string; readonly line: number }[] {
  const nodes = nodesOf(source);
  const users = new Map(nodes.flatMap((node) => [node.object, node.callee].map((used) => [used, node] as const)));
  const noValues = new Set(nodes.flatMap(namesOfNoValue));
  return nodes.flatMap((node) => {
    if (node.type !== "Identifier" || noValues.has(node)) return [];
    const code = impureCode(node, users.get(node), source.text);
    return code === undefined ? [] : [{ code, line: lineAt(source.text, node.start) }];
  });
}

/** `user` is the node that calls the identifier, or reads a member of it. */
function impureCode({ name }: SyntaxNode, user: SyntaxNode | undefined, text: string): string | undefined {
  if (impure.has(String(name))) return String(name);
  const pure = pureMembers.get(name);
  if (pure === undefined) return undefined;
  const code = user === undefined ? String(name) : text.slice(user.start, Number(user.end));
  const given = user?.type === "NewExpression" && Array.isArray(user.arguments) ? user.arguments[0] : undefined;
  const isGiven = name === "Date" && isNode(given) && given.type !== "SpreadElement";
  return isGiven || (user?.type === "MemberExpression" && pure.test(code)) ? undefined : code;
}

/** The identifiers of a node that stand for no value: the name of a property, and of a type. */
function namesOfNoValue({ property, key, typeName, computed }: SyntaxNode): readonly unknown[] {
  return computed === true ? [typeName] : [property, key, typeName];
}

/** One name that a file gives or uses, with the first line of it. */
export interface UsedName {
  readonly name: string;
  readonly line: number;
}

/** The names of a file: all but the properties of other things (`x.name`), which are given elsewhere. */
export function namesUsed(source: Source): readonly UsedName[] {
  const nodes = nodesOf(source);
  const elsewhere = new Set(nodes.flatMap(({ property, computed }) => (computed === false ? [property] : [])));
  const found = new Map<string, number>();
  for (const node of nodes) {
    const name = node.type === "Identifier" && !elsewhere.has(node) ? String(node.name) : "";
    if (name !== "" && !found.has(name)) found.set(name, lineAt(source.text, node.start));
  }
  return [...found].map(([name, line]) => ({ name, line }));
}

/** The nodes of the files that were read, by text: the rules read the same files, and parsing takes most of their time. */
const parsed = new Map<string, readonly SyntaxNode[]>();

/** Every node of a file, the file itself first. */
export function nodesOf({ path, text }: Source): readonly SyntaxNode[] {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const found: SyntaxNode[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (!isNode(value)) return;
    found.push(value);
    for (const field of Object.values(value)) visit(field);
  };
  visit(parseAst(text, { lang: path.endsWith(".ts") ? "ts" : "js", sourceType: "module", astType: "ts" }, path));
  parsed.set(text, found);
  return found;
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** The text of a literal; also of a template without a placeholder. */
export function literalOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  const [quasi, ...more] = node.type === "TemplateLiteral" && Array.isArray(node.quasis) ? node.quasis : [];
  return isNode(quasi) && more.length === 0 ? String((quasi.value as { readonly cooked: string }).cooked) : undefined;
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
