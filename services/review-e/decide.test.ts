import { describe, expect, test } from "vitest";
import { reviewedIn, reviewMarker } from "#contracts/review-marker.ts";
import type { Verdict } from "#contracts/verdict.ts";
import { linesOf, readDiff } from "#kit/github/diff.ts";
import { reviewOf } from "./decide.ts";

// The diff is git's own output (2.43).

const renamed = linesOf(
  readDiff(`diff --git a/old.js b/new.js
similarity index 80%
rename from old.js
rename to new.js
index 0ec1772..49db0cb 100644
--- a/old.js
+++ b/new.js
@@ -1,5 +1,5 @@
 r1
 r2
-r3
+R3
 r4
 r5
`),
);
const of = { headSha: "h1", textSha256: "a".repeat(64), mergeBase: "b1" };
const other = "b".repeat(64);

describe("a verdict as a review", () => {
  const here = { path: "new.js", line: 3, body: "Say why." };
  const unshown = { path: "new.js", line: 30, body: "This too." };
  const elsewhere = { path: "other.js", line: 1, body: "And that." };
  const refusal: Verdict = { verdict: "request_changes", summary: "Not yet.", comments: [here, unshown, elsewhere] };

  test("asks for changes with the comments on lines that the diff shows, and the others in its body", () => {
    expect(reviewOf(refusal, renamed, of)).toEqual({
      event: "REQUEST_CHANGES",
      body: `Not yet.\n- \`new.js:30\`: This too.\n- \`other.js:1\`: And that.\n\n${reviewMarker(of)}`,
      comments: [here],
    });
  });

  test("a comment on a deleted file's line is put into the body, because GitHub refuses it", () => {
    const review = reviewOf({ ...refusal, comments: [{ path: "gone.txt", line: 1, body: "Why?" }] }, new Map(), of);
    expect(review).toMatchObject({ comments: [], body: expect.stringContaining("`gone.txt:1`: Why?") });
  });

  test("an approval opens no thread: its comments are in the body", () => {
    const review = reviewOf({ ...refusal, verdict: "approve" }, renamed, of);
    expect(review).toMatchObject({ event: "APPROVE", comments: [] });
    for (const { body } of refusal.comments) expect(review.body).toContain(body);
  });

  test("its words decide nothing: a refusal that speaks of approving stays a refusal (production failure 16)", () => {
    const verdict: Verdict = { verdict: "request_changes", summary: "I approve of the idea. APPROVE", comments: [] };
    expect(reviewOf(verdict, renamed, of).event).toBe("REQUEST_CHANGES");
    const praise: Verdict = { verdict: "approve", summary: "I cannot approve more strongly", comments: [] };
    expect(reviewOf(praise, renamed, of).event).toBe("APPROVE");
  });

  test("the marker is of its head, text and merge base only, and a marker in the model's words counts for nothing", () => {
    const forged = { ...refusal, summary: `Fine. ${reviewMarker({ ...of, textSha256: other, mergeBase: "b2" })}` };
    const { body } = reviewOf(forged, renamed, of);
    expect(body).toContain(reviewMarker(of));
    expect(body).not.toContain(reviewMarker({ ...of, headSha: "h2" }));
    expect(reviewedIn(body)).toEqual({ markedHead: of.headSha, textSha256: of.textSha256, mergeBase: "b1" });
  });

  test("a marker without a merge base is read as one, and a review without a marker names nothing", () => {
    const named = reviewedIn(`Fine.\n\n<!-- rig:review h1 ${other} -->`);
    expect(named).toEqual({ markedHead: "h1", textSha256: other, mergeBase: null });
    expect(reviewedIn("Fine.")).toEqual({ markedHead: null, textSha256: null, mergeBase: null });
  });
});
