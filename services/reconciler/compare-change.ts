import { Effect } from "effect";
import { changeAt, issueAt, placeName, type RefOf, type RepositoryRef } from "#contracts/aggregates.ts";
import { foldChange } from "#contracts/change-life.ts";
import type { Fact, FactOf } from "#contracts/envelope.ts";
import { readyLabel } from "#contracts/labels.ts";
import { aggregateFilter } from "#contracts/subjects.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import { Retryable } from "#kit/errors.ts";
import { append, load } from "#kit/facts/aggregate.ts";
import { GitHub, type GitHubRefused } from "#kit/github/github.ts";
import { reviewThreads } from "#kit/github/review-threads.ts";
import { type Asking, allPages, type LimitReached } from "./asking.ts";
import {
  type AnyMissing,
  awaitsChecks,
  awaitsThreads,
  type ChangeSeen,
  type IssueSeen,
  isEditedSince,
  isLabelKnown,
  isLost,
  type Missing,
  missingOnChange,
  missingOnIssue,
  type PullRequest,
  type Repository,
} from "./decide.ts";
import { issueEvents, issueQuestion, lastEditedAt, pullQuestion, reviewsQuestion, suitesQuestion } from "./forge.ts";
import type { KnownRepository } from "./known.ts";
import type { Looks } from "./looks.ts";

/** What the comparison of one repository works with. */
export interface Run {
  readonly tick: Fact<"TICK">;
  readonly asking: Asking;
  readonly looks: Looks;
  /** The repository, as GitHub spells it. */
  readonly at: RepositoryRef;
  readonly repository: Repository;
  readonly known: KnownRepository;
}

/** One issue or pull request that is compared, with `updated_at` of the list; null for one that is not in the list. */
interface Look<Kind extends "issue" | "pr"> {
  readonly on: RefOf<Kind>;
  readonly updatedAt: string | null;
}

/**
 * Compares one issue or pull request when it is due. One that GitHub refuses to show, or whose history cannot be read yet, does not keep the
 * others from being compared. `look` gets what notes that it was compared.
 */
function apart<Kind extends "issue" | "pr", R>(
  { looks, tick }: Run,
  { on, updatedAt }: Look<Kind>,
  look: (done: () => void) => Effect.Effect<void, HandlingError | GitHubRefused | LimitReached, R>,
): Effect.Effect<void, HandlingError | LimitReached, R> {
  const key = placeName(on);
  const { instant } = tick.data;
  if (!looks.isDue(key, updatedAt, instant)) return Effect.void;
  const done = () => looks.done(key, updatedAt, instant);
  return Effect.catch(look(done), (error) => {
    if (error._tag === "LimitReached" || (error._tag === "Retryable" && error.delayMs === undefined)) {
      return Effect.fail(error);
    }
    if (error._tag !== "Retryable") done();
    return Effect.logWarning("not compared", `${key}: ${error.message}`);
  });
}

/** Compares one issue and publishes what is missing. */
export function lookAtIssue(
  run: Run,
  look: { readonly number: number } & Pick<Look<"issue">, "updatedAt">,
  found: AnyMissing[],
) {
  const { updatedAt } = look;
  const on = issueAt({ ...run.at, number: look.number });
  return apart(run, { on, updatedAt }, (done) => compareIssue(run, { on, updatedAt }, { done, found }));
}

/** Where a comparison notes that it is done, and what it published. */
interface Notes {
  done(): void;
  readonly found: AnyMissing[];
}

const compareIssue = Effect.fn("compareIssue")(function* (
  run: Run,
  { on, updatedAt }: Look<"issue">,
  { done, found }: Notes,
) {
  const { instant } = run.tick.data;
  const { facts } = yield* load(on);
  // A label that is as new as the issue itself: nothing happened to it since.
  if (updatedAt !== null && isLabelKnown(updatedAt, facts)) return done();
  const seen = yield* readIssue(run, on.number, facts);
  if (isEditedSince(seen)) {
    yield* Effect.logWarning("label not counted", `${placeName(on)} was edited after it: set it again`);
  }
  const published = yield* publishMissing(run, on, (history) =>
    missingOnIssue(seen, history).filter((each) => isLost(each, instant)),
  );
  found.push(...published);
  if (missingOnIssue(seen, facts).every((each) => isLost(each, instant))) done();
});

/** The next tick: until then GitHub's lists and events agree again. */
const nextTickMs = 60_000;

const readIssue = Effect.fn("readIssue")(function* (
  { asking, at, repository }: Run,
  number: number,
  facts: readonly FactOf<"issue">[],
) {
  const { issue, closed } = yield* asking.ask(at, issueQuestion(number));
  const none: IssueSeen = { repository, issue, closed, label: null, editedAt: null };
  if (closed !== null) return none;
  const change = (issue.labels ?? []).some((each) => each?.name === readyLabel) ? "labeled" : "unlabeled";
  const events = yield* allPages(asking, at, (page) => issueEvents(number, page));
  const changed = events.findLast(({ event, label }) => event === change && label === readyLabel);
  if (changed === undefined && change === "labeled") {
    return yield* new Retryable({ what: "GitHub does not say yet who set the label", delayMs: nextTickMs });
  }
  if (changed === undefined) return none;
  const label = { change, sender: changed.actor, at: changed.at } as const;
  if (change === "unlabeled" || isLabelKnown(label.at, facts)) return { ...none, label };
  const renamedAt = events.findLast(({ event }) => event === "renamed")?.at ?? "";
  // Only GraphQL says when the text was edited. It need not be asked when nothing happened to the issue since the label.
  const isUntouched = Date.parse(issue.updated_at ?? "") <= Date.parse(label.at);
  const editedAt = isUntouched ? null : yield* readEditedAt({ asking, at }, number);
  return { ...none, label, editedAt: [renamedAt, editedAt ?? ""].toSorted().at(-1) || null };
});

const readEditedAt = Effect.fn("readEditedAt")(function* ({ asking, at }: Pick<Run, "asking" | "at">, number: number) {
  const github = yield* GitHub;
  asking.count();
  return yield* github.call(`read when #${number} was edited`, at, (octokit, repository) =>
    lastEditedAt(octokit, repository, number),
  );
});

/** An open pull request; reviews and checks matter only while its issue is worked on. */
interface OpenPull {
  readonly pull: PullRequest;
  readonly isWorkedOn: boolean;
}

/** Compares one open pull request and publishes what is missing. */
export function lookAtChange(run: Run, open: OpenPull, found: AnyMissing[]) {
  const on = changeAt({ ...run.at, number: open.pull.number });
  const look = { on, updatedAt: open.pull.updated_at ?? null };
  return apart(run, look, (done) => compareChange(run, on, open, { done, found }));
}

const compareChange = Effect.fn("compareChange")(function* (
  run: Run,
  on: RefOf<"pr">,
  { pull, isWorkedOn }: OpenPull,
  { done, found }: Notes,
) {
  const { asking, at, repository } = run;
  const { facts } = yield* load(on);
  const seen: ChangeSeen = {
    ...{ repository, pull, open: true, closedBy: "" },
    reviews: isWorkedOn ? yield* allPages(asking, at, (page) => reviewsQuestion(pull.number, page)) : [],
    suites: isWorkedOn ? yield* asking.ask(at, suitesQuestion(pull.head.sha)) : [],
    threads: isWorkedOn && awaitsThreads(facts) ? yield* readThreads(run, pull.number) : [],
  };
  yield* publishChange(run, on, seen, found);
  const { facts: after } = yield* load(on);
  const isWhole = missingOnChange(seen, after, farFuture).length === 0;
  if (isWhole && !(isWorkedOn && (awaitsChecks(seen, after) || awaitsThreads(after)))) done();
});

/** An instant by which everything that is missing counts as lost. */
const farFuture = "9999-01-01T00:00:00.000Z";

/** Compares one pull request that the rig knows as open, or as an issue's, and that is not in GitHub's list of open ones. */
export function lookAtUnlistedChange(run: Run, number: number, found: AnyMissing[]) {
  const on = changeAt({ ...run.at, number });
  return apart(run, { on, updatedAt: null }, (done) => compareUnlistedChange(run, on, { done, found }));
}

const compareUnlistedChange = Effect.fn("compareUnlistedChange")(function* (
  run: Run,
  on: RefOf<"pr">,
  { done, found }: Notes,
) {
  const { asking, at, repository } = run;
  const { known, open: isOpenHere } = foldChange((yield* load(on)).facts);
  if (known && !isOpenHere) return done();
  const { pull, open } = yield* asking.ask(at, pullQuestion(on.number));
  // It was opened, or opened again, since the list was read: the next list has it.
  if (open) return;
  const { closed } = yield* asking.ask(at, issueQuestion(on.number));
  const closedBy = closed?.by ?? "";
  yield* publishChange(run, on, { repository, pull, open, closedBy, reviews: [], suites: [], threads: [] }, found);
});

const publishChange = Effect.fn("publishChange")(function* (
  run: Run,
  on: RefOf<"pr">,
  seen: ChangeSeen,
  found: AnyMissing[],
) {
  const { instant } = run.tick.data;
  found.push(...(yield* publishMissing(run, on, (history) => missingOnChange(seen, history, instant))));
});

/** The threads of a pull request. Only GraphQL has them: while its limit is used up, the rest of the comparison goes on. */
const readThreads = Effect.fn("readThreads")(function* ({ asking, at }: Run, number: number) {
  const github = yield* GitHub;
  asking.count();
  const threads = github.call("read the threads", at, (octokit, repository) =>
    reviewThreads(octokit, repository, number),
  );
  return yield* Effect.catchTag(threads, "Retryable", (error) =>
    Effect.as(Effect.logWarning("threads not compared", `#${number}: ${error.message}`), []),
  );
});

/**
 * Publishes what is missing, decided on the history as it is by now: a delivery that came since the history was read leaves nothing to
 * publish. The tick is the cause, so a tick that is redelivered publishes nothing twice.
 */
const publishMissing = Effect.fn("publishMissing")(function* <Kind extends "issue" | "pr">(
  { tick }: Run,
  on: RefOf<Kind>,
  missingIn: (history: readonly FactOf<Kind>[]) => readonly Missing<Kind>[],
) {
  const key = { service: "reconciler", cause: tick, step: aggregateFilter(on) } as const;
  const { facts, decision } = yield* append(key, on, (history) => {
    const missing = missingIn(history);
    return { missing, facts: missing.map(({ draft }) => draft) };
  });
  return facts.length === 0 ? [] : decision.missing;
});
