import { coveredBy } from "#contracts/path-pattern.ts";

// What a change of another manifest, or of a lock file, adds to what is installed. In doubt it is something, as for npm's manifest.

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
    "**/.terraform.lock.hcl",
    "**/MODULE.bazel",
    "**/*.cabal",
    "**/.pre-commit-config.y*ml",
  ],
]);

/** What the lines of another manifest, or of a lock file, add: those that are no other version of a line that went. */
export function lineChanges(lines: {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}): readonly string[] {
  const removed = Map.groupBy(lines.removed, withoutVersion);
  const brought = Map.groupBy(lines.added.filter(bringsIn), withoutVersion);
  const added = [...brought].flatMap(([line, same]) =>
    same.slice(isOfAnyPackage(line) ? 0 : (removed.get(line)?.length ?? 0)),
  );
  return few([...new Set(added)].map((line) => `the line ${line.trim().slice(0, nameCharactersMax)}`));
}

/** Which package has an install script stands in the lines around such a line, so one that went may be another package's. */
function isOfAnyPackage(line: string): boolean {
  return /\b(?:hasInstallScript|requiresBuild)\b/.test(line);
}

/** Whether a line may bring something in. A comment, or a line of brackets, does not. */
function bringsIn(line: string): boolean {
  return !/^\s*(?:#|\/\/)/.test(line) && /[\p{L}\p{N}]/u.test(line);
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

/** The first changes, in a length that a reason has room for. */
export function few(changes: readonly string[]): readonly string[] {
  const more = changes.length - changesMax;
  const named = changes.slice(0, changesMax).map((change) => change.slice(0, 2 * nameCharactersMax));
  return more > 0 ? [...named, `${more} more of the kind`] : named;
}
