/** What the model answered, once it has the shape that was asked for. */
export interface Verdict {
  readonly verdict: "approve" | "request_changes";
  readonly summary: string;
  readonly comments: readonly { readonly path: string; readonly line: number; readonly body: string }[];
}

/** A review as GitHub takes it. */
export interface Review {
  readonly event: "APPROVE" | "REQUEST_CHANGES";
  readonly body: string;
  readonly comments: readonly { readonly path: string; readonly line: number; readonly body: string }[];
}

/** The marker by which a review of this head is found again after a crash. */
export function reviewMarker(headSha: string): string {
  return `<!-- rig:review ${headSha} -->`;
}

/**
 * Turns a verdict into a review. Comments on lines that the diff does not show go into the body, because GitHub refuses them; so do
 * all comments of an approval, because each would open a thread that holds the merge. Asking for changes without saying
 * which is no review, so it needs a comment or a summary.
 */
export function reviewOf(verdict: Verdict, diff: string, headSha: string): Review {
  const lines = linesIn(diff);
  const approves = verdict.verdict === "approve";
  const placed = approves ? [] : verdict.comments.filter(({ path, line }) => lines.get(path)?.has(line) === true);
  const loose = verdict.comments.filter((comment) => !placed.includes(comment));
  const notes = loose.map(({ path, line, body }) => `- \`${path}:${line}\`: ${body}`);
  const body = [verdict.summary, ...notes, "", reviewMarker(headSha)].join("\n");
  return { event: approves ? "APPROVE" : "REQUEST_CHANGES", body, comments: placed };
}

/** The lines of the new files that a unified diff shows, by path. */
export function linesIn(diff: string): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>();
  let current: Set<number> | undefined;
  let line = 0;
  for (const text of diff.split("\n")) {
    const file = /^\+\+\+ (?:b\/)?(.+?)\t?$/.exec(text)?.[1];
    const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(text)?.[1];
    if (file !== undefined && file !== "/dev/null") {
      current = found.get(file) ?? new Set();
      found.set(file, current);
    } else if (hunk !== undefined) line = Number(hunk);
    else if (text.startsWith("diff --git ")) current = undefined;
    else if (text.startsWith("+") || text.startsWith(" ")) {
      current?.add(line);
      line += 1;
    }
  }
  return found;
}
