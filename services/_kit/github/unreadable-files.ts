import type { DiffFile } from "./diff.ts";

/** A changed file in GitHub's answer to a comparison (https://docs.github.com/rest/commits/commits#compare-two-commits). */
export interface ListedFile {
  readonly filename: string;
  readonly previous_filename?: string;
  readonly status: string;
  readonly additions: number;
  readonly deletions: number;
  /** Absent for a binary file, for one that is too large, and where no line changed. */
  readonly patch?: string;
  readonly sha: string | null;
}

/** A file that was renamed without a change of its content, as it is in the head: no diff shows it. */
export interface Moved {
  readonly mode: string;
  /** null when it is too large or no UTF-8 text. */
  readonly text: string | null;
}

/** What cannot be read: a file by its path, or (null) a part of the change that nobody can name. */
export interface Unreadable {
  readonly path: string | null;
  readonly why: string;
}

/**
 * Where GitHub ends a list of changed files, and does not tell that there are more: of a comparison "up to 300 changed files"
 * (https://docs.github.com/rest/commits/commits#compare-two-commits), of a pull request "a maximum of 3000 files"
 * (https://docs.github.com/rest/pulls/pulls#list-pull-requests-files).
 */
export const listEnds = { comparison: 300, pullRequest: 3_000 } as const;

/** The changed files as GitHub lists them, how many there are, their diff, and the moved ones by their new paths. */
export interface FilesShown {
  readonly files: readonly ListedFile[];
  /** How many GitHub says the pull request has: of the head that it shows, which may be another one by then. */
  readonly filesCount: number;
  /** Where this list ends at the latest. */
  readonly listEnd: number;
  /** null when GitHub refused to make it. */
  readonly diff: readonly DiffFile[] | null;
  readonly moved: ReadonlyMap<string, Moved>;
}

/** Names what nobody can read in the changed files, by code and not by a model. A deleted file hides nothing: what it had is reviewed. */
export function unreadableFiles(shown: FilesShown): readonly Unreadable[] {
  const { files, diff, moved } = shown;
  if (diff === null) return [{ path: null, why: "GitHub makes no diff of this change: it is too large" }];
  const listed = new Set(files.map(({ filename }) => filename));
  const parts = Map.groupBy(diff, ({ path }) => path);
  return [
    ...cutIn(shown),
    ...[...parts.keys()]
      .filter((path) => !listed.has(path))
      .map((path) => ({ path, why: "is in the diff, and not in GitHub's list of changed files" })),
    ...files.flatMap((file) => {
      const why = faultOf(file, parts.get(file.filename) ?? [], moved.get(file.filename));
      return why === null ? [] : [{ path: file.filename, why }];
    }),
  ];
}

/** Whether the list has fewer files than there are. One that is as long as GitHub makes it may: nothing else says so of another head. */
function cutIn({ files: { length }, filesCount, listEnd }: FilesShown): readonly Unreadable[] {
  if (length < filesCount) return [{ path: null, why: `GitHub lists ${length} of ${filesCount} changed files` }];
  if (length < listEnd) return [];
  return [{ path: null, why: `GitHub lists ${length} changed files, which is where it ends a list` }];
}

/** Whether a file was renamed or copied without a change of its content. */
export function isMoved({ status, additions, deletions }: ListedFile): boolean {
  return (status === "renamed" || status === "copied") && additions === 0 && deletions === 0;
}

const submodule = "is a submodule: its content is in another repository";
const symbolicLink = "is a symbolic link: what it shows is elsewhere";

function faultOf(file: ListedFile, parts: readonly DiffFile[], moved: Moved | undefined): string | null {
  const modes = parts.flatMap(({ newMode }) => (newMode === null ? [] : [newMode]));
  if (parts.length === 0) return "is not in the diff that GitHub gave";
  const from = file.previous_filename ?? null;
  if (parts.some(({ previousPath }) => previousPath !== from)) return "was moved from another path in the diff";
  if (modes.includes("160000")) return submodule;
  if (modes.includes("120000")) return symbolicLink;
  if (file.status === "removed" && modes.length === 0) return null;
  if (parts.some(({ isBinary }) => isBinary)) return "is binary for git: one NUL byte is enough";
  const changed = parts.find(({ oldMode, newMode }) => oldMode !== null && newMode !== null && oldMode !== newMode);
  if (changed !== undefined) return `changes its mode from ${changed.oldMode} to ${changed.newMode}`;
  if (isMoved(file)) return movedFault(moved);
  if (file.patch === undefined) return isEmpty(file) ? null : "has no patch in GitHub's answer";
  const added = parts.flatMap((part) => part.added);
  const removed = parts.flatMap((part) => part.removed);
  const isWhole = added.length === file.additions && removed.length === file.deletions;
  if (!isWhole || parts.some(({ isCut }) => isCut)) return "is cut in the diff that GitHub gave";
  return textFault(
    added,
    parts.map(({ shown }) => shown.get(1)),
  );
}

function movedFault(moved: Moved | undefined): string | null {
  if (moved?.mode === "160000") return submodule;
  if (moved?.mode === "120000") return symbolicLink;
  if (moved === undefined || moved.text === null) return "was moved, and its content cannot be read as text";
  const lines = moved.text.split("\n");
  return textFault(lines, lines.slice(0, 1));
}

/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: a pointer begins with its version; the second address is of before the first release. */
const pointer = /^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\//;

/**
 * Characters that a person does not see as a model does: those that turn the direction of text (https://trojansource.codes) and Unicode's
 * tags, which can spell whole sentences. U+FFFD stands for bytes that are no UTF-8, so two different files would look the same.
 */
const deceiving = /[\u202A-\u202E\u2066-\u2069\uFFFD\u{E0000}-\u{E007F}]/u;

function textFault(added: readonly string[], firstLines: readonly (string | undefined)[]): string | null {
  if (firstLines.some((line) => line !== undefined && pointer.test(line))) {
    return "is a pointer of Git LFS: its content is not in git";
  }
  const character = added.map((line) => deceiving.exec(line)?.[0]).find((found) => found !== undefined);
  if (character === undefined) return null;
  if (character === "\uFFFD") return "has bytes that are no UTF-8 text";
  return `has the invisible character U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}`;
}

/** The name that git gives to an empty file. */
const emptyBlob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

function isEmpty({ status, additions, deletions, sha }: ListedFile): boolean {
  return status === "added" && additions === 0 && deletions === 0 && sha === emptyBlob;
}
