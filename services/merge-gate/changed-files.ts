import { Effect } from "effect";
import type { Place, RepositoryRef } from "#contracts/aggregates.ts";
import type { ChangedFile, ChangedFiles } from "#contracts/gate/changed-files.ts";
import { readDiffBetween, readMoved } from "#kit/github/change-diff.ts";
import type { DiffFile } from "#kit/github/diff.ts";
import { orWhenAbsent, readRepositoryFile } from "#kit/github/repository-file.ts";
import { isMoved, type ListedFile, listEnds, unreadableFiles } from "#kit/github/unreadable-files.ts";
import type { Comparing } from "./compare.ts";
import { isNpmManifest, isPackageList, lineChanges, npmChanges } from "./package-changes.ts";

/** The pull request of which the files are read: its head and its base by their SHAs, and how many files GitHub says that it has. */
interface Asking {
  readonly headSha: string;
  readonly base: string;
  readonly filesCount: number;
  readonly comparing: Comparing;
}

/**
 * Reads all changed files of a pull request, as far as the rules need them (contracts/gate/always-person.ts). GitHub lists at most 300 of a
 * comparison, and shows the diff of no more. What is in the files comes from the diff, and a file that only one of the two has is a person's.
 * Two requests, of which others need one too; two more for each package.json, and for moved files what reading them costs.
 */
export const readChangedFiles = Effect.fn("readChangedFiles")(function* (change: Place, asking: Asking) {
  const { headSha, base, filesCount, comparing } = asking;
  const [{ files: listed = [] }, diff] = yield* Effect.all([comparing, readDiffBetween(change, base, headSha)], {
    concurrency: 2,
  });
  const moved = yield* readMoved(change, headSha, listed.filter(isMoved));
  const unreadable = unreadableFiles({ files: listed, filesCount, listEnd: listEnds.comparison, diff, moved });
  const parts = Map.groupBy(diff ?? [], ({ path }) => path);
  const manifests = yield* readManifests(change, asking, listed);
  const faults = new Map(unreadable.map(({ path, why }) => [path, why]));
  const paths = new Set(listed.map(({ filename }) => filename));
  return {
    files: listed.map((file) => {
      const of = parts.get(file.filename) ?? [];
      const fault = faults.get(file.filename) ?? null;
      return shaped(file, { parts: of, unreadable: fault, npm: manifests.get(file.filename) ?? [] });
    }),
    unseen: unreadable.flatMap(({ path, why }) => {
      if (path === null) return [why];
      return paths.has(path) ? [] : [`${path} ${why}`];
    }),
  } satisfies ChangedFiles;
});

/** What is known of a file besides GitHub's list. */
interface Known {
  readonly parts: readonly DiffFile[];
  readonly unreadable: string | null;
  readonly npm: readonly string[];
}

function shaped(file: ListedFile, { parts, unreadable, npm }: Known): ChangedFile {
  const { filename: path, previous_filename: previousPath = null, status, additions, deletions } = file;
  const isSubmodule = parts.some(({ oldMode, newMode }) => oldMode === gitlink || newMode === gitlink);
  const packageChanges = isPackageList(path) ? listChanges(file, parts) : npm;
  return { path, previousPath, status, additions, deletions, unreadable, isSubmodule, packageChanges };
}

/** The mode of a submodule. */
const gitlink = "160000";

/** What another manifest, or a lock file, adds. One that was moved counts for another folder than before, and its diff shows little of it. */
function listChanges({ status, previous_filename: from }: ListedFile, parts: readonly DiffFile[]): readonly string[] {
  if (status === "removed") return [];
  if (from !== undefined) return [`all that it has, moved from ${from}`];
  return lineChanges({
    added: parts.flatMap(({ added }) => added),
    removed: parts.flatMap(({ removed }) => removed),
  });
}

/** 20: each is two requests. More manifests than that are a change for a person. */
const manifestsMax = 20;

/** What each package.json of the head adds to the one that the base branch has in its place, by path. */
const readManifests = Effect.fn("readManifests")(function* (
  at: RepositoryRef,
  { headSha, base }: Asking,
  listed: readonly ListedFile[],
) {
  const files = listed.filter(({ filename, status }) => isNpmManifest(filename) && status !== "removed");
  const read = (path: string, ref: string) =>
    readRepositoryFile(at, { path, ref }).pipe(Effect.catchTag("GitHubRefused", orWhenAbsent(null)));
  const changes = Effect.fnUntraced(function* ({ filename }: ListedFile, index: number) {
    if (index >= manifestsMax) return [filename, [`what is not read: only ${manifestsMax} manifests are`]] as const;
    const [before, after] = yield* Effect.all([read(filename, base), read(filename, headSha)], {
      concurrency: 2,
    });
    return [filename, npmChanges(before, after ?? "")] as const;
  });
  return new Map(yield* Effect.forEach(files, changes, { concurrency: 4 }));
});
