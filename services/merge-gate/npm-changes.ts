import { coveredBy } from "#contracts/path-pattern.ts";
import { few } from "./package-list.ts";

// What a change of npm's manifest adds to what is installed, and to what runs then. In doubt it is something: a person looks, which costs
// less than a package that nobody wanted.

/** Whether a path is npm's manifest. Of it both versions are compared whole, because its lines do not say which list they are in. */
export const isNpmManifest = coveredBy(["**/package.json"]);

/** What npm runs when it installs, or prepares a package from git (https://docs.npmjs.com/cli/using-npm/scripts), and pnpm besides. */
const installScripts = [
  ...["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare", "prepack"],
  ...["postpack", "dependencies", "pnpm:devPreinstall"],
];
const dependencyLists = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
/** Whatever else in a manifest decides what is installed or runs then. A change of one is named by its key. */
const installKeys = [
  ...["bundleDependencies", "bundledDependencies", "overrides", "resolutions", "pnpm", "workspaces", "packageManager"],
  ...[
    "devEngines",
    "dependenciesMeta",
    "peerDependenciesMeta",
    "trustedDependencies",
    "allowScripts",
    "catalog",
    "catalogs",
  ],
  ...["gypfile", "binary"],
];

const unknown = "what nobody can tell: it is no manifest that npm reads";

/** What a manifest of npm adds to what it had; null: there was none. */
export function npmChanges(before: string | null, after: string): readonly string[] {
  const now = manifestIn(after);
  if (now === null) return [unknown];
  const then = (before === null ? null : manifestIn(before)) ?? emptyManifest;
  const known = specsIn(then);
  const added = [...specsIn(now)].filter(([name, specs]) => {
    const had = known.get(name);
    return [...specs].some((spec) => had?.has(spec) !== true && !(had !== undefined && isOfRegistry(spec)));
  });
  const keys = installKeys.filter((key) => JSON.stringify(now[key]) !== JSON.stringify(then[key]));
  return few([
    ...added.map(([name]) => `the dependency ${name}`),
    ...scriptsAdded(textsIn(then.scripts), textsIn(now.scripts)).map((name) => `the install script ${name}`),
    ...keys.map((key) => `a value for ${key}`),
  ]);
}

type Manifest = Readonly<Record<string, unknown>>;
const emptyManifest: Manifest = {};

function manifestIn(text: string): Manifest | null {
  try {
    const read: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return isManifest(read) ? read : null;
  } catch {
    return null;
  }
}

function isManifest(value: unknown): value is Manifest {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The names and texts of an object of the manifest. What is no text counts as written. */
function textsIn(value: unknown): ReadonlyMap<string, string> {
  const entries = isManifest(value) ? Object.entries(value) : value === undefined ? [] : [["", value] as const];
  return new Map(entries.map(([name, text]) => [name, typeof text === "string" ? text : JSON.stringify(text)]));
}

/** All dependencies, each with what the lists ask for of it. */
function specsIn(manifest: Manifest): ReadonlyMap<string, ReadonlySet<string>> {
  const specs = new Map<string, Set<string>>();
  for (const [name, spec] of dependencyLists.flatMap((list) => [...textsIn(manifest[list])])) {
    specs.set(name, (specs.get(name) ?? new Set()).add(spec));
  }
  return specs;
}

/** Whether it asks for a version of the package with this name. An alias, an address and a file have one of `:`, `/`, `\`, `#` and `@`, or an ending. */
function isOfRegistry(spec: string): boolean {
  return /^[\w.*+~^<>=| -]*$/.test(spec) && !/\.(?:tgz|gz|tar)$/i.test(spec);
}

/** The install scripts that are new or changed, with all scripts that an install script names: it may run them. */
function scriptsAdded(then: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): readonly string[] {
  const reached: string[] = [];
  let found = installScripts.filter((name) => now.has(name));
  while (found.length > 0) {
    reached.push(...found);
    found = namedBy(found, now).filter((name) => !reached.includes(name));
  }
  return reached.filter((name) => now.get(name) !== then.get(name));
}

/** The scripts that these name. npm runs those with `pre` and `post` before and after one. */
function namedBy(names: readonly string[], scripts: ReadonlyMap<string, string>): readonly string[] {
  const texts = names.map((name) => scripts.get(name) ?? "");
  return [...scripts.keys()].filter((name) => texts.some((text) => text.includes(name.replace(/^(?:pre|post)/, ""))));
}
