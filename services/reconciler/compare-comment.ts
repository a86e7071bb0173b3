import { Effect } from "effect";
import { changeAt, issueAt, repositoryName } from "#contracts/aggregates.ts";
import { clocksMs } from "#contracts/waits.ts";
import { allPages, type Page, type Question } from "./asking.ts";
import { type Comparison, compareWhenDue, firstSince, publishMissing } from "./comparison.ts";
import { type CommentSeen, missingComments, nextSince } from "./decide-comment.ts";
import { perPage } from "./forge.ts";
import { commentsQuestion, lineCommentsQuestion } from "./forge-comment.ts";
import type { KnownRepository } from "./known.ts";

/**
 * The comments on issues that the rig works on, one that waits for a person among them, and on their pull requests. GitHub lists the
 * comments of a whole repository since a time: one request, and one more where there are pull requests. A comment that was deleted is in no
 * list. Only where the gate waits for threads something follows from its deletion, which compare-change.ts looks for there.
 */
export const compareComments = Effect.fn("compareComments")(function* (run: Comparison) {
  const approvals = approvalsIn(run.known);
  if (approvals.size === 0) return;
  yield* compareList(run, { name: "comments", question: commentsQuestion }, approvals);
  const hasPulls = [...run.known.issues.values()].some(({ prNumber }) => prNumber !== null);
  if (hasPulls) yield* compareList(run, { name: "comments on lines", question: lineCommentsQuestion }, approvals);
});

/** By the number of each issue and of its pull request, when the issue was approved last. */
function approvalsIn({ issues }: KnownRepository): ReadonlyMap<number, string> {
  const approvals = new Map<number, string>();
  for (const [number, { prNumber, approvedAt }] of issues) {
    if (approvedAt === null) continue;
    approvals.set(number, approvedAt);
    if (prNumber !== null) approvals.set(prNumber, approvedAt);
  }
  return approvals;
}

interface List {
  readonly name: "comments" | "comments on lines";
  question(since: string, page: number): Question<Page<CommentSeen>>;
}

const compareList = Effect.fn("compareList")(function* (
  run: Comparison,
  { name, question }: List,
  approvals: ReadonlyMap<number, string>,
) {
  const key = `${repositoryName(run.at)} ${name}`;
  const since = run.since.get(key) ?? firstSince(run, approvals.values());
  run.since.set(key, since);
  const comments = yield* allPages(run.asking, run.at, (page) => question(since, page));
  const foundBefore = run.found.length;
  let isWhole = true;
  for (const [number, group] of Map.groupBy(comments.filter(isSinceApproval(approvals)), (each) => each.number)) {
    const on = group.some(({ where }) => where === "issue")
      ? issueAt({ ...run.at, number })
      : changeAt({ ...run.at, number });
    const updatedAt =
      group
        .map((each) => each.updatedAt)
        .toSorted()
        .at(-1) ?? null;
    const listed = { on, of: name, updatedAt };
    const comparing = publishMissing<"issue" | "pr">(run, listed, (history) =>
      missingComments(run.repository, group, history),
    );
    const isCompared = yield* compareWhenDue(run, listed, comparing);
    isWhole &&= isCompared;
  }
  if (isWhole && run.found.length === foundBefore) {
    run.since.set(key, nextSince(comments, { since, perPage, instant: run.tick.data.instant }));
  }
});

/** What was written before the approval is in nobody's brief, so a lost delivery of it changes nothing. */
function isSinceApproval(approvals: ReadonlyMap<number, string>) {
  return ({ number, updatedAt }: CommentSeen) => {
    const approvedAt = approvals.get(number);
    return approvedAt !== undefined && Date.parse(updatedAt) + clocksMs >= Date.parse(approvedAt);
  };
}
