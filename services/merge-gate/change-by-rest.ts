import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { closedByText } from "#contracts/closing.ts";
import { GitHub, type Octokit } from "#kit/github/github.ts";
import { pullRequestReviews } from "#kit/github/reviews.ts";
import type { ChangeShown, PullShown } from "./change-shown.ts";
import { contributorsIn } from "./contributors.ts";
import { changeEvents } from "./lists.ts";

/** Reads it over REST: four requests, and one for each further hundred of a list. */
export const readByRest = Effect.fn("readByRest")(function* (change: Place) {
  const github = yield* GitHub;
  const { number } = change;
  return yield* github.call("read the pull request over REST", change, async (octokit, at) => {
    const [pull, reviews, listed, { events, isCut: eventsCut }] = await Promise.all([
      octokit.rest.pulls.get({ ...at, pull_number: number }),
      pullRequestReviews(octokit, at, number),
      octokit.paginate(octokit.rest.pulls.listCommits, { ...at, pull_number: number, per_page: 100 }),
      changeEvents(octokit, at, number),
    ]);
    const parents = listed.map((each) => ({ sha: each.sha, parents: each.parents.map(({ sha }) => sha) }));
    const commits = listed.map((each) => {
      const { sha, commit } = each;
      const verified = commit.verification?.verified === true;
      return { sha, closes: closedByText(commit.message, change), verified, by: contributorsIn(each) };
    });
    return { pull: pullByRest(pull.data), reviews, commits, parents, events, eventsCut } satisfies ChangeShown;
  });
});

type PullByRest = Awaited<ReturnType<Octokit["rest"]["pulls"]["get"]>>["data"];

function pullByRest(pull: PullByRest): PullShown {
  return {
    nodeId: pull.node_id,
    number: pull.number,
    owner: pull.base.repo.owner.login,
    open: pull.state === "open",
    draft: pull.draft === true,
    title: pull.title,
    body: pull.body ?? "",
    branch: pull.head.ref,
    baseBranch: pull.base.ref,
    base: pull.base.ref,
    ...{ baseRollup: null, below: null, above: [] },
    intoDefault: pull.base.ref === pull.base.repo.default_branch,
    author: pull.user?.login ?? "",
    ownRepository: pull.head.repo?.id === pull.base.repo.id,
    headSha: pull.head.sha,
    labels: pull.labels.map(({ name }) => name),
    commitsCount: pull.commits,
    filesCount: pull.changed_files,
    mergeable: pull.mergeable,
    standing: pull.mergeable_state,
    merged: pull.merged,
    mergedAt: pull.merged_at,
    mergeSha: pull.merged ? (pull.merge_commit_sha ?? null) : null,
    mergedBy: pull.merged_by?.login ?? "",
    updatedAt: pull.updated_at,
    asked: (pull.requested_reviewers ?? []).map(({ login, type }) => ({ login, type })),
    entry: null,
  };
}
