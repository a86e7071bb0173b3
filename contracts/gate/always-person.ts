import { isLargeOk, largeOkLabel } from "../labels.ts";
import { coveredBy, isDeceivingPath } from "../path-pattern.ts";
import { agentConfigPath, policyPath } from "../policy.ts";
import type { ChangedFile, ChangedFiles } from "./changed-files.ts";
import { type FileRules, type PathKind, pathKinds } from "./person-rules.ts";

// Which changes a person merges, whatever else is met: the gate holds them. An agent could otherwise change what holds it.

/** Why a person has to merge: the rule, the paths that it is about (none for the change as a whole), and both in a sentence with what to do. */
export interface PersonReason {
  readonly rule: string;
  readonly paths: readonly string[];
  readonly reason: string;
}

/** Paths that are a person's, and what a change of one changes. */
interface PathRule {
  readonly rule: string;
  readonly patterns: readonly string[];
  readonly changes: string;
}

const broughtIn = "which other repositories are brought in";

/** What no policy takes away. */
const always: readonly PathRule[] = [
  { rule: "rig", patterns: [agentConfigPath, policyPath], changes: "what the rig may do" },
  {
    rule: "owners",
    // The three places that GitHub reads (https://docs.github.com/articles/about-code-owners).
    patterns: ["CODEOWNERS", "docs/CODEOWNERS", ".github/CODEOWNERS"],
    changes: "whose review a change needs",
  },
  // Every workflow, so also the one of a required check: nobody has to know which check comes from which file.
  { rule: "github", patterns: [".github"], changes: "what GitHub runs and asks for" },
  {
    rule: "checks",
    patterns: [
      ...["**/action.yml", "**/action.yaml", ".circleci", "**/*.gitlab-ci.yml", "**/jenkinsfile*", ".travis.yml"],
      ...["azure-pipelines*", ".azure-pipelines", "appveyor.yml", ".appveyor.yml", ".buildkite", ".drone.yml"],
      ...[".woodpecker*", "bitbucket-pipelines.yml", "cloudbuild.y*ml", ".semaphore", ".teamcity", "codemagic.yaml"],
      ...["codecov.yml", ".codecov.yml", "sonar-project.properties"],
    ],
    changes: "what a check runs",
  },
  { rule: "attributes", patterns: ["**/.gitattributes"], changes: "what a diff shows" },
  { rule: "submodules", patterns: ["**/.gitmodules"], changes: broughtIn },
  {
    rule: "installing",
    patterns: [
      ...["**/.npmrc", "**/.yarnrc", "**/.yarnrc.yml", "**/.yarn", "**/.pnp.*", "**/.pnpmfile.*", "**/bunfig.toml"],
      ...["**/pnpm-workspace.yaml", "**/node_modules", "**/binding.gyp", "**/pip.conf", "**/setup.py", "**/.cargo"],
      ...["**/build.rs", "**/nuget.config", "**/gradle/wrapper", "**/.mvn", "**/.bundle", "**/.husky"],
    ],
    changes: "what is installed, from where, or what runs then",
  },
];

const changesOfKind: Readonly<Record<PathKind, string>> = {
  auth: "who gets in or who may do what",
  payment: "what moves money",
  schema: "what the data looks like",
  deletion: "what deletes data",
  policy: "what agents, bots or people are told to do",
  other: "what is left to a person",
};

/** One thing that was found: what the change does, and with which path; null for the change as a whole. */
interface Found {
  readonly rule: string;
  readonly path: string | null;
  readonly what: string;
}

/**
 * Why a person has to merge a change of these files; nothing when the gate may. `labels` are those that people set: an agent may set a label
 * too. `rules` are those that hold for the base branch. The order of the files does not matter, and one file more takes no reason away.
 */
export function personReasons(
  changed: ChangedFiles,
  labels: readonly string[],
  rules: FileRules,
): readonly PersonReason[] {
  const found = [
    ...byPath(changed.files, rules),
    ...changed.files.flatMap(inFile),
    ...changed.unseen.map((what) => ({ rule: "unseen", path: null, what: `is not seen whole: ${what}` })),
    ...largeIn(changed.files, labels, rules),
  ];
  const groups = Map.groupBy(found, ({ rule, what }) => `${rule}: ${what}`);
  return [...groups.keys()].sort().flatMap((key) => reasonOf(groups.get(key) ?? []));
}

function byPath(files: readonly ChangedFile[], { personPaths }: FileRules): readonly Found[] {
  const paths = files.flatMap(pathsOf);
  const ofPolicy = pathKinds.map((kind) => ({
    rule: kind,
    patterns: personPaths[kind],
    changes: `${changesOfKind[kind]}, by gate.personPaths.${kind} of the policy`,
  }));
  return [...always, ...ofPolicy].flatMap(({ rule, patterns, changes }) => {
    const isCovered = coveredBy(patterns);
    return paths.filter(isCovered).map((path) => ({ rule, path, what: `changes ${changes}` }));
  });
}

/** Where a file is and where it was: what is moved away is gone from there. */
export function pathsOf({ path, previousPath }: ChangedFile): readonly string[] {
  return previousPath === null ? [path] : [path, previousPath];
}

function inFile(file: ChangedFile): readonly Found[] {
  const { path, unreadable, isSubmodule, packageChanges } = file;
  return [
    ...packageChanges.map((what) => ({ rule: "packages", path, what: `adds ${what}` })),
    ...(isSubmodule ? [{ rule: "submodules", path, what: `changes ${broughtIn}` }] : []),
    ...(unreadable === null
      ? []
      : [{ rule: "unreadable", path, what: `has a file that nobody can read, because it ${unreadable}` }]),
    ...pathsOf(file)
      .filter(isDeceivingPath)
      .map((each) => ({ rule: "name", path: each, what: "has a name that may pass for another one" })),
  ];
}

function largeIn(
  files: readonly ChangedFile[],
  labels: readonly string[],
  { largeChange: { filesMax, linesMax } }: FileRules,
): readonly Found[] {
  if (labels.some(isLargeOk)) return [];
  const lines = files.reduce((sum, { additions, deletions }) => sum + additions + deletions, 0);
  const found = (what: string) => ({ rule: "large", path: null, what });
  return [
    ...(files.length > filesMax ? [found(`has ${files.length} files, more than ${filesMax}`)] : []),
    ...(lines > linesMax ? [found(`has ${lines} changed lines, more than ${linesMax}`)] : []),
  ];
}

/** 3: a reason is one sentence, and the pull request lists all files. */
const namesMax = 3;

function reasonOf(found: readonly Found[]): readonly PersonReason[] {
  const [first] = found;
  if (first === undefined) return [];
  const { rule, what } = first;
  const paths = [...new Set(found.flatMap(({ path }) => path ?? []))].sort();
  const more = paths.length - namesMax;
  const names = paths.slice(0, namesMax).map(inOneLine).join(", ") + (more > 0 ? ` and ${more} more` : "");
  return [{ rule, paths, reason: `${inOneLine(what)}${names === "" ? "" : ` (${names})`}: ${todo(rule)}` }];
}

/** 120 characters of each: a path may have 4,096, and then nobody would read the rule. */
const charactersMax = 120;

/** Text of others in one line without characters that a terminal obeys or nobody sees. */
export function inOneLine(text: string): string {
  const line = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
  return line.length > charactersMax ? `${line.slice(0, charactersMax - 1)}…`.toWellFormed() : line;
}

function todo(rule: string): string {
  if (rule === "large") return `a person has to merge, or to set the label ${largeOkLabel}`;
  return "a person has to merge, or to have it taken out of the change";
}
