import { Effect } from "effect";
import type { Place, RepositoryRef } from "#contracts/aggregates.ts";
import { decidingAssociations } from "#contracts/associations.ts";
import { closingNothing, pullRequestBody, renewedBody } from "#contracts/pull-request-body.ts";
import type { DevItem } from "#contracts/work.ts";
import { GitHub } from "#kit/github/github.ts";
import { reviewThreads } from "#kit/github/review-threads.ts";
import { pullRequestReviews } from "#kit/github/reviews.ts";

/** The change of an issue as it stands on GitHub. */
export interface PullRequest {
  readonly number: number;
  readonly url: string;
}

/** Finds what is held against a change that exists. What the issue asks for is not read here: only the approved text counts. */
export const brief = Effect.fn("brief")(function* (item: DevItem) {
  if (item.task !== "fix" || item.prNumber === null) return { review: [], failedChecks: [] };
  const review = yield* readReview(item, item.prNumber);
  const failedChecks = item.headSha === null ? [] : yield* readFailedChecks(item, item.headSha);
  return { review, failedChecks };
});

const readReview = Effect.fn("readReview")(function* (ref: RepositoryRef, number: number) {
  const github = yield* GitHub;
  const threads = yield* github.call("read the review threads", ref, (octokit, at) =>
    reviewThreads(octokit, at, number),
  );
  const open = threads.filter(({ isResolved }) => !isResolved);
  const lines = open.map(({ path, line, comments }) => {
    return `${path}:${line ?? "?"}: ${comments.map(({ body }) => body).join("\n  ")}`;
  });
  const bodies = yield* github.call("read the reviews", ref, async (octokit, at) => {
    const reviews = await pullRequestReviews(octokit, at, number);
    return reviews
      .filter(({ state, user, author_association: as }) => {
        // A stranger's review is no objection, so it is no task either; Review-E is a bot.
        return state === "CHANGES_REQUESTED" && (user?.type === "Bot" || decidingAssociations.includes(as));
      })
      .map(({ body }) => body);
  });
  return [...lines, ...bodies.slice(-1)];
});

const readFailedChecks = Effect.fn("readFailedChecks")(function* (repository: RepositoryRef, ref: string) {
  const github = yield* GitHub;
  return yield* github.call("read the checks", repository, async (octokit, at) => {
    const checks = await octokit.paginate(octokit.rest.checks.listForRef, { ...at, ref, per_page: 100 });
    return checks
      .filter(({ conclusion }) => conclusion === "failure" || conclusion === "timed_out")
      .map(({ name, output }) => `${name}:\n${output.text ?? output.summary ?? "no output"}`);
  });
});

/**
 * Opens the pull request of the branch, or updates the body of the open one. The body closes the issue and has the epoch of the claim: the
 * gate merges only the change of the current claim.
 */
export const openPullRequest = Effect.fn("openPullRequest")(function* (of: {
  readonly item: DevItem;
  readonly branch: string;
  readonly epoch: number;
  readonly summary: string;
}) {
  const github = yield* GitHub;
  const { item, branch, epoch, summary } = of;
  const marks = { issueNumber: item.number, epoch };
  return yield* github.call("open the pull request", item, async (octokit, at): Promise<PullRequest> => {
    const { data: open } = await octokit.rest.pulls.list({ ...at, head: `${at.owner}:${branch}`, state: "open" });
    const [found] = open;
    if (found === undefined) {
      const body = pullRequestBody(summary, marks);
      const title = `${closingNothing(item.title)} (#${item.number})`;
      const { data } = await octokit.rest.pulls.create({ ...at, head: branch, base: item.baseBranch, title, body });
      return { number: data.number, url: data.html_url };
    }
    const body = renewedBody(found.body ?? "", marks);
    if (body !== found.body) await octokit.rest.pulls.update({ ...at, pull_number: found.number, body });
    return { number: found.number, url: found.html_url };
  });
});

/** Tells people on the issue how far the run is: one comment per issue, found by its marker and edited in place. */
export const reportProgress = Effect.fn("reportProgress")(function* (issue: Place, text: string) {
  const github = yield* GitHub;
  const marker = "<!-- rig:progress -->";
  const login = yield* github.login;
  const body = `${text}\n\n${marker}`;
  yield* github.call("report progress", issue, async (octokit, at) => {
    const request = { ...at, issue_number: issue.number, per_page: 100 };
    const comments = await octokit.paginate(octokit.rest.issues.listComments, request);
    const own = comments.find((comment) => comment.user?.login === login && comment.body?.includes(marker));
    if (own === undefined) await octokit.rest.issues.createComment({ ...at, issue_number: issue.number, body });
    else if (own.body !== body) await octokit.rest.issues.updateComment({ ...at, comment_id: own.id, body });
  });
});
