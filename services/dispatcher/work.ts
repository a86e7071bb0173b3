import { Cache, Clock, Effect } from "effect";
import { type ChangeRef, changeAt, type IssueRef, issueAt } from "#contracts/aggregates.ts";
import { unknownChange } from "#contracts/change-life.ts";
import type { Consumes } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import { isLateClosing } from "#contracts/issue-label.ts";
import { foldIssue, isRedStatus } from "#contracts/issue-life.ts";
import { endedRun } from "#contracts/issue-run.ts";
import { readyLabel } from "#contracts/labels.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { Answer } from "#kit/consume/consume.ts";
import { Poison, Retryable } from "#kit/errors.ts";
import { loadChange, loadIssue } from "#kit/facts/aggregate.ts";
import { readFailedChecks } from "#kit/github/failed-checks.ts";
import type { GitHub } from "#kit/github/github.ts";
import { readIssue } from "#kit/github/issue-standing.ts";
import { ageMsOf, askAgainMs, waitForGitHub } from "#kit/github/lag.ts";
import { unknownAccount } from "#kit/github/permission.ts";
import { makeTrust, type Trust } from "#kit/github/trust.ts";
import { OperatorPolicy } from "#kit/policy/policy.ts";
import { endedHeadIn, type HeadType, redHeadIn, type Standing, shown, standingOf } from "./asked.ts";
import { readCarried } from "./carried.ts";
import { type Consumed, decide, type Seen } from "./decide.ts";
import { endsByClosing, type RepositoryConfig } from "./decide-label.ts";
import { resume } from "./decide-queue.ts";
import { readForeign } from "./foreign.ts";
import { readDefaultBranch, readHead } from "./forge.ts";
import { askForObjection } from "./objections.ts";
import { readRepositoryConfig } from "./repository-config.ts";

/** 1 s: labels that are set together share one reading of their repository's file, and a corrected file counts a second later. */
const configAge = "1 second";

/** The dispatcher's handler: looks up what the decision on a fact needs, and answers with the decision on the issue that it concerns. */
export const makeHandle = Effect.gen(function* () {
  const configs = yield* Cache.make({ capacity: 256, timeToLive: configAge, lookup: readConfig });
  const trust = yield* makeTrust;
  return (
    fact: Consumes<"dispatcher">,
  ): Effect.Effect<readonly Answer<"dispatcher", "issue">[], HandlingError, Reads> =>
    lookUp(fact, { configs, trust }).pipe(
      Effect.flatMap((found) => (found === null ? Effect.succeed(null) : withCarried(found))),
      Effect.map((found) => (found === null ? [] : [answerWith(found, trust)])),
      // Without GitHub's answer nothing is decided. The dead letter says what the operator has to allow.
      Effect.catchTag(["GitHubRefused", "NotTold"], ({ message }) => Effect.fail(new Poison({ what: message }))),
    );
});

/** What a review may follow from. After everything else nothing depends on what GitHub tells of reviews. */
const mayLeadToReview: readonly Consumed["type"][] = [
  ...(["ISSUE_LABELED", "RUN_SUCCEEDED", "PR_CREATED"] as const),
  ...(["PR_OPENED", "PR_SYNCHRONIZED", "PR_REOPENED", "REVIEW_SUBMITTED"] as const),
];

/** With whether the head needs a review. */
const withCarried = Effect.fnUntraced(function* (found: Found) {
  return { ...found, isCarried: mayLeadToReview.includes(found.fact.type) && (yield* readCarried(found)) };
});

/** The decision on the issue that the fact concerns, with what was looked up for it. */
function answerWith(found: Found, { agents }: Trust): Answer<"dispatcher", "issue"> {
  const byAgent = agents.has(found.change.author);
  return {
    on: found.on,
    decide: (history, own) =>
      own.length > 0
        ? resume(own, { ...found, byAgent, issue: foldIssue([...history, ...own]) })
        : decide(found.fact, { ...found, byAgent, issue: foldIssue(history) }),
  };
}

type Reads = Bus | GitHub | OperatorPolicy;
type Configs = Cache.Cache<string, RepositoryConfig, Retryable, GitHub | OperatorPolicy>;

/** The key of a cache entry has to be a plain value; an owner has no slash in it. */
function readConfig(repository: string) {
  const slash = repository.indexOf("/");
  return readRepositoryConfig({ owner: repository.slice(0, slash), repo: repository.slice(slash + 1) });
}

/**
 * Which issue the fact concerns, with the change; for the label what GitHub, the policy and the repository's file say, for a closing that
 * was delivered late whether the issue is closed, after what a person did whether GitHub confirms an objection, and for a red head which
 * required checks failed. null for a change that belongs to no issue, for a comment or a commit status on an issue without a change, and for
 * a status that is green.
 */
const lookUp = Effect.fn("lookUp")(function* (
  fact: Consumes<"dispatcher">,
  { configs, trust }: { readonly configs: Configs; readonly trust: Trust },
) {
  switch (fact.type) {
    case "ISSUE_LABELED":
      return yield* aboutLabel(fact, { configs, trust });
    case "ISSUE_UNLABELED":
      return about({
        ...fact,
        standing: yield* readIssue(fact.on, fact.data, whether(`${readyLabel} is off`, fact.on)),
      });
    case "ISSUE_CLOSED":
      return about({ ...fact, isClosedNow: yield* isClosedNow(fact) });
    case "MERGE_CONFLICT":
    case "MERGE_FAILED":
    case "GATE_OVERDUE":
    case "PR_CREATED":
      return about(fact, yield* named(fact.on, fact.data.prNumber));
    case "RUN_SUCCEEDED":
      return yield* aboutRun(fact, trust);
    case "ISSUE_COMMENTED":
      return yield* aboutComment(fact, trust);
    case "STATUS_REPORTED":
      return yield* aboutStatus(fact);
    case "REVIEW_SUBMITTED":
    case "PR_COMMENTED": {
      const found = yield* aboutChange(fact);
      if (found === null) return null;
      const concerned = { ...found, prNumber: fact.on.number };
      return { ...found, objection: yield* askForObjection(trust, fact, concerned) };
    }
    case "RUN_FAILED":
    case "MERGED":
      return about(fact);
    case "PR_OPENED":
    case "PR_SYNCHRONIZED":
    case "PR_REOPENED":
      return yield* aboutHead(fact, trust);
    case "CI_FAILED": {
      const found = yield* aboutChange(fact);
      if (found === null) return null;
      return { ...found, redChecks: yield* readRedChecks(fact, found) };
    }
    case "PR_CLOSED": {
      const found = yield* aboutChange(fact);
      return found === null ? null : { ...found, isMergedElsewhere: yield* isMergedElsewhere(found) };
    }
    case "REVIEW_CHANGES_REQUESTED":
    case "REVIEW_FAILED":
      return yield* aboutChange(fact);
  }
});

/** A label that was set, with what is asked before it approves the issue, and the change that the issue has already. */
const aboutLabel = Effect.fn("aboutLabel")(function* (
  fact: Fact<"ISSUE_LABELED">,
  { configs, trust }: { readonly configs: Configs; readonly trust: Trust },
) {
  const { on, data } = fact;
  const { labels } = yield* OperatorPolicy;
  const asked = {
    standing: readIssue(on, data, "read the issue"),
    // Of a bot nothing is asked: the operator names it, or it may not.
    account: data.senderType === "User" ? trust.readAccount(on, data.sender) : Effect.succeed(unknownAccount),
    config: Cache.get(configs, `${on.owner}/${on.repo}`),
  };
  const answers = yield* Effect.all(asked, { concurrency: "unbounded" });
  const byRig = data.senderType === "User" && !trust.isPerson({ login: data.sender, type: data.senderType });
  const label = { ...fact, ...answers, byRig, bots: labels?.bots ?? [] };
  const { pr } = yield* loadIssue(on);
  return about(label, pr === null ? {} : yield* named(on, pr.number));
});

/**
 * Another head of a change. Who objects is asked of each that is the current one: what was told before the first delivery of the pull request
 * belonged to no issue yet, and a push may bring a head back that somebody objects to.
 */
const aboutHead = Effect.fn("aboutHead")(function* (fact: Fact<HeadType>, trust: Trust) {
  const found = yield* aboutChange(fact);
  if (found === null) return null;
  const concerned = { ...found, prNumber: fact.on.number };
  const objection = yield* askForObjection(trust, fact, concerned);
  const standing = yield* headStanding(fact, concerned);
  return { ...found, ...standing, objection, redChecks: yield* readRedChecks(fact, { ...concerned, ...standing }) };
});

/** The end of a run, with the change that it delivered. Of one that no holder published nothing is asked. */
const aboutRun = Effect.fn("aboutRun")(function* (fact: Fact<"RUN_SUCCEEDED">, trust: Trust) {
  const on = issueAt(fact.on);
  const concerned = { on, ...(yield* named(on, fact.data.prNumber)) };
  if (!endedRun(yield* loadIssue(on), fact)) return about(fact, concerned);
  const foreign = yield* readForeign(fact, concerned, trust);
  if (foreign !== null) return about(fact, { ...concerned, foreign });
  const standing = yield* headStanding(fact, concerned);
  const objection = yield* askForObjection(trust, fact, concerned);
  const redChecks = yield* readRedChecks(fact, { ...concerned, ...standing });
  const elsewhere = yield* isMergedElsewhere(concerned);
  return about(fact, { ...concerned, objection, redChecks, ...standing, isMergedElsewhere: elsewhere });
});

/** 30 s: a push that is not told of within a minute is waited for up to ten. */
const lateHeadAgainMs = 30_000;

/** How the head with which a run ended stands on GitHub, asked only while no delivery told of it. */
const headStanding = Effect.fn("headStanding")(function* (
  fact: Fact<"RUN_SUCCEEDED" | HeadType>,
  { on, change, prNumber }: Concerned & { readonly prNumber: number },
) {
  const issue = yield* loadIssue(on);
  const ended = endedHeadIn(fact, { issue, change });
  if (ended === null) return shown;
  const headSha = yield* readHead(on, prNumber);
  const ageMs = ageMsOf(fact, yield* Clock.currentTimeMillis);
  const standing = standingOf({ issue, change, prNumber }, { headSha, ageMs });
  if (typeof standing !== "string") return standing;
  const what = `GitHub does not show the head ${ended} of #${prNumber} yet`;
  return yield* new Retryable({ what, delayMs: standing === "soon" ? askAgainMs : lateHeadAgainMs });
});

/** GitHub is asked for the default branch only where the change is merged into a branch that did not have this name at the approval. */
const isMergedElsewhere = Effect.fn("isMergedElsewhere")(function* ({ on, change }: Concerned) {
  if (!change.merged || change.baseBranch === (yield* loadIssue(on)).defaultBranch) return false;
  return change.baseBranch !== (yield* readDefaultBranch(on));
});

/** A comment on an issue that has a change. */
const aboutComment = Effect.fn("aboutComment")(function* (fact: Fact<"ISSUE_COMMENTED">, trust: Trust) {
  const { on } = fact;
  const prNumber = (yield* loadIssue(on)).pr?.number;
  if (prNumber === undefined) return null;
  const concerned = { on, ...(yield* named(on, prNumber)) };
  return about(fact, { ...concerned, objection: yield* askForObjection(trust, fact, concerned) });
});

/** A commit status that is red, on the branch of an issue that has a change. */
const aboutStatus = Effect.fn("aboutStatus")(function* (fact: Fact<"STATUS_REPORTED">) {
  const { on } = fact;
  const prNumber = isRedStatus(fact) ? (yield* loadIssue(on)).pr?.number : undefined;
  if (prNumber === undefined) return null;
  const { change } = yield* named(on, prNumber);
  return about(fact, { change, prNumber, redChecks: yield* readRedChecks(fact, { on, change }) });
});

/** Whether GitHub has the issue closed, asked only where it would stay open otherwise: its label was changed after this closing. */
const isClosedNow = Effect.fn("isClosedNow")(function* ({ on, data }: Fact<"ISSUE_CLOSED">) {
  const issue = yield* loadIssue(on);
  if (!endsByClosing(issue) || !isLateClosing(issue, data)) return false;
  return (yield* readIssue(on, data, whether("somebody closed", on)))?.open !== true;
});

/** The name of a question that may end the work. A dead letter of a refused one says with it that the work was not ended. */
function whether(what: string, { number }: IssueRef): string {
  return `read whether ${what} #${number}, on which the work goes on meanwhile`;
}

/** The change that a fact about an issue names. */
const named = Effect.fn("named")(function* (on: IssueRef, prNumber: number) {
  return { prNumber, change: yield* loadChange(changeAt({ ...on, number: prNumber })) };
});

/** The change that the fact is about, and the issue that it belongs to; null for a change that closes no issue. */
const aboutChange = Effect.fn("aboutChange")(function* (fact: Extract<Consumed, { readonly on: ChangeRef }>) {
  const change = yield* loadChange(fact.on);
  const number = issueOfChange(change);
  const prNumber = fact.on.number;
  return number === undefined ? null : about(fact, { on: issueAt({ ...fact.on, number }), change, prNumber });
});

/**
 * The names of the required checks that failed on the head that the fact asks about. GitHub is asked only where it said that a check or commit
 * status of the head is red, and where that can still matter: it is the head of an open change.
 */
const readRedChecks = Effect.fn("readRedChecks")(function* (fact: Consumed, of: Concerned & Partial<Standing>) {
  const { on, change } = of;
  const headSha = redHeadIn(fact, { ...shown, ...of, issue: yield* loadIssue(on) });
  if (headSha === null) return [];
  const { failed, isWhole } = yield* readFailedChecks(on, { headSha, baseBranch: change.baseBranch });
  // The one that failed may be shown as running for a moment. A fact of another type waits for none: its own comes for that.
  const isTold = fact.type === "CI_FAILED" || fact.type === "STATUS_REPORTED";
  if (isTold && failed.length === 0 && !isWhole)
    yield* waitForGitHub(fact, `GitHub shows no failed check of ${headSha} yet`);
  return failed.map(({ name }) => name);
});

type Concerned = Pick<LookedUp, "on" | "change">;

type LookedUp = Omit<Seen, "issue" | "byAgent">;
type Found = LookedUp & { readonly fact: Consumed };

/** A fact with what was looked up for it. By default it is about the issue in whose history it stands, and names no change. */
function about(fact: Consumed, found: Partial<LookedUp> = {}): Found {
  const asked = { objection: null, foreign: null, redChecks: [], ...shown, isMergedElsewhere: false };
  return { fact, on: issueAt(fact.on), change: unknownChange, prNumber: null, ...asked, ...found };
}
