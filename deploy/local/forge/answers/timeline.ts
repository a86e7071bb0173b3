import { apiUrl, type ForgeContext, gitDirectory } from "../context.ts";
import { type GitCommit, listCommits } from "../git/git.ts";
import { type EventRecord, type IssueRecord, isPull, type RepositoryRecord } from "../records.ts";
import { issueOf } from "../store.ts";
import { commitAnswer } from "./commit.ts";
import { commentAnswer, issueAnswer } from "./issue.ts";
import { baseSha } from "./pull.ts";
import { userAnswer } from "./repository.ts";
import { reviewAnswer } from "./review.ts";
import type { Schemas } from "./schemas.ts";

/** An event of one issue or pull request, as its own list has it. */
export function eventPayload(context: ForgeContext, repository: RepositoryRecord, event: EventRecord) {
  const api = apiUrl(context, repository);
  const { commitId = null, dismissed } = event;
  return {
    id: event.id,
    node_id: `EV_${event.id}`,
    url: `${api}/issues/events/${event.id}`,
    actor: userAnswer(context, event.actor),
    event: event.event,
    commit_id: commitId,
    commit_url: commitId === null ? null : `${api}/commits/${commitId}`,
    created_at: event.createdAt,
    performed_via_github_app: null,
    ...(event.label === undefined ? {} : { label: event.label }),
    ...(event.rename === undefined ? {} : { rename: event.rename }),
    ...(event.reviewer === undefined
      ? {}
      : {
          review_requester: userAnswer(context, event.actor),
          requested_reviewer: userAnswer(context, event.reviewer),
        }),
    ...(dismissed === undefined
      ? {}
      : {
          dismissed_review: {
            state: dismissed.state.toLowerCase(),
            review_id: dismissed.reviewId,
            dismissal_message: dismissed.message,
          },
        }),
  };
}

/** The same with its issue, as the list of the repository has it. */
export function eventAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  event: EventRecord,
): Schemas["issue-event"] {
  const issue = issueAnswer(context, repository, issueOf(repository, event.number));
  return { ...eventPayload(context, repository, event), issue };
}

/** Everything that happened, oldest first: events, comments, reviews, and the commits of a pull request. */
export async function timelineOf(context: ForgeContext, repository: RepositoryRecord, issue: IssueRecord) {
  const own = <Item extends { readonly number: number }>(items: readonly Item[]) =>
    items.filter((each) => each.number === issue.number);
  const commits = isPull(issue)
    ? await listCommits(
        gitDirectory(context, repository),
        [`${baseSha(repository, issue)}..${issue.pull.headSha}`],
        250,
      )
    : [];
  const entries = [
    ...commits.reverse().map((each) => ({ at: each.committer.date, answer: committed(context, repository, each) })),
    ...own(repository.events).map((each) => ({ at: each.createdAt, answer: eventPayload(context, repository, each) })),
    ...own(repository.comments).map((each) => {
      const answer = {
        ...commentAnswer(context, repository, each),
        event: "commented",
        actor: userAnswer(context, each.author),
      };
      return { at: each.createdAt, answer };
    }),
    ...(isPull(issue) ? own(repository.reviews) : []).map((each) => {
      const review = isPull(issue) ? reviewAnswer(context, repository, issue, each) : {};
      return { at: each.submittedAt, answer: { ...review, state: each.state.toLowerCase(), event: "reviewed" } };
    }),
  ];
  // The sort is stable, so what happened within one second keeps this order.
  return entries.sort((left, right) => Date.parse(left.at) - Date.parse(right.at)).map(({ answer }) => answer);
}

function committed(context: ForgeContext, repository: RepositoryRecord, commit: GitCommit) {
  const { sha, node_id, html_url, parents, commit: inner } = commitAnswer(context, repository, commit);
  const { url, author, committer, message, tree, verification } = inner;
  const shown = { event: "committed", sha, node_id, html_url, url, author, committer, message, tree, verification };
  return {
    ...shown,
    parents: parents.map((each) => ({ sha: each.sha, url: each.url, html_url: each.html_url ?? "" })),
  };
}
