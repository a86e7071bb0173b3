// The patterns of a CODEOWNERS file: those of gitignore (https://git-scm.com/docs/gitignore#_pattern_format) with GitHub's exceptions. No
// pattern becomes a regular expression: somebody could write one, and name a path for it, that takes minutes.

/** Stands for any number of characters of a name, or for any number of folders. It is no character itself, because it is longer than one. */
const many = "many";
/** Stands for one character of a name. */
const one = "one";

/** A name between slashes: its characters, `one` and `many`. */
type Name = readonly string[];

/** What a name of a path has to be: this text, or what fits characters some of which stand for others. Most are text, which is compared at once. */
type Wanted = { readonly text: string } | { readonly fitting: Name };

/** What a pattern says of the names of a path, from the root of the repository. */
export type OwnerPattern = readonly (Wanted | typeof many)[];

/** What a pattern matches, or the fault for which it matches nothing. `skipped`: why GitHub skips its line although it is clear what it matches. */
export type PatternRead =
  | { readonly fault: string }
  | { readonly pattern: OwnerPattern; readonly skipped: string | null };

/** Reads a pattern as it is written. */
export function readPattern(text: string): PatternRead {
  const names = namesOf(text);
  const isEmpty = ({ length }: Name) => length === 0;
  if (text.startsWith("!"))
    return { fault: "GitHub knows no ! before a pattern: write the pattern alone, without owners" };
  if (text.includes("***")) return { fault: "three asterisks in a row match nothing" };
  if (names === null) return { fault: "a backslash at the end of a pattern stands before nothing" };
  if (names.every(isEmpty) || names.slice(1, -1).some(isEmpty)) return { fault: "no path has an empty name" };
  return { pattern: patternOf(names), skipped: skippedOf(text) };
}

/**
 * GitHub writes about such lines "both `[` and `]` must be escaped with a `\`", and "escaping a pattern starting with # using \ so it is treated
 * as a pattern and not a comment doesn't work".
 */
function skippedOf(text: string): string | null {
  if (text.startsWith("\\#")) return "GitHub reads no pattern that begins with \\#: write ?, or the folder before it";
  if (/[[\]]/.test(text.replaceAll(/\\./gsu, "")))
    return "GitHub knows no ranges: [ and ] need a backslash before them";
  return null;
}

/** The names of a pattern; null where it ends with a backslash. A backslash lets the character after it stand for itself. */
function namesOf(text: string): readonly Name[] | null {
  const names: string[][] = [[]];
  let isEscaped = false;
  for (const character of text) {
    if (character === "\\" && !isEscaped) {
      isEscaped = true;
      continue;
    }
    if (character === "/") names.push([]);
    else names.at(-1)?.push(isEscaped ? character : meaningOf(character));
    isEscaped = false;
  }
  return isEscaped ? null : names;
}

function meaningOf(character: string): string {
  if (character === "*") return many;
  return character === "?" ? one : character;
}

/** What is in a folder, however deep. */
const inside: readonly (Name | typeof many)[] = [[many], many];

function patternOf(names: readonly Name[]): OwnerPattern {
  return partsOf(names).map((part) => {
    if (part === many) return many;
    return part.some((each) => each === many || each === one) ? { fitting: part } : { text: part.join("") };
  });
}

function partsOf(names: readonly Name[]): readonly (Name | typeof many)[] {
  const [first = [], ...others] = names;
  // With a slash at its begin or in its middle it starts at the root, otherwise in any folder.
  const isRooted = others.some(({ length }) => length > 0);
  const parts = (first.length === 0 ? others : names).map((name) => (isFolders(name) ? many : name));
  const last = parts.at(-1) ?? [];
  const before = [...(isRooted ? [] : ([many] as const)), ...parts.slice(0, -1)];
  if (last === many || last.length === 0) return [...before, ...inside];
  // GitHub's exception: `docs/*` matches what is in docs, and nothing in the folders there.
  const isAnyName = last.length === 1 && last[0] === many;
  return [...before, last, ...(isAnyName ? [] : ([many] as const))];
}

/** True for `**`. Other asterisks in a row are as one. */
function isFolders(name: Name): boolean {
  return name.length === 2 && name.every((character) => character === many);
}

/** A name of a path, whole and in characters. */
interface PathName {
  readonly text: string;
  readonly characters: Name;
}

/** The names of a path, as `matchesNames` compares them. */
export function namesOfPath(path: string): readonly PathName[] {
  return path.split("/").map((text) => ({ text, characters: [...text] }));
}

/** Whether a pattern matches a path. It compares at most each character of one with each of the other. */
export function matchesNames(pattern: OwnerPattern, names: readonly PathName[]): boolean {
  return fits(pattern, names, isName);
}

function isName(wanted: Wanted, { text, characters }: PathName): boolean {
  return "text" in wanted ? wanted.text === text : fits(wanted.fitting, characters, isCharacter);
}

function isCharacter(wanted: string, character: string): boolean {
  return wanted === one || wanted === character;
}

/**
 * Whether the wanted parts match all parts, where `many` stands for any number of them. After a mismatch the last `many` stands for one part
 * more. Earlier ones need not be tried again, because what is between them already matched as early as it can: so `isOne` is asked at most once
 * about each wanted part and each part.
 */
export function fits<Wanted, Part>(
  wanted: readonly (Wanted | typeof many)[],
  parts: readonly Part[],
  isOne: (wanted: Wanted, part: Part) => boolean,
): boolean {
  let [next, at] = [0, 0];
  let [afterMany, from] = [-1, 0];
  while (at < parts.length) {
    const each = wanted[next];
    if (each === many) {
      next += 1;
      [afterMany, from] = [next, at];
    } else if (each !== undefined && isOne(each, parts[at] as Part)) {
      [next, at] = [next + 1, at + 1];
    } else if (afterMany >= 0) {
      from += 1;
      [next, at] = [afterMany, from];
    } else return false;
  }
  while (wanted[next] === many) next += 1;
  return next === wanted.length;
}
