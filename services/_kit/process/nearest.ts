/**
 * The nearest key where it can be meant: one of the two begins with the other, or at most half of the wrong letters differ. Undefined where
 * no key is like it.
 */
export function similar(known: readonly string[], wrong: string): string | undefined {
  const key = nearest(known, wrong);
  const isLike = isBeginning(key, wrong) || editDistance(key.toLowerCase(), wrong.toLowerCase()) <= wrong.length / 2;
  return wrong !== "" && isLike ? key : undefined;
}

/**
 * The known key with the most similar spelling. First come keys that share their beginning with the wrong one: `dry` means `dry-run`. Among
 * them, and among the others, the part after the last dot is compared first and the whole key then.
 */
export function nearest(known: readonly string[], wrong: string): string {
  const measured = known.map((key) => ({
    key,
    beginning: isBeginning(lastPart(key), lastPart(wrong)) ? 0 : 1,
    lastPart: editDistance(lastPart(key), lastPart(wrong)),
    whole: editDistance(key.toLowerCase(), wrong.toLowerCase()),
  }));
  const [first] = measured.toSorted(
    (a, b) => a.beginning - b.beginning || a.lastPart - b.lastPart || a.whole - b.whole,
  );
  return first?.key ?? "";
}

function isBeginning(key: string, wrong: string): boolean {
  return key.startsWith(wrong) || wrong.startsWith(key);
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf(".") + 1).toLowerCase();
}

/** The number of letters to add, remove or replace (Levenshtein distance), within the first 40 letters of each. */
function editDistance(a: string, b: string): number {
  const [from, to] = [a.slice(0, 40), b.slice(0, 40)];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (above[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    above = current;
  }
  return above.at(-1) ?? 0;
}
