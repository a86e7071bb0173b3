import { Effect } from "effect";
import { changeAt, issueAt, type RefOf } from "#contracts/aggregates.ts";
import { foldChange } from "#contracts/change-life.ts";
import { load } from "#kit/facts/aggregate.ts";
import { GitHub } from "#kit/github/github.ts";
import { reviewThreads } from "#kit/github/review-threads.ts";
import { allPages } from "./asking.ts";
import { apart, type Comparison, publishMissing } from "./comparison.ts";
import { isLost } from "./decide.ts";
import {
  awaitsChecks,
  awaitsThreads,
  type ChangeSeen,
  issueOfPull,
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
    if (issueNumber !== null || changes.has(pull.number)) yield* compareOpen(run, { pull, issueNumber });
  }
  const ofIssues = [...issues.values()].flatMap(({ prNumber }) => (prNumber === null ? [] : [prNumber]));
  for (const number of new Set([...changes, ...ofIssues])) {
    if (!numbers.has(number)) yield* compareUnlisted(run, number);
  }
});

/** An open pull request, and its issue if the rig works on it: only then reviews and checks matter. */
interface OpenPull {
  readonly pull: PullRequest;
  readonly issueNumber: number | null;
}

function compareOpen(run: Comparison, open: OpenPull) {
  const on = changeAt({ ...run.at, number: open.pull.number });
  return apart(run, { on, updatedAt: open.pull.updated_at ?? null }, comparingOpen(run, on, open));
}

/** An instant by which everything that is missing counts as lost. */
const farFuture = "9999-01-01T00:00:00.000Z";

const comparingOpen = Effect.fn("compareOpen")(function* (run: Comparison, on: RefOf<"pr">, open: OpenPull) {
  const { issueNumber } = open;
  const seen = yield* readOpen(run, on, open);
  yield* publishChange(run, on, seen);
  const isTold = issueNumber === null || (yield* publishStatuses(run, issueNumber, seen));
  const { facts } = yield* load(on);
  const isWhole = isTold && missingOnChange(seen, facts, farFuture).length === 0;
  return isWhole && (issueNumber === null || !(awaitsChecks(seen, facts) || awaitsThreads(facts)));
});

const readOpen = Effect.fn("readOpen")(function* (run: Comparison, on: RefOf<"pr">, { pull, issueNumber }: OpenPull) {
  const { asking, at, repository } = run;
  const { number, head } = pull;
  const nothing = { reviews: [], suites: [], statuses: [], threads: [] };
  const seen: ChangeSeen = { repository, pull, open: true, closedBy: "", ...nothing };
  if (issueNumber === null) return seen;
  const { facts } = yield* load(on);
  return {
    ...seen,
    reviews: yield* allPages(asking, at, (page) => reviewsQuestion(number, page)),
    suites: yield* asking.ask(at, suitesQuestion(head.sha)),
    statuses: yield* allPages(asking, at, (page) => statusesQuestion(head.sha, page)),
    threads: awaitsThreads(facts) ? yield* readThreads(run, number) : [],
  };
});

/** Publishes the statuses of the head, which stand in the issue's history. Returns whether none is left that is not lost yet. */
const publishStatuses = Effect.fn("publishStatuses")(function* (run: Comparison, number: number, seen: ChangeSeen) {
  if (seen.statuses.length === 0) return true;
  const { instant } = run.tick.data;
  const on = issueAt({ ...run.at, number });
  yield* publishMissing(run, { on, of: "statuses" }, (history) =>
    missingStatuses(seen, history).filter((each) => isLost(each, instant)),
  );
  return missingStatuses(seen, (yield* load(on)).facts).length === 0;
});

/** Compares one pull request that the rig knows as open, or as an issue's, and that is not in GitHub's list of open ones. */
function compareUnlisted(run: Comparison, number: number) {
  const on = changeAt({ ...run.at, number });
  return apart(run, { on, updatedAt: null }, comparingUnlisted(run, on));
}

const comparingUnlisted = Effect.fn("compareUnlisted")(function* (run: Comparison, on: RefOf<"pr">) {
  const { asking, at, repository } = run;
  const { known, open: isOpenHere } = foldChange((yield* load(on)).facts);
  if (known && !isOpenHere) return true;
  const { pull, open } = yield* asking.ask(at, pullQuestion(on.number));
  // It was opened, or opened again, since the list was read: the next list has it.
  if (open) return false;
  const { closed } = yield* asking.ask(at, issueQuestion(on.number));
  const nothing = { reviews: [], suites: [], statuses: [], threads: [] };
  yield* publishChange(run, on, { repository, pull, open, closedBy: closed?.by ?? "", ...nothing });
  return false;
});

function publishChange(run: Comparison, on: RefOf<"pr">, seen: ChangeSeen) {
  return publishMissing(run, { on }, (history) => missingOnChange(seen, history, run.tick.data.instant));
}

/** The threads of a pull request. Only GraphQL has them: while its limit is used up, the rest of the comparison goes on. */
const readThreads = Effect.fn("readThreads")(function* ({ asking, at }: Comparison, number: number) {
  const github = yield* GitHub;
  asking.count();
  const threads = github.call("read the threads", at, (octokit, repository) =>
    reviewThreads(octokit, repository, number),
  );
  return yield* Effect.catchTag(threads, "Retryable", (error) =>
    Effect.as(Effect.logWarning("threads not compared", `#${number}: ${error.message}`), []),
  );
});
