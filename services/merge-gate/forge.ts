import { Effect } from "effect";
import type { IssueRef, Place, RepositoryRef } from "#contracts/aggregates.ts";
import { mergeMessage, mergeMethod } from "#contracts/gate/closes.ts";
import { type QueueEvent, queueEventsIn } from "#contracts/gate/queue.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { sentenceOf } from "#contracts/gate/undone.ts";
import { isReadyLabel } from "#contracts/labels.ts";
import { epochIn } from "#contracts/pull-request-body.ts";
import type { HeadChecks } from "#contracts/required-checks.ts";
import { approvedTextHash, textHash } from "#kit/facts/text.ts";
import { closedByBody } from "#kit/github/closing.ts";
import { compare } from "#kit/github/fork.ts";
import { GitHub, type Octokit } from "#kit/github/github.ts";
import { type LabelledIssue, readIssue } from "#kit/github/issue-standing.ts";
import type { Trust } from "#kit/github/trust.ts";
import { readApprovals, wantsApprovals } from "./approvals.ts";
import { readByRest } from "./change-by-rest.ts";
import { type IssueTold, type PullShown, readByGraphQl } from "./change-shown.ts";
import { readDemanded } from "./demanded.ts";
import { labelsOfPeople, labelsTakenOff } from "./labels-of-people.ts";
import { type Lacking, lackingIn, whatGraphQlTells } from "./lists.ts";
import { readOthers } from "./others.ts";
import { readOwners } from "./read-owners.ts";
import { readForPeople, tiersFor } from "./read-person.ts";
import { type ShownVerdict, verdictIn } from "./shown-verdict.ts";
import type { ShownChange } from "./told.ts";
import { isBaseChanged, undoneIn } from "./undone.ts";
import { type Weighed, weighThreads } from "./weigh.ts";
import { writersIn } from "./writers.ts";

/** A pull request as GitHub has it now, with what says who merged it. */
export interface Fresh extends ForgeState {
  /** The id that GraphQL has for it. */
  readonly nodeId: string;
  /** What GitHub lists of it and merge queues, oldest first. */
  readonly queueEvents: readonly QueueEvent[];
  readonly merged: boolean;
  /** When it was merged: ISO 8601; null while it is not. */
  readonly mergedAt: string | null;
  readonly mergeSha: string | null;
  readonly mergedBy: string;
  /** Whether its base is the default branch by now, which may have another name than when the issue was approved. */
  readonly intoDefault: boolean;
  /** GitHub's word on all that reported on the newest commit of the base; empty where nothing did; null where it did not tell. */
  readonly baseRollup: string | null;
  /** How long it takes until GraphQL can be asked for what it did not tell; 0 when it told all, or when nobody knows. */
  readonly graphQlAfterMs: number;
  /** What GitHub does not tell this gate, or not yet, one sentence each with what to repair. It holds, and it is asked again. */
  readonly untold: readonly string[];
  /** What GitHub shows of the gate's verdict on the head; undefined where it did not tell. */
  readonly verdict: ShownVerdict | null | undefined;
  /** What its lists show of this pull request and of the issue's others, each by its number: it may be older than what deliveries told. */
  readonly shown: ReadonlyMap<number, ShownChange>;
}

/** The issue, whom the gate trusts, and the branches on which the issue's history has pull requests. */
export interface Asking {
  readonly on: IssueRef;
  readonly trust: Trust;
  readonly branches: readonly string[];
}

/** Asks GitHub everything that the gate depends on, also whose reviews and threads count. Nothing is taken from a webhook or an agent. */
export const readFresh = Effect.fn("readFresh")(function* (change: Place, { on, trust, branches }: Asking) {
  const { asked, ...lacking } = yield* whatGraphQlTells(
    readByGraphQl(change, { issue: on.number, branch: branches.at(-1) ?? "" }),
  );
  const told = asked ?? (yield* readByRest(change));
  const { pull, reviews: listed, commits, events, eventsCut } = told;
  const { login } = yield* GitHub;
  const said = shaped(pull, { change, trust, login: yield* login });
  const { head = null, rules = null, ofBranch = null } = asked ?? {};
  const comparing = yield* Effect.cached(compare(change, { from: pull.base, to: pull.headSha }));
  const [{ demanded, ...of }, forPeople, issue] = yield* Effect.all(
    [
      readDemanded(change, pull, { head, comparing }),
      readForPeople(change, pull, { rules, comparing }),
      readIssueShown(on, asked?.issue ?? null),
    ],
    { concurrency: "unbounded" },
  );
  const tiers = yield* tiersFor(forPeople.repositoryRules);
  const labelsOfTiers = [...tiers.medium.labels, ...tiers.high.labels];
  const writers = yield* writersIn(trust, change, { events, labels: labelsOfTiers });
  const countsApprovals = wantsApprovals(demanded.required, tiers);
  const approvals = yield* readApprovals(change, { trust, judged: writers.judged, said, told, countsApprovals });
  const threads =
    asked === null || asked.threads === null ? unasked : yield* weighThreads(trust, change, asked.threads);
  const elsewhere = yield* readOthers(change, { said, trust, branches, owner: pull.owner, ofBranch });
  const undone = undoneIn(writers.judged, said, events);
  const owners = yield* readOwners(change, { said, trust, ...demanded, ...forPeople, reviews: listed });
  const untold = [of, forPeople, owners, approvals, threads, writers, elsewhere, headListed(commits, said)].flatMap(
    (each) => each.untold,
  );
  const { checks, suites } = headIn(demanded.required);
  const { updatedAt } = pull;
  const own: ShownChange = { ...said, updatedAt, reviews: listed, events, threads: threads.value, checks, suites };
  return {
    ...said,
    issue,
    ...{ commits, eventsCut, ...demanded, ...elsewhere, ...forPeople, owners: owners.value, undone },
    ...approvals.value,
    peopleLabels: labelsOfPeople(writers.judged, said.labels, events),
    sameHead: [...new Set([...elsewhere.sameHead, ...(asked?.twins ?? [])])],
    labelsTakenOff: labelsTakenOff(writers.judged, labelsOfTiers, { labels: said.labels, events }),
    linked: asked?.linked ?? null,
    reviewDecision: asked?.reviewDecision ?? null,
    baseChanged: isBaseChanged(events),
    queueEvents: queueEventsIn(events),
    threads: threads.value,
    ...lackingIn([lacking, of, elsewhere, asked?.threads === null ? notCounted : noLack]),
    untold: [...untold, ...undone.filter(({ login }) => login === null).map(sentenceOf)],
    verdict: head === null ? of.verdict : verdictIn(head, yield* (yield* GitHub).login),
    shown: new Map([[change.number, own], ...elsewhere.shown]),
  } satisfies Fresh;
});

/** What reported on the head; nothing while GitHub does not tell it. */
function headIn(required: ForgeState["required"]): Pick<HeadChecks, "checks" | "suites"> {
  return required === null || "untold" in required ? { checks: [], suites: [] } : required.head;
}

const unasked: Weighed<null> = { value: null, untold: [] };
const noLack: Lacking = { graphQlAfterMs: 0 };
const notCounted: Lacking = { ...noLack, graphQlFault: "GitHub's GraphQL API counts more threads than it shows" };

/** The issue itself, whatever deliveries said of it; asked of REST where GraphQL did not tell it. */
const readIssueShown = Effect.fn("readIssueShown")(function* (on: IssueRef, told: IssueTold | null) {
  const standing = told === null ? yield* readIssue(on, {}, "read the issue") : standingBy(on, told);
  if (standing === null) return null;
  const { open, labelled, labels: all, title, bodySha256: sha256 } = standing;
  // The label of the rig is on every issue.
  const labels = all.filter((label) => !isReadyLabel(label));
  return { open, labelled, labels, textSha256: approvedTextHash({ title, body: { sha256 } }) };
});

/** null where it is in another repository by now, or its repository has another name. */
function standingBy(
  { owner, repo }: IssueRef,
  { state, title, body, labels, repository }: IssueTold,
): LabelledIssue | null {
  if (repository.nameWithOwner.toLowerCase() !== `${owner}/${repo}`.toLowerCase()) return null;
  return { open: state === "OPEN", labelled: labels.some(isReadyLabel), labels, title, bodySha256: textHash(body) };
}

/** What the pull request itself says. */
function shaped(
  pull: PullShown,
  { change, trust, login }: { readonly change: Place; readonly trust: Trust; readonly login: string },
) {
  const { body, entry, owner: _owner, base: _base, filesCount: _files, updatedAt: _at, asked: _asked, ...said } = pull;
  return {
    ...said,
    queued: entry === null ? null : { ...entry, isOwn: entry.by === login },
    epoch: epochIn(body),
    closedByBody: closedByBody(body, change),
    byAgent: trust.agents.has(pull.author),
  };
}

/** The list of commits may be from before the head. One that is cut shows the oldest ones, and no later list has more. */
function headListed(
  commits: ForgeState["commits"],
  { commitsCount, headSha }: Pick<ForgeState, "commitsCount" | "headSha">,
) {
  const isWhole = commits.length > 0 && commits.length >= commitsCount;
  const isOld = isWhole && !commits.some(({ sha }) => sha === headSha);
  return { untold: isOld ? [`GitHub does not list the commit ${headSha} yet`] : [] };
}

/**
 * Asks once for the merge of exactly this head, in a way that GitHub allows; it answers 409 when the head is another one by now. After a fault
 * the message is delivered again, so that the gate looks whether it is merged, and whether it still may be. The message of the merge is the
 * gate's own, because a repository may be set to write the body of the pull request into it.
 */
export const merge = Effect.fn("merge")(function* (pr: Place, forge: ForgeState) {
  const github = yield* GitHub;
  const { title: commit_title, message: commit_message } = mergeMessage(pr, forge);
  const merge_method = mergeMethod(forge);
  const message = merge_method === "rebase" ? {} : { commit_title, commit_message };
  const ask = async (octokit: Octokit, at: RepositoryRef) => {
    const wanted = { ...at, pull_number: pr.number, sha: forge.headSha, merge_method, ...message };
    const { sha } = (await octokit.rest.pulls.merge(wanted)).data;
    if (typeof sha !== "string") throw new Error("the answer does not name the commit");
    return sha;
  };
  return yield* github.call("merge", pr, ask, { attemptsMax: 1 });
});
