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

const sectionStart = "diff --git ";

/**
 * Splits what `git diff --full-index` printed into its files. Only a line feed ends a line: inside a patch every line begins with a space,
 * a sign or a backslash, so no file can look like the begin of another one. The rig reads diffs with `services/_kit/github/diff.ts`, and
 * Review-E holds that against the list of files that is made of this: with one reader for both, a fault would agree with itself.
 */
export function parseDiff(text: string): DiffFile[] {
  const sections: string[][] = [];
  for (const line of text.replace(/\n$/, "").split("\n")) {
    if (line.startsWith(sectionStart)) sections.push([line]);
    else sections.at(-1)?.push(line);
  }
  return sections.map(parseFile);
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

function parseFile(lines: readonly string[]): DiffFile {
  const patchAt = lines.findIndex((line) => line.startsWith("@@ "));
  const head = patchAt === -1 ? lines : lines.slice(0, patchAt);
  const patch = patchAt === -1 ? [] : lines.slice(patchAt);
  const after = (words: string): string | undefined => head.find((line) => line.startsWith(words))?.slice(words.length);
  const renamedFrom = after("rename from ");
  const added = after("new file mode ") !== undefined;
  const removed = after("deleted file mode ") !== undefined;
  return {
    filename: fileName(head, after("rename to ")),
    previousFilename: renamedFrom === undefined ? null : unquoted(renamedFrom),
    status: added ? "added" : removed ? "removed" : renamedFrom === undefined ? "modified" : "renamed",
    blobSha: /^[0-9a-f]+\.\.([0-9a-f]{40})/.exec(after("index ") ?? "")?.[1] ?? null,
    additions: patch.filter((line) => line.startsWith("+")).length,
    deletions: patch.filter((line) => line.startsWith("-")).length,
    patch: patch.join("\n"),
  };
}

/** Without a rename both halves of `diff --git a/X b/X` name the same file, whatever X is. */
function fileName(head: readonly string[], renamedTo: string | undefined): string {
  if (renamedTo !== undefined) return unquoted(renamedTo);
  const halves = (head[0] ?? "").slice(sectionStart.length);
  return unquoted(halves.slice(0, (halves.length - 1) / 2)).slice("a/".length);
}

const escapes: Readonly<Record<string, string>> = { a: "\x07", b: "\b", t: "\t", n: "\n", v: "\v", f: "\f", r: "\r" };

/** git writes a name with control characters, quotes or backslashes as a string of C. */
function unquoted(name: string): string {
  if (!name.startsWith('"')) return name;
  const plain = name.slice(1, -1).replace(/\\([0-7]{3}|.)/g, (_all, code: string) => {
    return code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code);
  });
  return plain;
}
