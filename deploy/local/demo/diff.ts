/** A file as a diff shows it after the change. */
export interface DiffFile {
  readonly path: string;
  /** The added and the unchanged lines that the diff shows, in order. `number` counts from 1 in the new file. */
  readonly lines: readonly DiffLine[];
}

export interface DiffLine {
  readonly number: number;
  readonly text: string;
  readonly added: boolean;
}

/**
 * Reads a unified diff as `git diff` and GitHub's `application/vnd.github.diff` write it
 * (https://git-scm.com/docs/diff-format). Deleted files, binary files and what it does not know are left out.
 */
export function readDiff(diff: string): DiffFile[] {
  const files: { path: string; lines: DiffLine[] }[] = [];
  let next = 0;
  // What a hunk's header promises is what belongs to it, so a line of code that looks like a header is still code.
  let left = { before: 0, after: 0 };
  for (const line of diff.split("\n")) {
    if (left.before > 0 || left.after > 0) {
      const mark = line[0] ?? " ";
      if (mark === "\\") continue;
      left = { before: left.before - (mark === "+" ? 0 : 1), after: left.after - (mark === "-" ? 0 : 1) };
      if (mark === "-") continue;
      files.at(-1)?.lines.push({ number: next, text: line.slice(1), added: mark === "+" });
      next += 1;
      continue;
    }
    const path = /^\+\+\+ b\/(.+)$/.exec(line)?.[1];
    if (path !== undefined) files.push({ path: path.trimEnd(), lines: [] });
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk === null) continue;
    next = Number(hunk[2]);
    left = { before: Number(hunk[1] ?? 1), after: Number(hunk[3] ?? 1) };
  }
  return files;
}
