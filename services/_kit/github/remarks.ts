import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { clocksMs } from "#contracts/waits.ts";
import { GitHub } from "./github.ts";
import { type ReviewThread, reviewThreads } from "./review-threads.ts";
import { pullRequestReviews } from "./reviews.ts";
import type { Account, Trust } from "./trust.ts";

/** What somebody who may object said on GitHub about an issue or its change: a review, a comment, or a comment on a line of the diff. */
export interface Remark {
  /** Kind, id and time of the last change, such as `comment/7/2026-01-02T03:04:05Z`: an edited remark has another key. */
  readonly key: string;
  readonly by: Account;
  readonly text: string;
}

/** A review that still stands. */
export interface ReviewRemark extends Remark {
  /** Whether it is its author's last word and asks for changes. */
  readonly objects: boolean;
  readonly headSha: string;
}

/** An unresolved thread in which somebody who may object wrote, without what others wrote in it. */
interface ThreadRemark {
  readonly path: string;
  readonly line: number | null;
  readonly comments: readonly Remark[];
}

/** The remarks of those who may object, oldest first. */
export interface Remarks {
  readonly reviews: readonly ReviewRemark[];
  readonly threads: readonly ThreadRemark[];
  readonly comments: readonly Remark[];
  /**
   * What GitHub lists by now, whoever wrote it, by the ids that deliveries have, such as `comment/7`, `review/8`, `line/9`; with the time
   * of its last change, which GitHub does not tell of a review.
   */
  readonly listed: ReadonlyMap<string, string>;
}

/** What is read: the issue's comments since its approval, and all that stands on its pull request, where it has one. */
export interface Read {
  readonly issue: Place;
  readonly approvedAt: string | null;
  readonly prNumber: number | null;
}

/** What the comments of the rig's own agents contain. */
export const ownMarker = "<!-- rig:";

/**
 * Reads from GitHub, as it is now, what those who may object said about an issue and its change. Nothing that anybody else wrote is in the
 * result, wherever it stands.
 */
export const readRemarks = Effect.fn("readRemarks")(function* (trust: Trust, { issue, approvedAt, prNumber }: Read) {
  const onIssue = approvedAt === null ? nothingListed : yield* readComments(trust, issue, sinceOf(approvedAt));
  if (prNumber === null) {
    const listed = new Map(onIssue.listed);
    return { reviews: [], threads: [], comments: onIssue.remarks, listed } satisfies Remarks;
  }
  const pr = { ...issue, number: prNumber };
  const [reviews, threads, comments] = yield* Effect.all(
    [readReviews(trust, pr), readThreads(trust, pr), readComments(trust, pr, "")],
    { concurrency: "unbounded" },
  );
  return {
    reviews: reviews.remarks,
    threads: threads.remarks,
    comments: [...onIssue.remarks, ...comments.remarks],
    listed: new Map([onIssue, reviews, threads, comments].flatMap(({ listed }) => listed)),
  } satisfies Remarks;
});

type Listed = readonly [id: string, updatedAt: string];

const nothingListed = { remarks: [] as readonly Remark[], listed: [] as readonly Listed[] };

/** One comment too many, of somebody who may write, does no harm. */
function sinceOf(approvedAt: string): string {
  return new Date(Date.parse(approvedAt) - clocksMs).toISOString();
}

/** The comments of people in the conversation. No App gives a task by a comment, and no comment of the rig does. */
const readComments = Effect.fn("readComments")(function* (trust: Trust, on: Place, since: string) {
  const github = yield* GitHub;
  const comments = yield* github.call("read the comments", on, (octokit, at) => {
    const request = { ...at, issue_number: on.number, per_page: 100, ...(since === "" ? {} : { since }) };
    return octokit.paginate(octokit.rest.issues.listComments, request);
  });
  const remarks = comments.map(({ id, user, body, updated_at }) => {
    return { key: `comment/${id}/${updated_at}`, by: accountOf(user), text: body ?? "", updatedAt: updated_at };
  });
  const wanted = remarks.filter(
    ({ by, text, updatedAt }) =>
      by.type === "User" && !text.includes(ownMarker) && (since === "" || Date.parse(updatedAt) >= Date.parse(since)),
  );
  const counted = (yield* ofObjectors(trust, on, wanted)).map(({ key, by, text }) => ({ key, by, text }));
  return { remarks: counted, listed: comments.map(({ id, updated_at }): Listed => [`comment/${id}`, updated_at]) };
});

/** Of each reviewer the last word, if it asks for changes; and what people wrote in reviews that do not. */
const readReviews = Effect.fn("readReviews")(function* (trust: Trust, on: Place) {
  const github = yield* GitHub;
  const all = yield* github.call("read the reviews", on, (octokit, at) => pullRequestReviews(octokit, at, on.number));
  const reviews = all.map(({ id, user, state, body, commit_id, submitted_at }) => {
    const key = `review/${id}/${submitted_at ?? ""}`;
    return { key, by: accountOf(user), text: body ?? "", state, headSha: commit_id ?? "" };
  });
  const last = new Map(reviews.filter(({ state }) => isVerdict(state)).map((each) => [each.by.login, each.key]));
  const standing = reviews.flatMap(({ state, ...review }) => {
    const objects = state === "CHANGES_REQUESTED" && last.get(review.by.login) === review.key;
    const said = isSaid(state) && review.by.type === "User" && review.text.trim() !== "";
    return objects || said ? [{ ...review, objects }] : [];
  });
  return {
    remarks: yield* ofObjectors(trust, on, standing),
    listed: all.map(({ id }): Listed => [`review/${id}`, ""]),
  };
});

/** Whether a review of this state replaces its author's earlier verdict. */
function isVerdict(state: string): boolean {
  return state === "CHANGES_REQUESTED" || state === "APPROVED" || state === "DISMISSED";
}

function isSaid(state: string): boolean {
  return state === "COMMENTED" || state === "APPROVED";
}

const readThreads = Effect.fn("readThreads")(function* (trust: Trust, on: Place) {
  const github = yield* GitHub;
  const all = yield* github.call("read the review threads", on, (octokit, at) => reviewThreads(octokit, at, on.number));
  const threads = all
    .filter(({ isResolved }) => !isResolved)
    .map(({ path, line, comments }) => {
      return { path, line, comments: comments.map(remarkOf) };
    });
  const counted = yield* ofObjectors(
    trust,
    on,
    threads.flatMap(({ comments }) => comments),
  );
  const remarks = threads
    .map((thread) => ({ ...thread, comments: thread.comments.filter((comment) => counted.includes(comment)) }))
    .filter(({ comments }) => comments.length > 0);
  const lines = all.flatMap(({ comments }) => comments);
  return { remarks, listed: lines.map(({ databaseId, updatedAt }): Listed => [`line/${databaseId}`, updatedAt]) };
});

function remarkOf({ id, updatedAt, author, authorType, body }: ReviewThread["comments"][number]): Remark {
  return { key: `line/${id}/${updatedAt}`, by: { login: author, type: authorType }, text: body };
}

/** GitHub has no account for a deleted user. */
function accountOf(user: { readonly login: string; readonly type: string } | null | undefined): Account {
  return { login: user?.login ?? "", type: user?.type ?? "Other" };
}

const ofObjectors = Effect.fnUntraced(function* <R extends Remark>(trust: Trust, on: Place, remarks: readonly R[]) {
  const counts = yield* Effect.forEach(remarks, ({ by }) => trust.mayObject(on, by), { concurrency: 4 });
  return remarks.filter((_, index) => counts[index]);
});
