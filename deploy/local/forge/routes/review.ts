import { baseSha } from "../answers/pull.ts";
import { currentLine, reviewAnswer, reviewCommentAnswer } from "../answers/review.ts";
import { type ForgeContext, gitDirectory, timeNow } from "../context.ts";
import { type Scene, tellReview } from "../events.ts";
import { invalid, unprocessable } from "../failure.ts";
import { type DiffFile, parseDiff, placeInPatch } from "../git/diff.ts";
import { diffText, listCommits } from "../git/git.ts";
import type { PullIssue, RepositoryRecord, ReviewCommentRecord, ReviewRecord } from "../records.ts";
import { pullOf } from "../store.ts";
import { sceneOf } from "./issue.ts";
import { ok, repositoryIn } from "./repository.ts";
import { type Answer, type Call, numberIn, pageOf, type Route, textIn } from "./route.ts";

/** Reviews and their line comments (https://docs.github.com/rest/pulls/reviews). */
export function reviewRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo/pulls/:number";
  return [
    { method: "GET", path: `${at}/reviews`, handle: async (call) => listReviews(context, call) },
    { method: "POST", path: `${at}/reviews`, handle: (call) => postReview(context, call) },
    { method: "GET", path: `${at}/comments`, handle: (call) => listReviewComments(context, call) },
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
  const { repository } = scene;
  const issue = pullOf(repository, numberIn(call));
  const state = stateIn(call);
  refuseOwnVerdict(scene, issue, state);
  const comments = commentsIn(call);
  const body = textIn(call, "body") ?? "";
  if (body === "" && state === "CHANGES_REQUESTED") throw unprocessable("Body can't be blank");
  if (body === "" && state === "COMMENTED" && comments.length === 0) throw unprocessable("Body can't be blank");
  const commitId = await reviewedCommit(context, call, repository, issue);
  const id = context.store.takeId();
  const review = { id, number: issue.number, author: scene.sender, body, state, commitId, submittedAt: timeNow() };
  const directory = gitDirectory(context, repository);
  const files = parseDiff(await diffText(directory, baseSha(repository, issue), commitId));
  const records = comments.map((each) => commentRecord(scene, review, files, each));
  repository.reviews.push(review);
  repository.reviewComments.push(...records);
  repository.threads.push(...records.map((each) => ({ id: each.threadId, number: issue.number, resolvedBy: null })));
  issue.updatedAt = review.submittedAt;
  await tellReview(scene, issue, review);
  return ok(reviewAnswer(context, repository, issue, review));
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

async function reviewedCommit(
  context: ForgeContext,
  call: Call,
  repository: RepositoryRecord,
  issue: PullIssue,
): Promise<string> {
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
  return given.map((each: unknown) => {
    const { path, line, side, body } = { ...(each as Partial<LineComment>) };
    if (typeof path !== "string") throw unprocessable("Path could not be resolved");
    if (typeof line !== "number") throw unprocessable("Line could not be resolved");
    if (typeof body !== "string" || body === "") throw unprocessable("Body can't be blank");
    return { path, line, side: side === "LEFT" ? "LEFT" : "RIGHT", body };
  });
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
  };
}

function listReviews(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const issue = pullOf(repository, numberIn(call));
  const page = pageOf(
    call,
    repository.reviews.filter((each) => each.number === issue.number),
  );
  const body = page.items.map((each) => reviewAnswer(context, repository, issue, each));
  return { status: 200, body, headers: page.headers };
}

async function listReviewComments(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const issue = pullOf(repository, numberIn(call));
  const page = pageOf(
    call,
    repository.reviewComments.filter((each) => each.number === issue.number),
  );
  const lines = await Promise.all(page.items.map((each) => currentLine(context, repository, issue, each)));
  const body = page.items.map((each, at) => reviewCommentAnswer(context, repository, issue, each, lines[at] ?? null));
  return { status: 200, body, headers: page.headers };
}
