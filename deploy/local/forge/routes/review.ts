import { mayPush } from "../access.ts";
import { baseSha, simplePullAnswer } from "../answers/pull.ts";
import { userAnswer } from "../answers/repository.ts";
import { reviewAnswer } from "../answers/review.ts";
import type { Schemas } from "../answers/schemas.ts";
import { type ForgeContext, gitDirectory, timeNow } from "../context.ts";
import { type Scene, tellPull } from "../events.ts";
import { invalid, notFound, unprocessable } from "../failure.ts";
import { type DiffFile, parseDiff, placeInPatch } from "../git/diff.ts";
import { diffText, listCommits } from "../git/git.ts";
import type { PullIssue, RepositoryRecord, ReviewCommentRecord, ReviewRecord } from "../records.ts";
import { dismissReview } from "../review-changes.ts";
import { tellReview } from "../review-events.ts";
import { pullOf } from "../store.ts";
import { noteEvent } from "../timeline.ts";
import { refuseOthers, sceneOf } from "./issue.ts";
import { repositoryIn } from "./repository.ts";
import {
  type Answer,
  type Call,
  created,
  numberIn,
  ok,
  pageAnswer,
  type Route,
  requiredTextIn,
  textIn,
} from "./route.ts";

/** Reviews, and who is asked for one (https://docs.github.com/rest/pulls/reviews). */
export function reviewRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo/pulls/:number";
  const asked = `${at}/requested_reviewers`;
  return [
    {
      method: "GET",
      path: `${at}/reviews`,
      operations: ["pulls/list-reviews"],
      handle: async (call) => listReviews(context, call),
    },
    {
      method: "POST",
      path: `${at}/reviews`,
      operations: ["pulls/create-review"],
      handle: (call) => postReview(context, call),
    },
    {
      method: "GET",
      path: `${at}/reviews/:id`,
      operations: ["pulls/get-review"],
      handle: async (call) => getReview(context, call),
    },
    {
      method: "PUT",
      path: `${at}/reviews/:id/dismissals`,
      operations: ["pulls/dismiss-review"],
      needs: "write",
      handle: async (call) => putDismissal(context, call),
    },
    {
      method: "GET",
      path: asked,
      operations: ["pulls/list-requested-reviewers"],
      handle: async (call) => listAsked(context, call),
    },
    { method: "POST", path: asked, operations: ["pulls/request-reviewers"], handle: (call) => ask(context, call) },
    {
      method: "DELETE",
      path: asked,
      operations: ["pulls/remove-requested-reviewers"],
      handle: (call) => unask(context, call),
    },
  ];
}

/** A line comment as a review asks for it. */
interface LineComment {
  readonly path: string;
  readonly line: number;
  readonly side: "LEFT" | "RIGHT";
  readonly body: string;
}

const stateOfEvent: Readonly<Record<string, ReviewRecord["state"]>> = {
  APPROVE: "APPROVED",
  REQUEST_CHANGES: "CHANGES_REQUESTED",
  COMMENT: "COMMENTED",
};

async function postReview(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const issue = pullOf(scene.repository, numberIn(call));
  const state = stateIn(call);
  refuseOwnVerdict(scene, issue, state);
  const comments = commentsIn(call);
  const body = textIn(call, "body") ?? "";
  if (body === "" && state === "CHANGES_REQUESTED") throw unprocessable("Body can't be blank");
  if (body === "" && state === "COMMENTED" && comments.length === 0) throw unprocessable("Body can't be blank");
  const commitId = await reviewedCommit(scene, call, issue);
  const review = await addReview(scene, issue, { state, body, commitId }, comments);
  return ok(reviewAnswer(context, scene.repository, issue, review));
}

/** Submits a review: each of its line comments begins a thread. */
export async function addReview(
  scene: Scene,
  issue: PullIssue,
  of: Pick<ReviewRecord, "state" | "body" | "commitId">,
  comments: readonly LineComment[],
): Promise<ReviewRecord> {
  const { context, repository } = scene;
  const id = context.store.takeId();
  const review: ReviewRecord = { ...of, id, number: issue.number, author: scene.sender, submittedAt: timeNow() };
  const directory = gitDirectory(context, repository);
  const files = parseDiff(await diffText(directory, baseSha(repository, issue), of.commitId));
  const records = comments.map((each) => commentRecord(scene, review, files, each));
  repository.reviews.push(review);
  repository.reviewComments.push(...records);
  repository.threads.push(...records.map((each) => ({ id: each.threadId, number: issue.number, resolvedBy: null })));
  issue.updatedAt = review.submittedAt;
  issue.pull.requestedReviewers = issue.pull.requestedReviewers.filter((each) => each !== scene.sender);
  await tellReview(scene, issue, review);
  return review;
}

function stateIn(call: Call): ReviewRecord["state"] {
  // GitHub keeps a review without an event as a pending draft; the rig submits all its reviews at once.
  const state = stateOfEvent[textIn(call, "event") ?? ""];
  if (state === undefined) throw invalid({ resource: "PullRequestReview", field: "event", code: "invalid" });
  return state;
}

function refuseOwnVerdict(scene: Scene, issue: PullIssue, state: ReviewRecord["state"]): void {
  if (issue.author !== scene.sender || state === "COMMENTED") return;
  const verb = state === "APPROVED" ? "approve" : "request changes on";
  throw unprocessable(`Review Can not ${verb} your own pull request`);
}

/** The commit that the caller looked at: the head, unless he names another one of the pull request. */
export async function reviewedCommit(scene: Scene, call: Call, issue: PullIssue): Promise<string> {
  const { context, repository } = scene;
  const commitId = textIn(call, "commit_id") ?? issue.pull.headSha;
  if (commitId === issue.pull.headSha) return commitId;
  const range = `${baseSha(repository, issue)}..${issue.pull.headSha}`;
  const commits = await listCommits(gitDirectory(context, repository), [range], 250);
  if (commits.some((each) => each.sha === commitId)) return commitId;
  throw unprocessable("The commit_id is not part of the pull request");
}

function commentsIn(call: Call): LineComment[] {
  const given: unknown = call.body.comments ?? [];
  if (!Array.isArray(given)) throw invalid({ resource: "PullRequestReview", field: "comments", code: "invalid" });
  return given.map((each: unknown) => lineCommentIn({ ...(each as object) }));
}

/** A line comment as a body gives it. Throws a 422 `ForgeFailure`. */
export function lineCommentIn({ path, line, side, body }: Readonly<Record<string, unknown>>): LineComment {
  if (typeof path !== "string") throw unprocessable("Path could not be resolved");
  if (typeof line !== "number") throw unprocessable("Line could not be resolved");
  if (typeof body !== "string" || body === "") throw unprocessable("Body can't be blank");
  return { path, line, side: side === "LEFT" ? "LEFT" : "RIGHT", body };
}

function commentRecord(
  scene: Scene,
  review: ReviewRecord,
  files: readonly DiffFile[],
  comment: LineComment,
): ReviewCommentRecord {
  const file = files.find((each) => each.filename === comment.path);
  if (file === undefined) throw unprocessable("Path could not be resolved");
  const place = placeInPatch(file.patch, comment.line, comment.side);
  if (place === null) throw unprocessable("Line could not be resolved");
  const id = scene.context.store.takeId();
  return {
    ...comment,
    ...place,
    id,
    number: review.number,
    reviewId: review.id,
    threadId: `PRRT_${id}`,
    author: review.author,
    commitId: review.commitId,
    createdAt: review.submittedAt,
    inReplyTo: null,
  };
}

function listReviews(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const issue = pullOf(repository, numberIn(call));
  const found = repository.reviews.filter((each) => each.number === issue.number);
  return pageAnswer(call, found, (each) => reviewAnswer(context, repository, issue, each));
}

function getReview(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const issue = pullOf(repository, numberIn(call));
  return ok(reviewAnswer(context, repository, issue, reviewIn(repository, issue, call)));
}

function reviewIn(repository: RepositoryRecord, issue: PullIssue, call: Call): ReviewRecord {
  const review = repository.reviews.find((each) => each.number === issue.number && String(each.id) === call.params.id);
  if (review === undefined) throw notFound();
  return review;
}

function putDismissal(context: ForgeContext, call: Call): Answer {
  const scene = sceneOf(context, call);
  const issue = pullOf(scene.repository, numberIn(call));
  const review = reviewIn(scene.repository, issue, call);
  const message = requiredTextIn(call, "PullRequestReview", "message");
  if (review.state !== "APPROVED" && review.state !== "CHANGES_REQUESTED") {
    throw unprocessable(`Can not dismiss a ${review.state.toLowerCase()} pull request review`);
  }
  dismissReview(scene, issue, review, message);
  return ok(reviewAnswer(context, scene.repository, issue, review));
}

function listAsked(context: ForgeContext, call: Call): Answer {
  const issue = pullOf(repositoryIn(context, call), numberIn(call));
  const body: Schemas["pull-request-review-request"] = {
    users: issue.pull.requestedReviewers.map((login) => userAnswer(context, login)),
    teams: [],
  };
  return ok(body);
}

/** The author and whoever may triage ask collaborators for a review. */
async function ask(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const issue = pullOf(scene.repository, numberIn(call));
  refuseOthers(scene, call, issue.author, "triage");
  const logins = reviewersIn(call);
  if (logins.includes(issue.author)) throw unprocessable("Review cannot be requested from pull request author.");
  if (logins.some((login) => !mayPush(context, scene.repository, login))) {
    const name = `${scene.repository.owner}/${scene.repository.name}`;
    throw unprocessable(
      `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${name} repository.`,
    );
  }
  for (const login of logins.filter((each) => !issue.pull.requestedReviewers.includes(each))) {
    issue.pull.requestedReviewers.push(login);
    noteEvent(scene, issue, { event: "review_requested", reviewer: login });
    await tellPull(scene, "review_requested", issue, { requested_reviewer: userAnswer(context, login) });
  }
  return created(simplePullAnswer(context, scene.repository, issue));
}

async function unask(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const issue = pullOf(scene.repository, numberIn(call));
  refuseOthers(scene, call, issue.author, "triage");
  for (const login of reviewersIn(call).filter((each) => issue.pull.requestedReviewers.includes(each))) {
    issue.pull.requestedReviewers = issue.pull.requestedReviewers.filter((each) => each !== login);
    noteEvent(scene, issue, { event: "review_request_removed", reviewer: login });
    await tellPull(scene, "review_request_removed", issue, { requested_reviewer: userAnswer(context, login) });
  }
  return ok(simplePullAnswer(context, scene.repository, issue));
}

function reviewersIn(call: Call): string[] {
  const given: unknown = call.body.reviewers ?? [];
  if (Array.isArray(given) && given.every((each) => typeof each === "string")) return given;
  throw invalid({ resource: "PullRequest", field: "reviewers", code: "invalid" });
}
