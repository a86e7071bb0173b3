// Whether a tree is nothing but a clean merge of two others. What only a merge program could tell, such as the move of a file that the other side
// edited, counts as no clean merge: then somebody has to look at it.

/** A file as a tree has it. */
interface Entry {
  readonly mode: string;
  readonly sha: string;
}

/** The files of a commit by their paths, submodules among them. */
export type Tree = ReadonlyMap<string, Entry>;

/** Of each of the four commits that a merge is about: the merge base, the two sides, and the result. */
export interface Merge<Of> {
  readonly base: Of;
  readonly ours: Of;
  readonly theirs: Of;
  readonly merged: Of;
}

/**
 * The files that both sides changed, by the SHAs of their contents: only their text tells whether they were merged cleanly. null where the trees
 * alone tell that something else was done.
 */
export function changedOnBoth({ base, ours, theirs, merged }: Merge<Tree>): readonly Merge<string>[] | null {
  if (mayBeMoved({ base, ours, theirs })) return null;
  const both: Merge<string>[] = [];
  for (const path of new Set([base, ours, theirs, merged].flatMap((tree) => [...tree.keys()]))) {
    const of = { base: base.get(path), ours: ours.get(path), theirs: theirs.get(path), merged: merged.get(path) };
    const taken = takenOf(of);
    if (taken !== null) {
      if (!isSame(of.merged, taken.entry)) return null;
      continue;
    }
    const file = textOf(of);
    if (file === null) return null;
    both.push(file);
  }
  return both;
}

type Sides<Of> = Omit<Merge<Of>, "merged">;

/**
 * Whether git may see a move on which the two sides do not agree: of a file that both removed from its place, or of a whole directory into which the
 * other side put another file.
 */
function mayBeMoved({ base, ours, theirs }: Sides<Tree>): boolean {
  const isGone = (path: string) => !ours.has(path) && !theirs.has(path);
  return (
    [...base.keys()].some(isGone) ||
    isInMoved({ base, ours, theirs }) ||
    isInMoved({ base, ours: theirs, theirs: ours })
  );
}

/** Whether `theirs` has another file in a directory that `ours` has no more. */
function isInMoved({ base, ours, theirs }: Sides<Tree>): boolean {
  const moved = directoriesOf(base).difference(directoriesOf(ours));
  return [...theirs.keys()].some((path) => !base.has(path) && above(path).some((directory) => moved.has(directory)));
}

function directoriesOf(tree: Tree): ReadonlySet<string> {
  return new Set([...tree.keys()].flatMap(above));
}

/** The directories above a path. */
function above(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("/"));
}

type Entries = Merge<Entry | undefined>;

/** The side whose file the merge takes as it is; null where both changed it. */
function takenOf({ base, ours, theirs }: Entries): { readonly entry: Entry | undefined } | null {
  if (isSame(ours, theirs) || isSame(theirs, base)) return { entry: ours };
  return isSame(ours, base) ? { entry: theirs } : null;
}

function isSame(left: Entry | undefined, right: Entry | undefined): boolean {
  return left?.mode === right?.mode && left?.sha === right?.sha;
}

const regular = ["100644", "100755"];

/** A regular file that both sides have, with the mode that a merge gives it. */
function textOf({ base, ours, theirs, merged }: Entries): Merge<string> | null {
  if (base === undefined || ours === undefined || theirs === undefined || merged === undefined) return null;
  if (![base, ours, theirs, merged].every(({ mode }) => regular.includes(mode))) return null;
  const mode = ours.mode === base.mode ? theirs.mode : ours.mode;
  if (merged.mode !== mode) return null;
  return { base: base.sha, ours: ours.sha, theirs: theirs.sha, merged: merged.sha };
}

/**
 * Whether a text is the base with the changes of both sides. Between the two changes has to stand a line that each of the three texts has once: where
 * lines are repeated, a change may belong to one place as well as to another, and git may see it at another one or find a conflict.
 */
export function isCleanText({ base, ours, theirs, merged }: Merge<string>): boolean {
  const texts = [base, ours, theirs].map(linesOf);
  const fixed = texts.map(linesOnce).reduce((left, right) => left.intersection(right));
  const [order, ...others] = texts.map((lines) => lines.filter((line) => fixed.has(line)));
  if (order === undefined || others.some((each) => each.join("") !== order.join(""))) return false;
  const [before = [], own = [], their = []] = texts.map((lines) => between(lines, fixed));
  const parts = before.map((part, at) => partOf({ base: part, ours: own[at], theirs: their[at] }));
  return !parts.includes(undefined) && parts.flatMap((part, at) => [part, order[at] ?? ""]).join("") === merged;
}

/** Each line with its end. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The lines that stand in a text once. */
function linesOnce(lines: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const again = new Set(lines.filter((line) => seen.has(line) || !seen.add(line)));
  return seen.difference(again);
}

/** What stands before, between and after the lines that are fixed. */
function between(lines: readonly string[], fixed: ReadonlySet<string>): readonly string[] {
  const ends = [...lines.flatMap((line, at) => (fixed.has(line) ? [at] : [])), lines.length];
  return ends.map((end, at) => lines.slice(at === 0 ? 0 : (ends[at - 1] ?? 0) + 1, end).join(""));
}

/** The part of the side that changed it; undefined where each changed it in its own way. */
function partOf({ base, ours, theirs }: Sides<string | undefined>): string | undefined {
  if (ours === theirs || theirs === base) return ours;
  return ours === base ? theirs : undefined;
}
