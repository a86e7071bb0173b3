import { Effect } from "effect";
import { issueAt, type Place } from "#contracts/aggregates.ts";
import { closingNothing } from "#contracts/closing.ts";
import type { IssueLife } from "#contracts/issue-life.ts";
import { pullRequestBody, renewedBody } from "#contracts/pull-request-body.ts";
import type { DevItem } from "#contracts/work.ts";
import { readFailedChecks } from "#kit/github/failed-checks.ts";
import { GitHub } from "#kit/github/github.ts";
import { plainLogin } from "#kit/github/logins.ts";
import { ownMarker, type Remark, readRemarks } from "#kit/github/remarks.ts";
import type { Trust } from "#kit/github/trust.ts";

/** The change of an issue as it stands on GitHub. */
export interface PullRequest {
  readonly number: number;
  readonly url: string;
}

/**
 * Finds what those who may give the agent a task said about the issue since its approval and about its change, and for a fix which required
 * checks failed. The issue's own text is not read here: only the approved one counts. Nothing that a stranger wrote is in it.
 */
export const brief = Effect.fn("brief")(function* (
  trust: Trust,
  item: DevItem,
  { approvedAt, pr }: Pick<IssueLife, "approvedAt" | "pr">,
) {
  const prNumber = item.prNumber ?? pr?.number ?? null;
  const { reviews, threads, comments } = yield* readRemarks(trust, { issue: issueAt(item), approvedAt, prNumber });
  const newest = newestOf(comments);
  const lines = threads.map(
    ({ path, line, comments: said }) => `${path}:${line ?? "?"}: ${said.map(({ text }) => text).join("\n  ")}`,
  );
  const { task, headSha, baseBranch } = item;
  const isFix = task === "fix" && headSha !== null;
  const failed = isFix ? (yield* readFailedChecks(item, { headSha, baseBranch })).failed : [];
  return {
    review: [...lines, ...reviews.map(({ text }) => text)],
    comments: newest.map(({ by, text }) => `${by.login}: ${text}`),
    failedChecks: failed.map(({ name, output }) => `${name}:\n${output}`),
    remarks: [...reviews, ...threads.flatMap((thread) => thread.comments), ...newest].map(({ key }) => key),
  };
});

/** 100,000 characters, about 25,000 tokens: the newest comments, because a later one may correct an earlier one. */
const commentCharactersMax = 100_000;

function newestOf(comments: readonly Remark[]): readonly Remark[] {
  let characters = 0;
  const first = comments.findLastIndex(({ text }) => {
    characters += text.length;
    return characters > commentCharactersMax;
  });
  return comments.slice(first + 1);
}

/** A pull request of somebody else in the place of the agent's own: the gate never merges it, and GitHub opens no second one beside it. */
export interface Taken {
  readonly number: number;
  readonly author: string;
}

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
  const login = yield* github.login;
  return yield* github.call("open the pull request", item, async (octokit, at): Promise<PullRequest | Taken> => {
    // GitHub has one open pull request at most from a branch into another one. A person may have opened it, or one into a third branch.
    const wanted = { ...at, head: `${at.owner}:${branch}`, base: item.baseBranch, state: "open" } as const;
    const [found] = (await octokit.rest.pulls.list(wanted)).data;
    if (found === undefined) {
      const body = pullRequestBody(summary, marks);
      const title = `${closingNothing(item.title)} (#${item.number})`;
      const { data } = await octokit.rest.pulls.create({ ...at, head: branch, base: item.baseBranch, title, body });
      return { number: data.number, url: data.html_url };
    }
    const author = found.user?.login ?? "";
    if (plainLogin(author) !== plainLogin(login)) return { number: found.number, author };
    const body = renewedBody(found.body ?? "", marks);
    if (body !== found.body) await octokit.rest.pulls.update({ ...at, pull_number: found.number, body });
    return { number: found.number, url: found.html_url };
  });
});

/** Tells people on the issue how far the run is: one comment per issue, found by its marker and edited in place. */
export const reportProgress = Effect.fn("reportProgress")(function* (issue: Place, text: string) {
  const github = yield* GitHub;
  const marker = `${ownMarker}progress -->`;
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
