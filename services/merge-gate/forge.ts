import { Effect } from "effect";
import type { IssueRef, Place, RepositoryRef } from "#contracts/aggregates.ts";
import { closedByText } from "#contracts/closing.ts";
import { mergeMessage, mergeMethod } from "#contracts/gate/closes.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { sentenceOf } from "#contracts/gate/undone.ts";
import { epochIn } from "#contracts/pull-request-body.ts";
import type { HeadChecks } from "#contracts/required-checks.ts";
import { approvedTextHash } from "#kit/facts/text.ts";
import { closedByBody } from "#kit/github/closing.ts";
import { GitHub, type Octokit } from "#kit/github/github.ts";
import { readIssue } from "#kit/github/issue-standing.ts";
import { reviewThreads } from "#kit/github/review-threads.ts";
import { pullRequestReviews } from "#kit/github/reviews.ts";
import type { Trust } from "#kit/github/trust.ts";
import { readDemanded } from "./demanded.ts";
import { labelsOfPeople } from "./labels-of-people.ts";
import { changeEvents, whatGraphQlTells } from "./lists.ts";
import { readOthers } from "./others.ts";
import type { PullRequest } from "./pull-request.ts";
import { readForPeople } from "./read-person.ts";
import type { ShownChange } from "./told.ts";
import { isBaseChanged, undoneIn } from "./undone.ts";
import { type Weighed, weighReviews, weighThreads } from "./weigh.ts";

/** A pull request as GitHub has it now, with what says who merged it. */
export interface Fresh extends ForgeState {
  readonly merged: boolean;
  /** When it was merged: ISO 8601; null while it is not. */
  readonly mergedAt: string | null;
  readonly mergeSha: string | null;
  readonly mergedBy: string;
  /** Whether its base is the default branch by now, which may have another name than when the issue was approved. */
  readonly intoDefault: boolean;
  /** How long it takes until GraphQL can be asked for the threads and the linked issues; 0 when they are known. */
  readonly graphQlAfterMs: number;
  /** What GitHub does not tell this gate, or not yet, one sentence each with what to repair. It holds, and it is asked again. */
  readonly untold: readonly string[];
  /** What its lists show of this pull request and of the issue's others, each by its number: it may be older than what deliveries told. */
  readonly shown: ReadonlyMap<number, ShownChange>;
}

/** The issue, whom the gate trusts, and the branches on which the issue's history has pull requests. */
interface Asking {
  readonly on: IssueRef;
  readonly trust: Trust;
  readonly branches: readonly string[];
}

/** Asks GitHub everything that the gate depends on, also whose reviews and threads count. Nothing is taken from a webhook or an agent. */
export const readFresh = Effect.fn("readFresh")(function* (change: Place, { on, trust, branches }: Asking) {
  const github = yield* GitHub;
  const pr = yield* github.call("read the pull request", change, async (octokit, at) => {
    return (await octokit.rest.pulls.get({ ...at, pull_number: change.number })).data;
  });
  const said = shaped(pr, { change, trust });
  const [{ events, ...standing }, { asked, graphQlAfterMs }, { demanded, ...of }, forPeople, issue] = yield* Effect.all(
    [
      ...([readStanding(change), readByGraphQl(change), readDemanded(change, pr)] as const),
      ...([readForPeople(change, pr), readIssueShown(on)] as const),
    ],
    { concurrency: "unbounded" },
  );
  const reviews = yield* weighReviews(trust, change, { reviews: standing.reviews, events });
  const threads = asked === null ? unasked : yield* weighThreads(trust, change, asked.threads);
  const owner = pr.base.repo.owner.login;
  const elsewhere = yield* readOthers(change, { said, trust, branches, owner });
  const undone = undoneIn(trust, said, events);
  const untold = [of, reviews, threads, elsewhere, headListed(standing.commits, said)].flatMap((each) => each.untold);
  const { reviews: listed } = standing;
  const { checks, suites } = headIn(demanded.required);
  const own: ShownChange = {
    ...said,
    updatedAt: pr.updated_at,
    reviews: listed,
    events,
    threads: threads.value,
    checks,
    suites,
  };
  return {
    ...said,
    issue,
    ...{ ...standing, ...demanded, ...elsewhere, ...forPeople, undone },
    peopleLabels: labelsOfPeople(trust, said.labels, events),
    linked: asked?.linked ?? null,
    reviewDecision: asked?.reviewDecision ?? null,
    baseChanged: isBaseChanged(events),
    reviews: reviews.value,
    threads: threads.value,
    graphQlAfterMs: Math.max(graphQlAfterMs, of.graphQlAfterMs, elsewhere.graphQlAfterMs),
    untold: [...untold, ...undone.filter(({ login }) => login === null).map(sentenceOf)],
    shown: new Map([[change.number, own], ...elsewhere.shown]),
  } satisfies Fresh;
});

/** What reported on the head; nothing while GitHub does not tell it. */
function headIn(required: ForgeState["required"]): Pick<HeadChecks, "checks" | "suites"> {
  return required === null || "untold" in required ? { checks: [], suites: [] } : required.head;
}

const unasked: Weighed<null> = { value: null, untold: [] };

/** The issue itself, whatever deliveries said of it. */
const readIssueShown = Effect.fn("readIssueShown")(function* (on: IssueRef) {
  const standing = yield* readIssue(on, {}, "read the issue");
  if (standing === null) return null;
  const { open, labelled, title, bodySha256: sha256 } = standing;
  return { open, labelled, textSha256: approvedTextHash({ title, body: { sha256 } }) };
});

/** What the pull request itself says. */
function shaped(pr: PullRequest, { change, trust }: { readonly change: Place; readonly trust: Trust }) {
  const author = pr.user?.login ?? "";
  const body = pr.body ?? "";
  return {
    number: pr.number,
    open: pr.state === "open",
    draft: pr.draft === true,
    title: pr.title,
    branch: pr.head.ref,
    baseBranch: pr.base.ref,
    epoch: epochIn(body),
    closedByBody: closedByBody(body, change),
    commitsCount: pr.commits,
    author,
    byAgent: trust.agents.has(author),
    // A fork that was deleted has no repository any more.
    ownRepository: pr.head.repo?.id === pr.base.repo.id,
    headSha: pr.head.sha,
    labels: labelsOf(pr),
    mergeable: pr.mergeable,
    standing: pr.mergeable_state,
    merged: pr.merged,
    mergedAt: pr.merged_at,
    mergeSha: pr.merged ? (pr.merge_commit_sha ?? null) : null,
    mergedBy: pr.merged_by?.login ?? "",
    intoDefault: pr.base.ref === pr.base.repo.default_branch,
  };
}

function labelsOf({ labels }: PullRequest): readonly string[] {
  return labels.map(({ name }) => name);
}

/** Its reviews, its commits and its events. Of the commits GitHub lists at most 250 (https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request). */
const readStanding = Effect.fn("readStanding")(function* (change: Place) {
  const github = yield* GitHub;
  const { number } = change;
  return yield* github.call("read the reviews, the commits and the events", change, async (octokit, at) => {
    const [reviews, listed, { events, isCut: eventsCut }] = await Promise.all([
      pullRequestReviews(octokit, at, number),
      octokit.paginate(octokit.rest.pulls.listCommits, { ...at, pull_number: number, per_page: 100 }),
      changeEvents(octokit, at, number),
    ]);
    const commits = listed.map(({ sha, commit }) => {
      return { sha, closes: closedByText(commit.message, change), verified: commit.verification?.verified === true };
    });
    return { reviews, commits, events, eventsCut };
  });
});

/** The list of commits may be from before the head. One that is cut shows the oldest ones, and no later list has more. */
function headListed(
  commits: ForgeState["commits"],
  { commitsCount, headSha }: Pick<ForgeState, "commitsCount" | "headSha">,
) {
  const isWhole = commits.length > 0 && commits.length >= commitsCount;
  const isOld = isWhole && !commits.some(({ sha }) => sha === headSha);
  return { untold: isOld ? [`GitHub does not list the commit ${headSha} yet`] : [] };
}

const readByGraphQl = Effect.fn("readByGraphQl")(function* (change: Place) {
  const github = yield* GitHub;
  const read = github.call("read the threads and the links", change, async (octokit, at) => {
    const { number } = change;
    const [threads, { linked, reviewDecision }] = await Promise.all([
      reviewThreads(octokit, at, number),
      linkedAndDecided(octokit, at, number),
    ]);
    return { threads, linked, reviewDecision };
  });
  return yield* whatGraphQlTells(read);
});

const linkedQuery = `query ($owner: String!, $repo: String!, $number: Int!) {
  repository(owner: $owner, name: $repo) { pullRequest(number: $number) { reviewDecision closingIssuesReferences(first: 100) {
    totalCount nodes { number repository { name owner { login } } } } } } }`;

interface LinkedAnswer {
  readonly repository: {
    readonly pullRequest: {
      readonly reviewDecision: string | null;
      readonly closingIssuesReferences: {
        readonly totalCount: number;
        readonly nodes: readonly {
          readonly number: number;
          readonly repository: { readonly name: string; readonly owner: { readonly login: string } };
        }[];
      };
    };
  };
}

/**
 * The issues that GitHub lists as closed by the pull request: by its body, or linked by hand. Those by commit messages are not among them.
 * With them, in the same request, GitHub's word on the required reviews.
 */
async function linkedAndDecided(octokit: Octokit, { owner, repo }: RepositoryRef, number: number) {
  const answer = await octokit.graphql<LinkedAnswer>(linkedQuery, { owner, repo, number });
  const { reviewDecision, closingIssuesReferences } = answer.repository.pullRequest;
  const { totalCount: count, nodes } = closingIssuesReferences;
  const places = nodes.map((node): Place => {
    return { owner: node.repository.owner.login, repo: node.repository.name, number: node.number };
  });
  return { linked: { places, count }, reviewDecision };
}

/**
 * Asks for the merge of exactly this head, in a way that GitHub allows; it answers 409 when the head is another one by now. The message is the
 * gate's own, because a repository may be set to write the body of the pull request into it.
 */
export const merge = Effect.fn("merge")(function* (pr: Place, forge: ForgeState) {
  const github = yield* GitHub;
  const { title: commit_title, message: commit_message } = mergeMessage(pr, forge);
  const merge_method = mergeMethod(forge);
  const message = merge_method === "rebase" ? {} : { commit_title, commit_message };
  return yield* github.call("merge", pr, async (octokit, at) => {
    const wanted = { ...at, pull_number: pr.number, sha: forge.headSha, merge_method, ...message };
    return (await octokit.rest.pulls.merge(wanted)).data.sha;
  });
});
