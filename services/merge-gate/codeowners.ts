import { matchesNames, namesOfPath, type OwnerPattern, readPattern } from "./owner-pattern.ts";

// Who owns a path, as GitHub reads a CODEOWNERS file (https://docs.github.com/articles/about-code-owners).

/**
 * Where GitHub looks for the file: the first place that has one counts, and the other places do not. It is read from the base branch of a
 * change, never from its head, and a place that GitHub does not tell about is not one without a file. Whoever changes one of these paths, also
 * by a rename, or by adding one before the one that counts, changes who is asked about all later changes: the gate has to leave that to a
 * person, whoever owns the path.
 */
export const codeownersPlaces = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"] as const;

/** A line of the file that says who owns what. */
export interface OwnerRule {
  readonly line: number;
  /**
   * `@user`, `@org/team` or an email address, as written; none where the line says that nobody owns what it matches. Whom GitHub does not know,
   * and who may not write, owns nothing: that is not in the file.
   */
  readonly owners: readonly string[];
  /** False where GitHub skips the line although it is clear whom its author wants to be asked, as in `src/[id].ts @user` or `\#file @user`. */
  readonly isRead: boolean;
  readonly pattern: OwnerPattern;
}

/** What a CODEOWNERS file says. `invalid`: the lines that GitHub skips, and why; `GET /repos/{owner}/{repo}/codeowners/errors` is its own list. */
export interface Codeowners {
  readonly rules: readonly OwnerRule[];
  readonly invalid: readonly { readonly line: number; readonly reason: string }[];
}

/**
 * A file that GitHub does not load. Nobody knows then who owns what, so the gate has to hold; where there is no file, nobody owns anything.
 * GitHub tells the contents of a file above 1 MB only as raw (https://docs.github.com/rest/repos/contents): otherwise its text is empty.
 */
export interface NotLoaded {
  readonly notLoaded: string;
}

/** GitHub loads a file "under 3 MB" (https://docs.github.com/articles/about-code-owners#codeowners-file-size). If that means 3 MiB, the gate also holds for some files that GitHub loads. */
const bytesMax = 3_000_000;

/** Reads the text of a CODEOWNERS file, whatever it is. */
export function parseCodeowners(text: string): Codeowners | NotLoaded {
  const bytes = Buffer.byteLength(text);
  if (bytes >= bytesMax) return { notLoaded: `has ${bytes} bytes, and GitHub loads less than ${bytesMax}` };
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  const read = lines.map((each, index) => ({ line: index + 1, ...readLine(each.replace(/\r$/, "")) }));
  return {
    rules: read.flatMap(({ line, rule }) => (rule === undefined ? [] : [{ line, ...rule }])),
    invalid: read.flatMap(({ line, reason }) => (reason === undefined ? [] : [{ line, reason }])),
  };
}

/** What one line says, and why GitHub skips it. An empty line and a comment have neither. */
interface LineRead {
  readonly rule?: Omit<OwnerRule, "line">;
  readonly reason?: string;
}

function readLine(text: string): LineRead {
  const line = text.replace(/^[ \t]+/, "");
  if (line === "" || line.startsWith("#")) return {};
  const end = endOfPattern(line);
  const read = readPattern(line.slice(0, end));
  if ("fault" in read) return { reason: read.fault };
  const [said = ""] = line.slice(end).split("#", 1);
  const owners = said.split(/[ \t]+/).filter((each) => each !== "");
  const wrong = owners.findIndex((each) => !isOwner(each)) + 1;
  if (wrong > 0) return { reason: `owner ${wrong} of the line is no @user, no @org/team and no email address` };
  const { pattern, skipped } = read;
  return { rule: { owners, isRead: skipped === null, pattern }, ...(skipped === null ? {} : { reason: skipped }) };
}

/** A backslash makes a space a part of the pattern. A `#` begins a comment only after the pattern, as in gitignore. */
function endOfPattern(line: string): number {
  let at = 0;
  while (at < line.length && line[at] !== " " && line[at] !== "\t") at += line[at] === "\\" ? 2 : 1;
  return at;
}

function isOwner(text: string): boolean {
  return /^@[\w-]+(?:\/[\w-]+)?$/.test(text) || /^[\w.%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/.test(text);
}

/**
 * The owners whom the last rule that matches a path names; one of them is enough. An empty list: that rule names none, and clears. null: no rule
 * matches. Nobody is asked in either case.
 */
export function ownersOf(path: string, rules: readonly OwnerRule[]): readonly string[] | null {
  return ruleOf(path, rules)?.owners ?? null;
}

function ruleOf(path: string, rules: readonly OwnerRule[]): OwnerRule | undefined {
  const names = namesOfPath(path);
  return rules.findLast(({ pattern }) => matchesNames(pattern, names));
}

/** A changed file; `previousPath` is where it was before it was moved. */
interface Changed {
  readonly path: string;
  readonly previousPath: string | null;
}

/** Whom a path asks: one of the owners, if there are any, by the line that decides; null where no line matches. */
interface PathOwners {
  readonly path: string;
  readonly owners: readonly string[] | null;
  readonly line: number | null;
}

/**
 * Whom a change asks, by path; a file that was moved has two. Each entry that has owners needs one of them. A path has two entries where GitHub
 * skips the line that decides: GitHub asks the owners of the line before it, and who wrote the file wants its own to be asked.
 */
export function ownersOfChange(files: readonly Changed[], rules: readonly OwnerRule[]): readonly PathOwners[] {
  const read = rules.filter(({ isRead }) => isRead);
  const paths = files.flatMap(({ path, previousPath }) => (previousPath === null ? [path] : [path, previousPath]));
  return [...new Set(paths)].flatMap((path) => {
    const rule = ruleOf(path, rules);
    const deciding = rule?.isRead === false ? [rule, ruleOf(path, read)] : [rule];
    return deciding.map((each) => ({ path, owners: each?.owners ?? null, line: each?.line ?? null }));
  });
}
