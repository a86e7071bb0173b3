import { coveredBy } from "#contracts/path-pattern.ts";

// What a change adds to what is installed, and to what runs then. In doubt it is something: a person looks, which costs less than a package
// that nobody wanted.

/** Whether a path is npm's manifest. Of it both versions are compared whole, because its lines do not say which list they are in. */
export const isNpmManifest = coveredBy(["**/package.json"]);

/** Whether a path is another manifest, or a file that locks versions. Of these the lines of the diff are compared. */
export const isPackageList = coveredBy([
  ...[
    "**/*.lock",
    "**/*-lock.json",
    "**/*-lock.y*ml",
    "**/*.lockfile",
    "**/npm-shrinkwrap.json",
    "**/bun.lockb",
    "**/packages.lock.json",
  ],
  ...["**/package.yaml", "**/package.json5", "**/bower.json", "**/deno.json*", "**/jsr.json"],
  ...[
    "**/*requirements*.txt",
    "**/*requirements*.in",
    "**/requirements/*.txt",
    "**/*constraints*.txt",
    "**/pyproject.toml",
  ],
  ...["**/Pipfile", "**/setup.cfg", "**/environment.y*ml", "**/conda.y*ml"],
  ...["**/go.mod", "**/go.sum", "**/go.work*", "**/Cargo.toml", "**/Gemfile", "**/*.gemspec", "**/composer.json"],
  ...[
    "**/pom.xml",
    "**/*.gradle",
    "**/*.gradle.kts",
    "**/*.versions.toml",
    "**/build.sbt",
    "**/*.csproj",
    "**/*.fsproj",
  ],
  ...["**/*.vbproj", "**/*.props", "**/*.targets", "**/packages.config", "**/paket.*", "**/Package.swift"],
  ...[
    "**/Package.resolved",
    "**/Podfile",
    "**/mix.exs",
    "**/pubspec.yaml",
    "**/conanfile.*",
    "**/vcpkg.json",
    "**/flake.nix",
  ],
]);

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
  const reached = new Set(installScripts.filter((name) => now.has(name)));
  for (const name of reached) {
    const text = now.get(name) ?? "";
    for (const other of now.keys()) if (text.includes(other.replace(/^(?:pre|post)/, ""))) reached.add(other);
  }
  return [...reached].filter((name) => now.get(name) !== then.get(name));
}

/** What the lines of another manifest, or of a lock file, add: those that are no other version of a line that went. */
export function lineChanges(lines: {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}): readonly string[] {
  const removed = Map.groupBy(lines.removed, withoutVersion);
  const added = lines.added.filter((line) => {
    // A comment, or a line of brackets, brings nothing in.
    if (/^\s*(?:#|\/\/)/.test(line) || !/[\p{L}\p{N}]/u.test(line)) return false;
    // Which package has an install script stands in the lines around it, so a line that went may be another package's.
    if (/\b(?:hasInstallScript|requiresBuild)\b/.test(line)) return true;
    return removed.get(withoutVersion(line))?.pop() === undefined;
  });
  return few([...new Set(added)].map((line) => `the line ${line.trim().slice(0, nameCharactersMax)}`));
}

/** 500 characters: a longer line counts as it is written. */
const lineCharactersMax = 500;

/**
 * A line with its versions and checksums as `#`. A number that is a part of a name or of an address stays: a version follows a space, a quote
 * or a sign of comparison, and only go.sum goes on behind it, with `/go.mod`.
 */
function withoutVersion(line: string): string {
  if (line.length > lineCharactersMax) return line;
  return line
    .replaceAll(/\b(?:sha\d+[-:=]|h1:)[\w+/=]+|\b[0-9a-f]{40,128}\b/g, "#")
    .replaceAll(/\/-\/[^/"\s]+\.tgz/g, "/-/#.tgz")
    .replaceAll(version, "#")
    .trim();
}

const version =
  /(?<=[\s"'=@:^~<>(,[|])[~^<>=!]*v?\d+(?:(?:\.(?:\d\w*|[xX*]))+(?:[-+][\w.+-]+)?)?(?![\w.-]|\/(?!go\.mod\b))/g;

/** 10: a reason names a few, and the pull request has all of them. */
const changesMax = 10;
/** 200 characters, the longest name of a package at npm. */
const nameCharactersMax = 200;

function few(changes: readonly string[]): readonly string[] {
  const more = changes.length - changesMax;
  const named = changes.slice(0, changesMax).map((change) => change.slice(0, 2 * nameCharactersMax));
  return more > 0 ? [...named, `${more} more of the kind`] : named;
}
