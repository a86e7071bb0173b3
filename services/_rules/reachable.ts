import { isNode, nameOf, nodesOf, type Source, type SyntaxNode, targetOf } from "./imports.ts";

/** One declaration at the top of a file, or (`name` is empty) what the file does when it is loaded. */
export interface Part {
  readonly source: Source;
  readonly name: string;
  readonly nodes: readonly SyntaxNode[];
}

interface Linked extends Part {
  /** What it uses: `path name` of parts in this file and in others. */
  readonly uses: readonly string[];
}

/**
 * The parts of these files that the files of a folder reach, name by name: of a file that offers two functions and of which one is imported
 * only that one. What cannot be told apart (`import *`, `export *`) counts as used.
 */
export function reachableParts(sources: readonly Source[]): (folder: string) => readonly Part[] {
  const parts = sources.flatMap(partsOf);
  const byFile = Map.groupBy(parts, ({ source }) => source.path);
  return (folder) => {
    const found = new Set<Linked>();
    const waiting = parts.filter(({ source }) => source.path.startsWith(`${folder}/`));
    for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      if (found.has(part)) continue;
      found.add(part);
      waiting.push(...part.uses.flatMap((use) => partsNamed(use, byFile)));
    }
    return [...found];
  };
}

/** The part with this name and what its file does when it is loaded; all of the file when there is none with this name. */
function partsNamed(use: string, byFile: ReadonlyMap<string, readonly Linked[]>): readonly Linked[] {
  const [path = "", name = ""] = use.split(" ");
  const inFile = byFile.get(path) ?? [];
  const named = inFile.filter((part) => part.name === name);
  return named.length === 0 ? inFile : [...named, ...inFile.filter((part) => part.name === "")];
}

function partsOf(source: Source): readonly Linked[] {
  const nodes = nodesOf(source);
  const statements = bodyOf(nodes[0]);
  const imported = new Map(statements.flatMap((statement) => importedBy(statement, source)));
  const declared = statements.flatMap((statement) => declaredNames(statement).map((name) => ({ statement, name })));
  const own = new Set(declared.map(({ name }) => name));
  const partOf = (statement: SyntaxNode, name: string): Linked => {
    const within = nodes.filter(({ start, end }) => start >= statement.start && Number(end) <= Number(statement.end));
    const local = identifiersIn(within).flatMap((used) => {
      const elsewhere = imported.get(used);
      if (elsewhere !== undefined) return [elsewhere];
      return own.has(used) && used !== name ? [`${source.path} ${used}`] : [];
    });
    return { source, name, nodes: within, uses: [...local, ...passedOn(statement, source)] };
  };
  const loading = statements.filter((each) => declaredNames(each).length === 0 && each.type !== "ImportDeclaration");
  const effects = statements.filter((each) => each.type === "ImportDeclaration" && bodyless(each));
  return [
    ...declared.map(({ statement, name }) => partOf(statement, name)),
    ...loading.map((statement) => partOf(statement, "")),
    ...effects.map((statement) => ({ source, name: "", nodes: [], uses: fileOf(statement, source, "") })),
  ];
}

function bodyOf(program: SyntaxNode | undefined): readonly SyntaxNode[] {
  return Array.isArray(program?.body) ? program.body.filter(isNode) : [];
}

/** True for `import "./file.ts"`, which imports no name. */
function bodyless({ specifiers }: SyntaxNode): boolean {
  return Array.isArray(specifiers) && specifiers.length === 0;
}

/** The local names that a statement imports, each with the part that it stands for. */
function importedBy(statement: SyntaxNode, source: Source): readonly (readonly [string, string])[] {
  if (statement.type !== "ImportDeclaration" || statement.importKind === "type") return [];
  return nodesIn(statement.specifiers).flatMap((specifier) => {
    if (specifier.importKind === "type") return [];
    const name = specifier.type === "ImportDefaultSpecifier" ? "default" : nameOf(specifier.imported) || "*";
    return fileOf(statement, source, name).map((use) => [nameOf(specifier.local), use] as const);
  });
}

/** The names that a statement declares. `export { a } from "./b.ts"` declares `a`. */
function declaredNames(statement: SyntaxNode): readonly string[] {
  if (statement.type === "ExportDefaultDeclaration") return ["default"];
  if (statement.type === "ExportAllDeclaration") return ["*"];
  const declaration = isNode(statement.declaration) ? statement.declaration : statement;
  if (/^TS(Interface|TypeAlias)Declaration$/.test(declaration.type)) return [];
  const declared = declaration.type === "VariableDeclaration" ? nodesIn(declaration.declarations) : [declaration];
  const names = declared.flatMap(({ id }) => (isNode(id) ? namesInPattern(id) : []));
  return [...names, ...nodesIn(statement.specifiers).map(({ exported }) => nameOf(exported))].filter(
    (name) => name !== "",
  );
}

/** The names in `a`, `{ a, b: c }` and `[a]`. */
function namesInPattern(pattern: SyntaxNode): readonly string[] {
  if (pattern.type === "Identifier") return [nameOf(pattern)];
  const parts = [...nodesIn(pattern.properties), ...nodesIn(pattern.elements)];
  return parts.flatMap((part) => {
    const inner = part.value ?? part.argument ?? part;
    return isNode(inner) ? namesInPattern(inner) : [];
  });
}

/** What `export { a } from "./b.ts"` and `export * from "./b.ts"` pass on. */
function passedOn(statement: SyntaxNode, source: Source): readonly string[] {
  if (statement.type === "ExportAllDeclaration") return fileOf(statement, source, "*");
  if (statement.type !== "ExportNamedDeclaration" || !isNode(statement.source)) return [];
  return nodesIn(statement.specifiers).flatMap(({ local }) => fileOf(statement, source, nameOf(local)));
}

function fileOf(statement: SyntaxNode, source: Source, name: string): readonly string[] {
  const specifier = isNode(statement.source) ? String(statement.source.value) : undefined;
  const target = targetOf(source.path, specifier);
  return target.kind === "file" ? [`${target.path} ${name}`] : [];
}

/** The names that are used; `x.name` and `{ name: … }` use no `name` of the file. */
function identifiersIn(nodes: readonly SyntaxNode[]): readonly string[] {
  const elsewhere = new Set(
    nodes.flatMap(({ computed, property, key, shorthand }) =>
      computed === false ? [property, shorthand === true ? undefined : key] : [],
    ),
  );
  return nodes.filter((node) => node.type === "Identifier" && !elsewhere.has(node)).map(nameOf);
}

function nodesIn(list: unknown): readonly SyntaxNode[] {
  return Array.isArray(list) ? list.filter(isNode) : [];
}
