import { Schema } from "effect";

// Patterns of paths, and how a path is compared with them. The matcher is written here: no package that the program depends on has one, Node's
// `path.matchesGlob` lets `**` pass by folders that begin with a dot, and matchers by regular expressions take minutes for a pattern and a
// path that somebody chose for it. This one takes at most the product of both lengths.

const charactersMax = 200;

/**
 * A path from the root of the repository in which `*` stands for any part of a name, `?` for one character and `**` for any number of folders.
 * It covers what it matches, and everything in a folder that it matches. `[`, `{`, `!` and `\` mean something in other languages of patterns,
 * and nothing here, so they are refused.
 */
export const PathPattern = Schema.String.check(
  Schema.isMaxLength(charactersMax),
  Schema.makeFilter(
    (pattern) => isPattern(pattern) || "expected a path from the root with *, ? and **, like **/auth/*",
  ),
);

function isPattern(pattern: string): boolean {
  const names = pattern.split("/");
  return names.every((name) => name === many || !(name === "" || name.includes(many))) && !/[[\]{}!\\]/.test(pattern);
}

const many = "**";

/**
 * A path as every file system names it that does not tell apart what this one writes differently: letter case, and forms of one character
 * (https://unicode.org/reports/tr15: NFKC). What else some of them leave out of a name is `isDeceivingPath`.
 */
function foldedPath(path: string): string {
  return path.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}

/**
 * Whether a file system, or an eye, may take a path for another one: characters without a shape (which HFS+ and people pass over), `\` and `:`
 * (which Windows reads as the end of a name), names that end with a dot or a space (which Windows cuts), short names such as `GITHUB~1`
 * (https://learn.microsoft.com/windows/win32/fileio/naming-a-file), and bytes that are no UTF-8.
 */
export function isDeceivingPath(path: string): boolean {
  const folded = foldedPath(path);
  return [
    /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\uFFFD]/u.test(path),
    /[\\:]|[. ](?:\/|$)|(?:^|\/)[^/.]{1,6}~\d{1,4}(?:\.[^/]{0,3})?(?:\/|$)/.test(folded),
    folded.split("/").length !== path.split("/").length,
  ].includes(true);
}

/** Makes a test of whether one of these patterns covers a path. Neither tells letter case or forms of one character apart. */
export function coveredBy(patterns: readonly string[]): (path: string) => boolean {
  // What is below a match is covered too.
  const all = patterns.map((pattern) => [...foldedPath(pattern).split("/"), many].map(nameOf));
  return (path) => {
    const names = foldedPath(path).split("/");
    return all.some((pattern) => fits(pattern, names, ofNames));
  };
}

/** The pattern of one name, and the longest part of it that stands for itself: without that, no name fits. */
interface NamePattern {
  readonly text: string;
  readonly part: string;
}

function nameOf(text: string): NamePattern {
  const [part = ""] = text.split(/[*?]/).sort((one, other) => other.length - one.length);
  return { text, part };
}

/** How the parts of a pattern are compared: one stands for any number of parts, each other one for one part. */
interface Comparing<Wanted> {
  readonly isMany: (wanted: Wanted) => boolean;
  readonly isOne: (wanted: Wanted, part: string) => boolean;
}

const ofCharacters: Comparing<string> = {
  isMany: (wanted) => wanted === "*",
  isOne: (wanted, character) => wanted === "?" || wanted === character,
};

const ofNames: Comparing<NamePattern> = {
  isMany: ({ text }) => text === many,
  isOne: ({ text, part }, name) =>
    name.includes(part) && (part === text ? part === name : fits(text, name, ofCharacters)),
};

/** Whether a pattern matches all parts. After a mismatch the last `many` stands for one part more: earlier ones need not be tried again. */
function fits<Wanted>(
  pattern: ArrayLike<Wanted>,
  parts: ArrayLike<string>,
  { isMany, isOne }: Comparing<Wanted>,
): boolean {
  let [wanted, at] = [0, 0];
  let [afterMany, from] = [-1, 0];
  while (at < parts.length) {
    const part = pattern[wanted];
    if (part !== undefined && isMany(part)) {
      wanted += 1;
      [afterMany, from] = [wanted, at];
    } else if (part !== undefined && isOne(part, parts[at] ?? "")) {
      [wanted, at] = [wanted + 1, at + 1];
    } else if (afterMany >= 0) {
      from += 1;
      [wanted, at] = [afterMany, from];
    } else return false;
  }
  return Array.from(pattern).slice(wanted).every(isMany);
}
