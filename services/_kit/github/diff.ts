/** One file of a diff of git, as https://git-scm.com/docs/diff-format describes it. */
export interface DiffFile {
  /** Its path in the new version; a deleted file's in the old one. */
  readonly path: string;
  /** Its path before, where git found that it was renamed or copied; null otherwise. */
  readonly previousPath: string | null;
  /** The part of the diff that is about it. */
  readonly text: string;
  /** The modes before and after, such as `100644`; null where the file is not there, or where git does not say it (a mere rename). */
  readonly oldMode: string | null;
  readonly newMode: string | null;
  readonly isBinary: boolean;
  /** Whether a hunk ends before its header says. */
  readonly isCut: boolean;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** The lines of the new file that the diff shows, by number. */
  readonly shown: ReadonlyMap<number, string>;
}

/**
 * The files of a diff that GitHub gave, in its order. It may be cut, and it may be made to deceive: no line of a file passes for the begin
 * of another file. A change of a file's kind makes two of them: git deletes the one and adds the other.
 */
export function readDiff(diff: string): readonly DiffFile[] {
  const files: Draft[] = [];
  let hunk = between;
  for (const line of diff.replace(/\n$/, "").split("\n")) {
    // A hunk is as long as its header says. Inside it "+++ " begins a line of the file, not the name of another one.
    const inHunk = hunk.oldLeft > 0 || hunk.newLeft > 0;
    const fits = /^[-+ \\]|^$/.test(line);
    const file = files.at(-1);
    if (inHunk && fits && file !== undefined) {
      hunk = readLine(file, hunk, line);
      file.lines.push(line);
      continue;
    }
    if (inHunk && file !== undefined) file.isCut = true;
    hunk = hunkAt(line) ?? between;
    if (line.startsWith("diff --git ")) files.push(draftOf(line));
    else if (file !== undefined) readHeader(file, line);
    files.at(-1)?.lines.push(line);
  }
  const last = files.at(-1);
  if (last !== undefined && (hunk.oldLeft > 0 || hunk.newLeft > 0)) last.isCut = true;
  return files.map(({ lines, ...file }) => ({ ...file, text: lines.join("\n") }));
}

/** The lines of the new files that a diff shows, by path: where a comment can stand. A file without one is left out. */
export function linesOf(files: readonly DiffFile[]): ReadonlyMap<string, ReadonlySet<number>> {
  const withLines = files.filter(({ shown }) => shown.size > 0);
  return new Map(withLines.map(({ path, shown }) => [path, new Set(shown.keys())]));
}

interface Draft {
  path: string;
  previousPath: string | null;
  oldMode: string | null;
  newMode: string | null;
  isBinary: boolean;
  isCut: boolean;
  readonly added: string[];
  readonly removed: string[];
  readonly shown: Map<number, string>;
  readonly lines: string[];
}

interface Hunk {
  /** The number of the next line in the new file. */
  readonly line: number;
  readonly oldLeft: number;
  readonly newLeft: number;
}

const between: Hunk = { line: 0, oldLeft: 0, newLeft: 0 };

function hunkAt(text: string): Hunk | undefined {
  const [, oldCount = "1", line, newCount = "1"] = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text) ?? [];
  return line === undefined ? undefined : { line: Number(line), oldLeft: Number(oldCount), newLeft: Number(newCount) };
}

/** Reads one line of a hunk into its file. */
function readLine(file: Draft, { line, oldLeft, newLeft }: Hunk, text: string): Hunk {
  if (text.startsWith("\\")) return { line, oldLeft, newLeft };
  if (text.startsWith("-")) {
    file.removed.push(text.slice(1));
    return { line, oldLeft: oldLeft - 1, newLeft };
  }
  file.shown.set(line, text.slice(1));
  const isAdded = text.startsWith("+");
  if (isAdded) file.added.push(text.slice(1));
  return { line: line + 1, oldLeft: isAdded ? oldLeft : oldLeft - 1, newLeft: newLeft - 1 };
}

function draftOf(line: string): Draft {
  const path = pathInHead(line.slice("diff --git ".length));
  const marks = { previousPath: null, oldMode: null, newMode: null, isBinary: false, isCut: false };
  return { path, ...marks, added: [], removed: [], shown: new Map(), lines: [] };
}

/** The path in `a/PATH b/PATH`, which is twice the same unless a rename follows, and then a later line has it. */
function pathInHead(names: string): string {
  const quoted = /^"(?:[^"\\]|\\.)*" (".*")$/.exec(names)?.[1];
  return withoutSide(quoted ?? names.slice(Math.ceil(names.length / 2)));
}

function readHeader(file: Draft, line: string): void {
  const [, word = "", value = ""] =
    /^(old mode|new mode|new file mode|deleted file mode|rename from|copy from|rename to|copy to|\+\+\+|index [0-9a-f]+\.\.[0-9a-f]+|Binary files|GIT binary patch) ?(.*)$/.exec(
      line,
    ) ?? [];
  if (word === "old mode" || word === "deleted file mode") file.oldMode = value;
  else if (word === "new mode" || word === "new file mode") file.newMode = value;
  else if (word === "rename from" || word === "copy from") file.previousPath = unquoted(value);
  else if (word === "rename to" || word === "copy to") file.path = unquoted(value);
  else if (word === "+++" && value !== "/dev/null") file.path = withoutSide(value.replace(/\t$/, ""));
  else if (word.startsWith("index ") && value !== "") Object.assign(file, { oldMode: value, newMode: value });
  else if (word === "Binary files" || word === "GIT binary patch") file.isBinary = true;
}

function withoutSide(name: string): string {
  return unquoted(name).replace(/^[ab]\//, "");
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** A name as git quotes it in C's way when it has special characters (https://git-scm.com/docs/git-config, core.quotePath). */
function unquoted(name: string): string {
  if (!name.startsWith('"')) return name;
  const bytes = [...name.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/g)].flatMap(
    ([, octal, special, plain = ""]) => {
      if (octal !== undefined) return [Number.parseInt(octal, 8)];
      return special === undefined ? [...Buffer.from(plain)] : [escapes[special] ?? special.charCodeAt(0)];
    },
  );
  return Buffer.from(bytes).toString("utf8");
}
