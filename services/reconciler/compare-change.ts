import { Effect } from "effect";
import { type ChangeRef, changeAt, issueAt } from "#contracts/aggregates.ts";
import { foldChange } from "#contracts/change-life.ts";
import { load } from "#kit/facts/aggregate.ts";
import { GitHub } from "#kit/github/github.ts";
import { reviewThreads } from "#kit/github/review-threads.ts";
import { allPages } from "./asking.ts";
import { type Comparison, compareWhenDue, publishMissing } from "./comparison.ts";
import {
  awaitsChecks,
  awaitsThreads,
  type ChangeSeen,
  issueOfPull,
  missingLook,
  missingOnChange,
  missingStatuses,
  type PullRequest,
} from "./decide-change.ts";
import { openPulls, pullQuestion, reviewsQuestion, statusesQuestion, suitesQuestion } from "./forge-change.ts";
import { issueQuestion } from "./forge-issue.ts";

/** The pull requests that the rig knows as open, and those of issues that it works on. */
export const compareChanges = Effect.fn("compareChanges")(function* (run: Comparison) {
  const { issues, changes } = run.known;
  const listed = yield* allPages(run.asking, run.at, openPulls);
  const numbers = new Set(listed.map(({ number }) => number));
  for (const pull of listed) {
    const number = issueOfPull(run.repository, pull);
    const issueNumber = number !== undefined && issues.has(number) ? number : null;
    if (issueNumber === null && !changes.has(pull.number)) continue;
    const on = changeAt({ ...run.at, number: pull.number });
    const change = { on, updatedAt: pull.updated_at ?? null };
    yield* compareWhenDue(run, change, compareOpen(run, on, { pull, issueNumber }));
  }
  const ofIssues = [...issues.values()].flatMap(({ prNumber }) => (prNumber === null ? [] : [prNumber]));
  for (const number of new Set([...changes, ...ofIssues])) {
    if (numbers.has(number)) continue;
    const on = changeAt({ ...run.at, number });
    yield* compareWhenDue(run, { on, updatedAt: null }, compareUnlisted(run, on));
  }
});

/** An open pull request, and its issue if the rig works on it: only then reviews and checks matter. */
interface OpenPull {
  readonly pull: PullRequest;
  readonly issueNumber: number | null;
}

/** What was not asked for of a pull request. */
const notAsked = { reviews: [], suites: [], statuses: [], threads: null } as const;

const compareOpen = Effect.fn("compareOpen")(function* (run: Comparison, on: ChangeRef, open: OpenPull) {
  const { issueNumber } = open;
  const seen = yield* readOpen(run, on, open);
  const isWatched = issueNumber !== null && run.known.issues.get(issueNumber)?.isWorkedOn === true;
  const isWhole = yield* publishMissing(run, { on }, (history) => [
    ...missingOnChange(seen, history),
    ...(isWatched ? missingLook(seen, history, run.tick.data.instant) : []),
  ]);
  const isTold = issueNumber === null || (yield* publishStatuses(run, issueNumber, seen));
  const { facts } = yield* load(on);
  return isWhole && isTold && (issueNumber === null || !(awaitsChecks(seen, facts) || awaitsThreads(facts)));
});

const readOpen = Effect.fn("readOpen")(function* (run: Comparison, on: ChangeRef, { pull, issueNumber }: OpenPull) {
  const { asking, at, repository } = run;
  const { number, head } = pull;
  const seen: ChangeSeen = { repository, pull, open: true, closedBy: "", ...notAsked };
  if (issueNumber === null) return seen;
  const isHeld = awaitsThreads((yield* load(on)).facts);
  return {
    ...seen,
    reviews: yield* allPages(asking, at, (page) => reviewsQuestion(number, page)),
    suites: yield* asking.ask(at, suitesQuestion(head.sha)),
    statuses: yield* allPages(asking, at, (page) => statusesQuestion(head.sha, page)),
    threads: isHeld ? yield* readThreads(run, number) : null,
  };
});

/** Publishes the statuses of the head, which stand in the issue's history. Returns whether none is missing. */
const publishStatuses = Effect.fn("publishStatuses")(function* (run: Comparison, number: number, seen: ChangeSeen) {
  if (seen.statuses.length === 0) return true;
  const statuses = { on: issueAt({ ...run.at, number }), of: "statuses" } as const;
  return yield* publishMissing(run, statuses, (history) => missingStatuses(seen, history));
});

/** Compares one pull request that the rig knows as open, or as an issue's, and that is not in GitHub's list of open ones. */
const compareUnlisted = Effect.fn("compareUnlisted")(function* (run: Comparison, on: ChangeRef) {
  const { asking, at, repository } = run;
  const { known, open: isOpenHere } = foldChange((yield* load(on)).facts);
  if (known && !isOpenHere) return true;
  const { pull, open } = yield* asking.ask(at, pullQuestion(on.number));
  // It was opened, or opened again, since the list was read: the next list has it.
  if (open) return false;
  const { closed } = yield* asking.ask(at, issueQuestion(on.number));
  const seen: ChangeSeen = { repository, pull, open, closedBy: closed?.by ?? "", ...notAsked };
  yield* publishMissing(run, { on }, (history) => missingOnChange(seen, history));
  return false;
});

/** The threads of a pull request. Only GraphQL has them: while its limit is used up, the rest of the comparison goes on. */
const readThreads = Effect.fn("readThreads")(function* ({ asking, at }: Comparison, number: number) {
  const github = yield* GitHub;
  asking.count();
  const threads = github.call("read the threads", at, (octokit, repository) =>
    reviewThreads(octokit, repository, number),
  );
  return yield* Effect.catchTag(threads, "Retryable", (error) =>
    Effect.as(Effect.logWarning("threads not compared", `#${number}: ${error.message}`), null),
  );
});
