import { Effect } from "effect";
import type { Place, RepositoryRef } from "#contracts/aggregates.ts";
import { readChecks } from "#kit/github/checks.ts";
import { closedByBody } from "#kit/github/closing.ts";
import { GitHub, type Octokit } from "#kit/github/github.ts";
import { readRequiredChecks } from "#kit/github/required-checks.ts";
import { type ReviewThread, reviewThreads } from "#kit/github/review-threads.ts";
import { pullRequestReviews } from "#kit/github/reviews.ts";
import type { Trust } from "#kit/github/trust.ts";
import { type ForgeState, mergeMessage } from "./decide.ts";

/** A pull request as GitHub has it now, with what says who merged it. */
export interface Fresh extends ForgeState {
  readonly merged: boolean;
  readonly mergeSha: string | null;
  readonly mergedBy: string;
  /** How long it takes until GraphQL can be asked for the threads and the linked issues; 0 when they are known. */
  readonly graphQlAfterMs: number;
}

/** Asks GitHub everything that the gate depends on, also whose reviews and threads count. Nothing is taken from a webhook or an agent. */
export const readFresh = Effect.fn("readFresh")(function* (change: Place, trust: Trust) {
  const github = yield* GitHub;
  const { number } = change;
  const pr = yield* github.call("read the pull request", change, async (octokit, at) => {
    return (await octokit.rest.pulls.get({ ...at, pull_number: number })).data;
  });
  const readStanding = github.call("read the reviews and the commits", change, (octokit, at) =>
    Promise.all([
      pullRequestReviews(octokit, at, number),
      octokit.paginate(octokit.rest.pulls.listCommits, { ...at, pull_number: number, per_page: 100 }),
    ]),
  );
  const readRequired = readRequiredChecks(change, pr.base.ref);
  const [[reviews, commits], { asked, graphQlAfterMs }, checks, requiredChecks] = yield* Effect.all(
    [readStanding, readByGraphQl(change), readChecks(change, pr.head.sha), readRequired],
    { concurrency: "unbounded" },
  );
  const fresh: Fresh = {
    number,
    open: pr.state === "open",
    draft: pr.draft === true,
    title: pr.title,
    branch: pr.head.ref,
    baseBranch: pr.base.ref,
    body: pr.body ?? "",
    closedByBody: closedByBody(pr.body ?? "", change),
    linked: asked?.linked ?? null,
    // GitHub lists at most 250 (https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request).
    commits: commits.map(({ sha, commit }) => ({ sha, message: commit.message })),
    commitsCount: pr.commits,
    author: pr.user?.login ?? "",
    byAgent: trust.agents.has(pr.user?.login ?? ""),
    // A fork that was deleted has no repository any more.
    ownRepository: pr.head.repo?.id === pr.base.repo.id,
    headSha: pr.head.sha,
    labels: pr.labels.map(({ name }) => name),
    mergeable: pr.mergeable,
    checks: checks.map(({ name, appId, conclusion }) => ({ name, appId, conclusion })),
    requiredChecks,
    reviews: yield* weighReviews(trust, change, reviews),
    threads: asked === null ? null : yield* weighThreads(trust, change, asked.threads),
    graphQlAfterMs,
    merged: pr.merged,
    mergeSha: pr.merged ? (pr.merge_commit_sha ?? null) : null,
    mergedBy: pr.merged_by?.login ?? "",
  };
  return fresh;
});

/** GitHub is asked only about those who objected: of all others no review counts but an appointed one's. */
const weighReviews = Effect.fn("weighReviews")(function* (
  trust: Trust,
  change: Place,
  reviews: Awaited<ReturnType<typeof pullRequestReviews>>,
) {
  const objectors = reviews.filter(({ state }) => state === "CHANGES_REQUESTED").map(({ user }) => user?.login ?? "");
  const weigh = ({ user, state, commit_id: headSha }: (typeof reviews)[number]) => {
    const account = { login: user?.login ?? "", type: user?.type ?? "Other" };
    const appointed = trust.isAppointed(account.login);
    const asked = objectors.includes(account.login) ? trust.mayObject(change, account) : Effect.succeed(appointed);
    const weighed = { reviewer: account.login, appointed, state, headSha: headSha ?? "" };
    return Effect.map(asked, (trusted) => ({ ...weighed, trusted }));
  };
  return yield* Effect.forEach(reviews, weigh, { concurrency: 4 });
});

/** A thread holds the merge once somebody who may object wrote in it. */
const weighThreads = Effect.fn("weighThreads")(function* (
  trust: Trust,
  change: Place,
  threads: readonly ReviewThread[],
) {
  const unresolved = threads.filter(({ isResolved }) => !isResolved);
  const holds = Effect.fnUntraced(function* ({ comments }: ReviewThread) {
    for (const { author: login, authorType: type } of comments) {
      if (yield* trust.mayObject(change, { login, type })) return true;
    }
    return false;
  });
  const holding = (yield* Effect.forEach(unresolved, holds, { concurrency: 4 })).filter(Boolean).length;
  return { holding, leftAside: unresolved.length - holding };
});

/** What only GraphQL knows. GitHub counts requests to it apart: while they are used up, the gate goes on with what REST says. */
const readByGraphQl = Effect.fn("readByGraphQl")(function* (change: Place) {
  const github = yield* GitHub;
  const read = github.call("read the threads and the links", change, async (octokit, at) => {
    const { number } = change;
    const [threads, linked] = await Promise.all([
      reviewThreads(octokit, at, number),
      linkedIssues(octokit, at, number),
    ]);
    return { threads, linked };
  });
  return yield* read.pipe(
    Effect.map((asked) => ({ asked, graphQlAfterMs: 0 })),
    Effect.catchTag("Retryable", (error) =>
      error.delayMs === undefined ? Effect.fail(error) : Effect.succeed({ asked: null, graphQlAfterMs: error.delayMs }),
    ),
  );
});

const linkedQuery = `query ($owner: String!, $repo: String!, $number: Int!) {
  repository(owner: $owner, name: $repo) { pullRequest(number: $number) { closingIssuesReferences(first: 100) {
    totalCount nodes { number repository { name owner { login } } } } } } }`;

interface LinkedAnswer {
  readonly repository: {
    readonly pullRequest: {
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

/** The issues that GitHub lists as closed by the pull request: by its body, or linked by hand. Those by commit messages are not among them. */
async function linkedIssues(octokit: Octokit, { owner, repo }: RepositoryRef, number: number) {
  const answer = await octokit.graphql<LinkedAnswer>(linkedQuery, { owner, repo, number });
  const { totalCount: count, nodes } = answer.repository.pullRequest.closingIssuesReferences;
  const places = nodes.map((node): Place => {
    return { owner: node.repository.owner.login, repo: node.repository.name, number: node.number };
  });
  return { places, count };
}

/**
 * Asks for the merge of exactly this head; GitHub answers 409 when the head is another one by now. The message is the gate's own, because
 * a repository may be set to write the body of the pull request into it.
 */
export const merge = Effect.fn("merge")(function* (pr: Place, forge: ForgeState) {
  const github = yield* GitHub;
  const { title, message } = mergeMessage(pr, forge);
  return yield* github.call("merge", pr, async (octokit, at) => {
    const { data } = await octokit.rest.pulls.merge({
      ...at,
      pull_number: pr.number,
      sha: forge.headSha,
      merge_method: "merge",
      commit_title: title,
      commit_message: message,
    });
    return data.sha;
  });
});
