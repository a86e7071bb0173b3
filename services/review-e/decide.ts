import { type Reviewed, reviewMarker } from "#contracts/review-marker.ts";
import type { Verdict } from "#contracts/verdict.ts";

/** A review as GitHub takes it. */
export interface Review {
  readonly event: "APPROVE" | "REQUEST_CHANGES";
  readonly body: string;
  readonly comments: Verdict["comments"];
}

/** The lines of the new files that a diff shows, by path. */
type Lines = ReadonlyMap<string, ReadonlySet<number>>;

/**
 * Turns a verdict into a review. Comments on lines that the diff does not show go into the body, because GitHub refuses them; so do
 * all comments of an approval, because each would open a thread that holds the merge. Asking for changes without saying
 * which is no review, so it needs a comment or a summary.
 */
export function reviewOf(verdict: Verdict, lines: Lines, of: Reviewed): Review {
  const approves = verdict.verdict === "approve";
  const placed = approves ? [] : verdict.comments.filter(({ path, line }) => lines.get(path)?.has(line) === true);
  const loose = verdict.comments.filter((comment) => !placed.includes(comment));
  const notes = loose.map(({ path, line, body }) => `- \`${path}:${line}\`: ${body}`);
  const body = [verdict.summary, ...notes, "", reviewMarker(of)].join("\n");
  return { event: approves ? "APPROVE" : "REQUEST_CHANGES", body, comments: placed };
}
