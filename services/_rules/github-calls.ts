import { isNode, lineAt, literalOf, nameOf, nodesOf, type Source, type SyntaxNode } from "./imports.ts";
import { type Part, reachableParts } from "./reachable.ts";

/** The calls of each identity in bus-config/github-calls.ts, and those that the client of every service makes. */
export interface CallTable {
  readonly identities: Readonly<Record<string, object>>;
  readonly client: object;
}

interface Call {
  /** Undefined when no program can read which call it is. */
  readonly name: string | undefined;
  readonly place: string;
}

/**
 * What the table of calls says wrongly, one sentence each: a call that it does not have for an identity, a row that nobody makes, and a call
 * that is not written out. Calls in helpers of the kit count for those who reach them.
 */
export function callFaults(sources: readonly Source[], { identities, client }: CallTable): readonly string[] {
  const rows: Readonly<Record<string, object | undefined>> = identities;
  const reach = reachableParts(sources);
  const names = new Set([...Object.keys(identities), ...servicesIn(sources)]);
  return [...names].flatMap((identity) => {
    const folder = identity === "operator" ? "deploy/operator" : `services/${identity}`;
    const calls = once(reach(folder).flatMap(callsIn));
    const known = [...Object.keys(rows[identity] ?? {}), ...(identity === "operator" ? [] : Object.keys(client))];
    const made = new Set(calls.map(({ name }) => name));
    return [
      ...calls.filter(({ name }) => name === undefined).map(({ place }) => `${place}: ${notWrittenOut}`),
      ...calls
        .filter(({ name }) => name !== undefined && !known.includes(name))
        .map(({ name, place }) => `${place}: ${identity} calls ${name}, which has no row. ${addRow(identity)}`),
      ...Object.keys(rows[identity] ?? {})
        .filter((name) => !made.has(name))
        .map((name) => `${table}: ${identity} has a row for ${name}, but nothing in ${folder} calls it. ${takeOut}`),
    ];
  });
}

/** Calls that the table says the permission of, but that no identity makes. */
export function idleCalls(priced: readonly string[], { identities, client }: CallTable): readonly string[] {
  const used = new Set([client, ...Object.values(identities)].flatMap((calls) => Object.keys(calls)));
  return priced.filter((name) => !used.has(name)).map((name) => `${table}: no identity calls ${name}. ${takeOut}`);
}

const table = "bus-config/github-calls.ts";
const takeOut = "Take it out, then npm run generate.";
const notWrittenOut =
  "which call of GitHub this is cannot be read. Write octokit.rest.AREA.CALL out, or octokit.graphql with a query that is a constant of the file.";

function addRow(identity: string): string {
  return `Say in ${table} what it needs and why ${identity} calls it, then npm run generate.`;
}

function servicesIn(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ path }) => {
    const [, service] = /^services\/([^_/][^/]*)\/[^/]+$/.exec(path) ?? [];
    return service === undefined ? [] : [service];
  });
}

/** Each call at the first place where it was found. */
function once(calls: readonly Call[]): readonly Call[] {
  return [...new Map(calls.toReversed().map((call) => [call.name ?? call.place, call])).values()].toReversed();
}

function callsIn({ source, nodes }: Part): readonly Call[] {
  const parents = new Map(nodes.flatMap((node) => (isNode(node.object) ? [[node.object, node] as const] : [])));
  const callers = new Map(nodes.flatMap((node) => (isNode(node.callee) ? [[node.callee, node] as const] : [])));
  return nodes.flatMap((node) => {
    const call = callers.get(node);
    const names = isHidden(node, source) ? [undefined] : namesOf(node, { source, parent: parents.get(node), call });
    return names.map((name) => ({ name, place: `${source.path}:${lineAt(source.text, node.start)}` }));
  });
}

interface Around {
  readonly source: Source;
  /** The expression of which the node is the object, and the one that calls it. */
  readonly parent: SyntaxNode | undefined;
  readonly call: SyntaxNode | undefined;
}

/** The calls that a node makes; undefined for one that cannot be read. */
function namesOf(node: SyntaxNode, { source, parent, call }: Around): readonly (string | undefined)[] {
  if (node.type !== "MemberExpression") return [];
  const first = Array.isArray(call?.arguments) ? call.arguments[0] : undefined;
  const [, area, name] = /(?:^|\.)rest\.(\w+)\.(\w+)$/.exec(textOf(node, source)) ?? [];
  if (area !== undefined) return [`${area}.${name}`];
  if (/\.rest(\.\w+)?$/.test(textOf(node, source))) return parent === undefined ? [undefined] : [];
  switch (nameOf(node.property)) {
    case "graphql":
      return graphqlNames(constantOf(first, source));
    case "paginate":
      return literalOf(first) === undefined ? [] : [undefined];
    case "request":
      return /octokit$/.test(textOf(node.object, source)) ? [undefined] : [];
    case "eachRepository":
      return ["apps.eachRepository"];
    case "gitToken":
      return call === undefined ? [] : ["git"];
    default:
      return [];
  }
}

/** Whether it takes a call out of octokit under another name. */
function isHidden(node: SyntaxNode, source: Source): boolean {
  if (node.type === "MemberExpression") {
    return node.computed === true && /(octokit|\.rest(\.\w+)?)$/.test(textOf(node.object, source));
  }
  if (node.type === "VariableDeclarator") {
    return isNode(node.id) && node.id.type === "ObjectPattern" && /octokit(\.rest)?$/.test(textOf(node.init, source));
  }
  const keys = node.type === "ObjectPattern" && Array.isArray(node.properties) ? node.properties : [];
  return keys.some((each) => isNode(each) && nameOf(each.key) === "graphql");
}

function textOf(node: unknown, source: Source): string {
  return isNode(node) ? source.text.slice(node.start, Number(node.end)).replaceAll(/\s|\?(?=\.)/g, "") : "";
}

/** The text of a literal, or of the constant of the file that is named. */
function constantOf(node: unknown, source: Source): string | undefined {
  const constant = nodesOf(source).find(
    ({ type, id }) => type === "VariableDeclarator" && nameOf(id) === (isNode(node) && nameOf(node)),
  );
  return literalOf(node) ?? literalOf(constant?.init);
}

/** The fields that a GraphQL document asks for: a mutation's first ones, and of a query the paths of at most three. A third one without parts is its second's. */
function graphqlNames(document: string | undefined): readonly (string | undefined)[] {
  if (document === undefined) return [undefined];
  const depthMax = document.trim().startsWith("mutation") ? 1 : 3;
  const plain = document
    .replaceAll(/"[^"]*"|#.*$|@\w+|\([^()]*(\([^()]*\)[^()]*)*\)|\w+\s*:/gm, " ")
    .replaceAll(/\.{3}(\s*on\s+\w+)?/g, "&");
  const tokens = [...plain.slice(plain.indexOf("{") + 1).matchAll(/[{}&]|\w+/g)].map(([token]) => token);
  const paths = new Set<string>();
  const withPlainFields = new Set<string>();
  const outer: string[] = [];
  let [path, field] = ["", ""];
  for (const [index, token] of tokens.entries()) {
    if (token === "{") outer.push(path);
    if (token === "{") path = joined(path, field);
    if (token === "}") path = outer.pop() ?? "";
    field = /\w/.test(token) ? token : "";
    const depth = path === "" ? 0 : path.split(".").length;
    if (field === "" || depth >= depthMax) continue;
    paths.delete(path);
    if (depth < 2 || tokens[index + 1] === "{") paths.add(joined(path, field));
    else withPlainFields.add(path);
  }
  return [...paths, ...withPlainFields].toSorted();
}

function joined(path: string, field: string): string {
  return [path, field].filter((part) => part !== "").join(".");
}
