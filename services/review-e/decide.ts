import type { Verdict } from "#contracts/verdict.ts";

/** A review as GitHub takes it. */
export interface Review {
  readonly event: "APPROVE" | "REQUEST_CHANGES";
  readonly body: string;
  readonly comments: Verdict["comments"];
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
  let hunk = { line: 0, oldLeft: 0, newLeft: 0 };
  for (const text of diff.split("\n")) {
    // A hunk is as long as its header says. Inside it "+++ " begins a line of the file, not the name of another one.
    if (hunk.oldLeft > 0 || hunk.newLeft > 0) {
      const inNew = !text.startsWith("-") && !text.startsWith("\\");
      if (inNew) current?.add(hunk.line);
      hunk = inHunk(hunk, text);
      continue;
    }
    const path = /^\+\+\+ (?:b\/)?(.+?)\t?$/.exec(text)?.[1];
    if (path !== undefined) current = path === "/dev/null" ? undefined : (found.get(path) ?? new Set());
    if (path !== undefined && current !== undefined) found.set(path, current);
    hunk = hunkAt(text) ?? hunk;
  }
  return found;
}

interface Hunk {
  /** The number of the next line in the new file. */
  readonly line: number;
  readonly oldLeft: number;
  readonly newLeft: number;
}

function hunkAt(text: string): Hunk | undefined {
  const [, oldCount = "1", line, newCount = "1"] = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text) ?? [];
  return line === undefined ? undefined : { line: Number(line), oldLeft: Number(oldCount), newLeft: Number(newCount) };
}

function inHunk({ line, oldLeft, newLeft }: Hunk, text: string): Hunk {
  if (text.startsWith("\\")) return { line, oldLeft, newLeft };
  if (text.startsWith("-")) return { line, oldLeft: oldLeft - 1, newLeft };
  return { line: line + 1, oldLeft: text.startsWith("+") ? oldLeft : oldLeft - 1, newLeft: newLeft - 1 };
}
