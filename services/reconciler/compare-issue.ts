import { Effect } from "effect";
import { issueAt, repositoryName } from "#contracts/aggregates.ts";
import type { FactOf } from "#contracts/envelope.ts";
import { isReadyLabel } from "#contracts/labels.ts";
import { Retryable } from "#kit/errors.ts";
import { load } from "#kit/facts/aggregate.ts";
import { GitHub } from "#kit/github/github.ts";
import { allPages } from "./asking.ts";
import { type Comparison, compareWhenDue, firstSince, type Listed, publishMissing } from "./comparison.ts";
import { inSeconds } from "./decide.ts";
import { type IssueSeen, isLabelKnown, labelOn, missingOnIssue } from "./decide-issue.ts";
import { issueEvents, issueQuestion, labelledIssues, lastEditedAt, repositoryEvents } from "./forge-issue.ts";

/** The label of an issue that the rig does not work on, and the closing of one that is not over, or the label's removal of one that it works on. */
export const compareIssues = Effect.fn("compareIssues")(function* (run: Comparison) {
  const listed = yield* allPages(run.asking, run.at, labelledIssues);
  const numbers = new Set(listed.map(({ number }) => number));
  const labelled = listed.filter(({ number }) => run.known.issues.get(number)?.isWorkedOn !== true);
  const others = [...run.known.issues.keys()].filter((number) => !numbers.has(number));
  for (const { number, updatedAt } of [...labelled, ...others.map((number) => ({ number, updatedAt: null }))]) {
    const issue = { on: issueAt({ ...run.at, number }), updatedAt };
    yield* compareWhenDue(run, issue, compareIssue(run, issue));
  }
});

/** 1 h: events that are told late, or that an issue's list does not show yet, are looked at again. */
const overlapMs = 3_600_000;

/**
 * The label of an issue that the rig works on, where it was taken off and set again. The list of labelled issues looks then as before, so
 * the events of the repository are asked for, newest first: one request while nothing happened.
 */
export const compareLabelsSetAgain = Effect.fn("compareLabelsSetAgain")(function* (run: Comparison) {
  const active = [...run.known.issues].filter(([, { isWorkedOn }]) => isWorkedOn);
  if (active.length === 0) return;
  const key = `${repositoryName(run.at)} events`;
  const approvals = active.flatMap(([, { approvedAt }]) => approvedAt ?? []);
  const since = run.since.get(key) ?? firstSince(run, approvals);
  const isBefore = ({ at }: { readonly at: string }) => Date.parse(at) < Date.parse(since);
  const events = yield* allPages(run.asking, run.at, repositoryEvents, (page) => page.some(isBefore));
  const changes = events.filter(({ label }) => isReadyLabel(label));
  let isWhole = true;
  for (const [number] of active) {
    const last = changes.find((each) => each.number === number);
    if (last?.event !== "labeled" || isBefore(last)) continue;
    // With the time of the label, so that one that the history has costs no request.
    const label = { on: issueAt({ ...run.at, number }), of: "label", updatedAt: last.at } as const;
    const isCompared = yield* compareWhenDue(run, label, compareIssue(run, label));
    isWhole &&= isCompared;
  }
  const nextMs = Date.parse(events[0]?.at ?? "") - overlapMs;
  if (isWhole && nextMs > Date.parse(since)) run.since.set(key, inSeconds(nextMs));
});

const compareIssue = Effect.fn("compareIssue")(function* (run: Comparison, listed: Listed<"issue">) {
  const { on, updatedAt } = listed;
  const { facts } = yield* load(on);
  // A label that is as new as what the list says: nothing happened to it since.
  if (updatedAt !== null && isLabelKnown(updatedAt, facts)) return true;
  const seen = yield* readIssue(run, on.number, facts);
  return yield* publishMissing(run, listed, (history) => missingOnIssue(seen, history));
});

/** The next tick: until then GitHub's lists and events agree again. */
const nextTickMs = 60_000;

const readIssue = Effect.fn("readIssue")(function* (
  { asking, at, repository }: Comparison,
  number: number,
  facts: readonly FactOf<"issue">[],
) {
  const { issue, closed } = yield* asking.ask(at, issueQuestion(number));
  const none: IssueSeen = { repository, issue, closed, label: null, editedAt: null };
  if (closed !== null) return none;
  const events = yield* allPages(asking, at, (page) => issueEvents(number, page));
  const label = labelOn(issue, events);
  if (label === null) {
    return yield* new Retryable({ what: "GitHub does not say yet who set the label", delayMs: nextTickMs });
  }
  if (label.change === "unlabeled" || isLabelKnown(label.at, facts)) return { ...none, label };
  const renamedAt = events.findLast(({ event }) => event === "renamed")?.at ?? "";
  // Only GraphQL says when the text was edited. It need not be asked when nothing happened to the issue since the label.
  const isUntouched = Date.parse(issue.updated_at ?? "") <= Date.parse(label.at);
  const editedAt = isUntouched ? null : yield* readEditedAt({ asking, at }, number);
  return { ...none, label, editedAt: [renamedAt, editedAt ?? ""].toSorted().at(-1) || null };
});

const readEditedAt = Effect.fn("readEditedAt")(function* (
  { asking, at }: Pick<Comparison, "asking" | "at">,
  number: number,
) {
  const github = yield* GitHub;
  asking.count();
  return yield* github.call(`read when #${number} was edited`, at, (octokit, repository) =>
    lastEditedAt(octokit, repository, number),
  );
});
