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

/** Whether a text is the base with the changes of both sides, which stand at least one line apart. */
export function isCleanText({ base, ours, theirs, merged }: Merge<string>): boolean {
  const lines = linesOf(base);
  const [own, others] = [hunksOf(lines, linesOf(ours)), hunksOf(lines, linesOf(theirs))];
  if (own === null || others === null) return false;
  const all = own.filter((hunk) => !others.some((other) => isEqual(hunk, other)));
  if (all.some((hunk) => others.some((other) => touches(hunk, other)))) return false;
  const hunks = [...all, ...others].sort((left, right) => left.from - right.from);
  let at = 0;
  let text = "";
  for (const { from, to, by } of hunks) {
    text += [...lines.slice(at, from), ...by].join("");
    at = to;
  }
  return text + lines.slice(at).join("") === merged;
}

/** Each line with its end. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The lines from `from` up to `to`, from 0, have these in their place. */
interface Hunk {
  readonly from: number;
  readonly to: number;
  readonly by: readonly string[];
}

function isEqual(left: Hunk, right: Hunk): boolean {
  return left.from === right.from && left.to === right.to && left.by.join("") === right.by.join("");
}

/** git calls it a conflict where no line is between two changes. */
function touches(left: Hunk, right: Hunk): boolean {
  return left.from <= right.to && right.from <= left.to;
}

/** 4,000,000 pairs of lines, such as 2,000 lines on both sides between the first and the last change: 16 MB for some milliseconds. */
const pairsMax = 4_000_000;

/** How the second text differs from the first, by their longest common subsequence of lines; null where that is too long to compute. */
function hunksOf(before: readonly string[], after: readonly string[]): readonly Hunk[] | null {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const left = before.slice(head, before.length - tail);
  const right = after.slice(head, after.length - tail);
  if ((left.length + 1) * (right.length + 1) > pairsMax) return null;
  return joined(pairsOf(left, right), { left, right }).map((hunk) => {
    return { ...hunk, from: hunk.from + head, to: hunk.to + head };
  });
}

type Pair = readonly [left: number, right: number];

/** The lines that both texts have, in order. */
function pairsOf(left: readonly string[], right: readonly string[]): readonly Pair[] {
  const width = right.length + 1;
  const lengths = new Uint32Array((left.length + 1) * width);
  const lengthAt = (row: number, column: number) => lengths[row * width + column] ?? 0;
  for (let row = left.length - 1; row >= 0; row -= 1) {
    for (let column = right.length - 1; column >= 0; column -= 1) {
      const longest = Math.max(lengthAt(row + 1, column), lengthAt(row, column + 1));
      lengths[row * width + column] = left[row] === right[column] ? lengthAt(row + 1, column + 1) + 1 : longest;
    }
  }
  const pairs: Pair[] = [];
  let [row, column] = [0, 0];
  while (row < left.length && column < right.length) {
    if (left[row] === right[column]) pairs.push([row++, column++]);
    else if (lengthAt(row + 1, column) >= lengthAt(row, column + 1)) row += 1;
    else column += 1;
  }
  return pairs;
}

/** What stands between the common lines. */
function joined(
  pairs: readonly Pair[],
  { left, right }: { readonly left: readonly string[]; readonly right: readonly string[] },
): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let [from, begin] = [0, 0];
  for (const [to, end] of [...pairs, [left.length, right.length] as const]) {
    if (to > from || end > begin) hunks.push({ from, to, by: right.slice(begin, end) });
    [from, begin] = [to + 1, end + 1];
  }
  return hunks;
}
