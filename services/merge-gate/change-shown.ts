import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { eventsMax } from "#contracts/gate/undone.ts";
import { accountOf } from "#kit/github/actors.ts";
import { GitHub, type Octokit } from "#kit/github/github.ts";
import { type HeadTold, headOnPage } from "#kit/github/head-checks.ts";
import { type ReviewThread, threadOf } from "#kit/github/review-threads.ts";
import { pullRequestReviews } from "#kit/github/reviews.ts";
import type { Account } from "#kit/github/trust.ts";
import type { ListedCommit } from "#kit/github/updates.ts";
import { commitOf, eventOf, parentsOf, reviewerOf, reviewOf } from "./change-nodes.ts";
import {
  askChange,
  type Cursors,
  type IssueNode,
  type ListName,
  type Lists,
  listNames,
  type Pages,
  type RepositoryNode,
  type Separate,
  type Wanted,
} from "./change-query.ts";
import { changeEvents } from "./lists.ts";
import type { ListedPull } from "./others.ts";
import type { ChangeEvent } from "./undone.ts";
import type { ReviewShown } from "./weigh.ts";

// The pull request and its lists as GitHub shows them: in one request to GraphQL, or over REST while the limit of GraphQL is used up. Both
// ways name accounts, states and ids as REST does.

/** A pull request itself. */
export interface PullShown {
  /** The id that GraphQL has for it. */
  readonly nodeId: string;
  readonly number: number;
  /** The owner of its base by now, after a change of its name. */
  readonly owner: string;
  readonly open: boolean;
  readonly draft: boolean;
  readonly title: string;
  readonly body: string;
  readonly branch: string;
  readonly baseBranch: string;
  /** The newest commit of its base; the name of the base where GitHub did not tell it. */
  readonly base: string;
  /** GitHub's word on all that reported on that commit, such as `success`; empty where nothing did; null where GitHub did not tell. */
  readonly baseRollup: string | null;
  /** The open pull request whose branch is its base; null for none. */
  readonly below: number | null;
  /** The open pull requests whose base its branch is. */
  readonly above: readonly number[];
  /** Whether its base is the default branch. */
  readonly intoDefault: boolean;
  readonly author: string;
  /** Whether its head is in the repository itself. A fork that was deleted has no repository any more. */
  readonly ownRepository: boolean;
  readonly headSha: string;
  readonly labels: readonly string[];
  readonly commitsCount: number;
  readonly filesCount: number;
  readonly mergeable: boolean | null;
  /** GitHub's `mergeable_state`: `clean`, `blocked`, `behind` … */
  readonly standing: string;
  readonly merged: boolean;
  readonly mergedAt: string | null;
  readonly mergeSha: string | null;
  readonly mergedBy: string;
  /** When it changed last: ISO 8601. */
  readonly updatedAt: string;
  /** Whose review GitHub waits for. */
  readonly asked: readonly Account[];
  /** Its entry in the merge queue of its base; null where it is in none, or where nobody tells it. */
  readonly entry: { readonly by: string; readonly state: string; readonly position: number } | null;
}

/** A pull request with what the gate reads of it in any case. */
export interface ChangeShown {
  readonly pull: PullShown;
  readonly reviews: readonly ReviewShown[];
  /** Of the commits GitHub lists at most 250 (https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request). */
  readonly commits: ForgeState["commits"];
  readonly parents: readonly ListedCommit[];
  readonly events: readonly ChangeEvent[];
  readonly eventsCut: boolean;
}

/** An issue with the names of its labels. */
export interface IssueTold extends Omit<IssueNode, "labels"> {
  readonly labels: readonly string[];
}

/** What only GraphQL knows, and what REST takes a request each for. null where the answer does not tell it, and REST has to be asked. */
export interface OnlyByGraphQl {
  /** null where GitHub counts more than it shows. */
  readonly threads: readonly ReviewThread[] | null;
  readonly linked: NonNullable<ForgeState["linked"]>;
  readonly reviewDecision: string | null;
  readonly head: HeadTold | null;
  readonly issue: IssueTold | null;
  /** The other open pull requests of the repository's own branches that have this very head. */
  readonly twins: readonly number[];
  /** The pull requests from this branch. */
  readonly ofBranch: { readonly branch: string; readonly pulls: readonly ListedPull[] } | null;
  /** The text of the file with the rules of the repository, on the base. */
  readonly rules: string | null;
}

/** Reads it over GraphQL, with its issue and the pull requests of a branch: one request, and one for each further hundred of the longest list. */
export const readByGraphQl = Effect.fn("readByGraphQl")(function* (
  change: Place,
  also: { readonly issue: number; readonly branch: string },
) {
  const github = yield* GitHub;
  return yield* github.call("read the pull request", change, async (octokit, at) => {
    const { repository, refused, found } = await allPages(octokit, { ...at, ...also, number: change.number });
    const { pullRequest: pull, issue, pullRequests } = repository;
    const events = wholeList(found.timelineItems, pull.timelineItems, { max: eventsMax });
    const reviews = wholeList(found.reviews, pull.reviews)?.map(reviewOf);
    const eventsByRest = events === null ? await changeEvents(octokit, at, change.number) : null;
    const isShort = reviews === undefined || reviews.some(({ id }) => id === 0);
    const shown: ChangeShown & OnlyByGraphQl = {
      pull: { ...pullOf(repository), baseRollup: rollupIn(repository, refused) },
      reviews: isShort ? await pullRequestReviews(octokit, at, change.number) : reviews,
      commits: found.commits.flatMap((node) => (node === null ? [] : [commitOf(node, change)])),
      parents: found.commits.flatMap((node) => (node === null ? [] : [parentsOf(node)])),
      events: eventsByRest?.events ?? events?.map(eventOf) ?? [],
      eventsCut: eventsByRest?.isCut ?? pull.timelineItems.totalCount > eventsMax,
      threads: wholeList(found.reviewThreads, pull.reviewThreads)?.map(threadOf) ?? null,
      linked: linkedBy(pull.closingIssuesReferences),
      reviewDecision: pull.reviewDecision,
      head: headIn(repository, { refused, own: `${at.owner}/${at.repo}` }),
      issue: issueOf(issue),
      twins: twinsIn(pull),
      ofBranch: pullRequests === null || refused.includes("pullRequests") ? null : listedOf(pullRequests, also.branch),
      rules: rulesIn(pull.baseRef),
    };
    return shown;
  });
});

/** What reported on the head, where the newest commit in the list is the head and everything is on the page. */
function headIn(
  { pullRequest: pull, ...settings }: RepositoryNode,
  { refused, own }: { readonly refused: readonly Separate[]; readonly own: string },
): HeadTold | null {
  const commit = pull.lastCommit?.nodes.at(-1)?.commit;
  if (commit === undefined || commit.oid !== pull.headRefOid || refused.includes("lastCommit")) return null;
  const lacking = (["mergeQueue", "refUpdateRule", "workflowRun"] as const).filter((part) => refused.includes(part));
  return headOnPage({ ...settings, mergeQueue: pull.mergeQueue, ref: pull.baseRef, object: commit }, { own, lacking });
}

/** A fork may have the same commit: its pull request holds nothing, because everybody may open one. */
function twinsIn({ number, headRefOid, lastCommit }: RepositoryNode["pullRequest"]): readonly number[] {
  const nodes = lastCommit?.nodes.at(-1)?.commit.twins?.nodes ?? [];
  return nodes.flatMap((each) => {
    const isTwin = each?.state === "OPEN" && each.headRefOid === headRefOid && !each.isCrossRepository;
    return isTwin && each.number !== number ? [each.number] : [];
  });
}

/** null where GitHub does not tell all of its labels. */
function issueOf(issue: IssueNode | null): IssueTold | null {
  const nodes = issue?.labels?.nodes ?? null;
  if (issue === null || nodes?.every((node) => node !== null) !== true) return null;
  return { ...issue, labels: nodes.map(({ name }) => name) };
}

/** null where there are more than are on the page: anybody may open pull requests from branches of this name in forks. */
function listedOf(
  { nodes, pageInfo }: NonNullable<RepositoryNode["pullRequests"]>,
  branch: string,
): OnlyByGraphQl["ofBranch"] {
  const found = nodes.flatMap((node) => node ?? []);
  if (pageInfo.hasNextPage || found.length < nodes.length) return null;
  const pulls = found.map((node) => ({
    number: node.number,
    title: node.title,
    open: node.state === "OPEN",
    draft: node.isDraft,
    merged: node.mergedAt !== null,
    baseBranch: node.baseRefName,
    ownRepository: !node.isCrossRepository,
    headSha: node.headRefOid,
    labels: node.labels.nodes.map(({ name }) => name),
    author: accountOf(node.author).login,
    updatedAt: node.updatedAt,
  }));
  return { branch, pulls };
}

/** Git's modes of a plain file. A link would show where it leads, and not what is there. */
const plainModes = [0o100644, 0o100755];

function rulesIn(base: RepositoryNode["pullRequest"]["baseRef"]): string | null {
  const file = base?.target?.rules;
  if (file == null || !plainModes.includes(file.mode) || file.object?.isTruncated !== false) return null;
  return file.object.text ?? null;
}

type Found = { readonly [Name in ListName]: (Lists[Name] | null)[] };

/** 100 pages of 100, more threads or reviews than any pull request has. */
const pagesMax = 100;

/** Reads page after page until no list has more. Of the events no more than `eventsMax` are read, so that nobody makes it long. */
async function allPages(octokit: Octokit, wanted: Wanted) {
  const found: Found = { reviewThreads: [], reviews: [], commits: [], timelineItems: [] };
  let after: Cursors = { reviewThreads: null, reviews: null, commits: null, timelineItems: null };
  for (let page = 1; page <= pagesMax; page += 1) {
    const { repository, refused } = await askChange(octokit, wanted, after);
    const pages: Pages = repository.pullRequest;
    const next = { ...after };
    const take = <Name extends ListName>(name: Name): boolean => {
      const { nodes, pageInfo } = pages[name];
      if (name === "timelineItems" && found[name].length >= eventsMax) return false;
      found[name].push(...nodes);
      next[name] = pageInfo.endCursor ?? after[name];
      return pageInfo.hasNextPage && !(name === "timelineItems" && found[name].length >= eventsMax);
    };
    const isMore = listNames.map(take).includes(true);
    if (!isMore) return { repository, refused, found };
    after = next;
  }
  throw new Error(`#${wanted.number} has more than ${pagesMax * 100} review threads, reviews or commits`);
}

/** The nodes of a list; null where GitHub shows fewer than it counts, so that REST has to tell them. */
function wholeList<Node>(
  found: readonly (Node | null)[],
  { totalCount }: { readonly totalCount: number },
  { max = Number.POSITIVE_INFINITY }: { readonly max?: number } = {},
): readonly Node[] | null {
  const nodes = found.flatMap((node) => node ?? []);
  return nodes.length < Math.min(totalCount, max) ? null : nodes;
}

/** What GraphQL answers of each `mergeable`; it is computing it otherwise. */
const merges: Readonly<Record<string, boolean>> = { MERGEABLE: true, CONFLICTING: false };

/** null where GitHub does not show it, also where the base is gone. */
function rollupIn({ pullRequest: { baseRef } }: RepositoryNode, refused: readonly Separate[]): string | null {
  const rollup = baseRef?.target?.baseRollup;
  return rollup === undefined || refused.includes("baseRollup") ? null : (rollup?.state.toLowerCase() ?? "");
}

function pullOf({ owner, defaultBranchRef, above, pullRequest: pull }: RepositoryNode): Omit<PullShown, "baseRollup"> {
  return {
    nodeId: pull.id,
    number: pull.number,
    owner: owner.login,
    open: pull.state === "OPEN",
    draft: pull.isDraft,
    title: pull.title,
    body: pull.body,
    branch: pull.headRefName,
    baseBranch: pull.baseRefName,
    base: pull.baseRef?.target?.oid ?? pull.baseRefName,
    below: numbersIn(pull.baseRef?.below).find((number) => number !== pull.number) ?? null,
    above: numbersIn(above),
    intoDefault: pull.baseRefName === defaultBranchRef?.name,
    author: accountOf(pull.author).login,
    ownRepository: !pull.isCrossRepository,
    headSha: pull.headRefOid,
    labels: pull.labels.nodes.map(({ name }) => name),
    commitsCount: pull.commits.totalCount,
    filesCount: pull.changedFiles,
    mergeable: merges[pull.mergeable] ?? null,
    standing: pull.mergeStateStatus.toLowerCase(),
    merged: pull.merged,
    mergedAt: pull.mergedAt,
    mergeSha: pull.merged ? (pull.mergeCommit?.oid ?? null) : null,
    mergedBy: accountOf(pull.mergedBy).login,
    updatedAt: pull.updatedAt,
    asked: pull.reviewRequests.nodes.flatMap((node) => reviewerOf(node?.requestedReviewer)),
    entry: entryOf(pull),
  };
}

/** GitHub may name no entry of what it says is in the queue, while it merges it. */
function entryOf({ isInMergeQueue, mergeQueueEntry: entry }: RepositoryNode["pullRequest"]): PullShown["entry"] {
  if (!isInMergeQueue || entry == null) return null;
  return { by: accountOf(entry.enqueuer).login, state: entry.state, position: entry.position };
}

function numbersIn(list: RepositoryNode["above"]): readonly number[] {
  return list?.nodes.flatMap((node) => node?.number ?? []) ?? [];
}

/**
 * The issues that GitHub lists as closed by the pull request: by its body, or linked by hand. Those by commit messages are not among them.
 */
function linkedBy({ totalCount: count, nodes }: RepositoryNode["pullRequest"]["closingIssuesReferences"]) {
  const shown = nodes.flatMap((node) => node ?? []);
  const places = shown.map(({ number, repository }): Place => {
    return { owner: repository.owner.login, repo: repository.name, number };
  });
  return { places, count };
}
