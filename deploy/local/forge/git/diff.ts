/** One file of a unified diff. `patch` is empty for a binary file, a mere mode change and a pure rename. */
export interface DiffFile {
  readonly filename: string;
  readonly previousFilename: string | null;
  readonly status: "added" | "removed" | "modified" | "renamed";
  readonly blobSha: string | null;
  readonly additions: number;
  readonly deletions: number;
  readonly patch: string;
}

/** Where a line stands in a patch: GitHub's `position` (lines below the first hunk header) and the hunk down to the line. */
export interface DiffPlace {
  readonly position: number;
  readonly diffHunk: string;
}

/** Splits what `git diff --full-index` printed into its files. */
export function parseDiff(text: string): DiffFile[] {
  return text
    .split(/^(?=diff --git )/m)
    .filter((section) => section.startsWith("diff --git "))
    .map(parseFile);
}

/** Finds a line of the new (RIGHT) or old (LEFT) file in a patch, or null when the diff does not show it. */
export function placeInPatch(patch: string, line: number, side: "LEFT" | "RIGHT"): DiffPlace | null {
  let oldLine = 0;
  let newLine = 0;
  let hunkStart = 0;
  const lines = patch.split("\n");
  for (const [at, text] of lines.entries()) {
    const header = hunkHeader(text);
    if (header !== null) {
      oldLine = header.oldStart;
      newLine = header.newStart;
      hunkStart = at;
      continue;
    }
    const inOld = text.startsWith("-") || text.startsWith(" ");
    const inNew = text.startsWith("+") || text.startsWith(" ");
    if (side === "RIGHT" ? inNew && newLine === line : inOld && oldLine === line) {
      return { position: at, diffHunk: lines.slice(hunkStart, at + 1).join("\n") };
    }
    if (inOld) oldLine += 1;
    if (inNew) newLine += 1;
  }
  return null;
}

/**
 * Follows a line through a patch made without context lines (`git diff -U0`): its number afterwards,
 * or null when the patch changed or removed it, which is what GitHub calls outdated.
 */
export function lineAfter(patch: string, line: number): number | null {
  let shift = 0;
  for (const text of patch.split("\n")) {
    const header = hunkHeader(text);
    if (header === null) continue;
    // An insertion ("-N,0") stands after line N, so line N itself does not move.
    const firstMoved = header.oldCount === 0 ? header.oldStart + 1 : header.oldStart;
    if (line < firstMoved) break;
    if (line < firstMoved + header.oldCount) return null;
    shift += header.newCount - header.oldCount;
  }
  return line + shift;
}

interface HunkHeader {
  readonly oldStart: number;
  readonly oldCount: number;
  readonly newStart: number;
  readonly newCount: number;
}

function hunkHeader(text: string): HunkHeader | null {
  const found = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text);
  if (found === null) return null;
  const [, oldStart, oldCount = "1", newStart, newCount = "1"] = found;
  return {
    oldStart: Number(oldStart),
    oldCount: Number(oldCount),
    newStart: Number(newStart),
    newCount: Number(newCount),
  };
}

function parseFile(section: string): DiffFile {
  const patchAt = section.search(/^@@ /m);
  const head = patchAt === -1 ? section : section.slice(0, patchAt);
  const patch = patchAt === -1 ? "" : section.slice(patchAt).replace(/\n$/, "");
  const found = (pattern: RegExp): string | undefined => pattern.exec(head)?.[1];
  const renamedFrom = found(/^rename from (.+)$/m);
  const filename =
    found(/^rename to (.+)$/m) ?? found(/^\+\+\+ b\/(.+?)\t?$/m) ?? found(/^diff --git a\/.+ b\/(.+)$/m) ?? "";
  const lines = patch.split("\n");
  const blobSha = found(/^index [0-9a-f]+\.\.([0-9a-f]{40})/m) ?? null;
  return {
    filename,
    previousFilename: renamedFrom ?? null,
    status: statusIn(head, renamedFrom),
    blobSha,
    additions: lines.filter((line) => line.startsWith("+")).length,
    deletions: lines.filter((line) => line.startsWith("-")).length,
    patch,
  };
}

function statusIn(head: string, renamedFrom: string | undefined): DiffFile["status"] {
  if (/^new file mode/m.test(head)) return "added";
  if (/^deleted file mode/m.test(head)) return "removed";
  return renamedFrom === undefined ? "modified" : "renamed";
}
