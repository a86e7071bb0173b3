import { currentLine, reviewCommentAnswer } from "../answers/review.ts";
import { type ForgeContext, timeNow } from "../context.ts";
import type { Scene } from "../events.ts";
import { notFound } from "../failure.ts";
import type { RepositoryRecord, ReviewCommentRecord } from "../records.ts";
import { tellReviewComment } from "../review-events.ts";
import { pullOf } from "../store.ts";
import { refuseOthers, sceneOf } from "./issue.ts";
import { repositoryIn } from "./repository.ts";
import { addReview, lineCommentIn, reviewedCommit } from "./review.ts";
import {
  type Answer,
  type Call,
  commentsSince,
  created,
  noContent,
  numberIn,
  ok,
  pageOf,
  type Route,
  requiredTextIn,
} from "./route.ts";

/** Comments on lines of the diff, and the answers to them (https://docs.github.com/rest/pulls/comments). */
export function reviewCommentRoutes(context: ForgeContext): Route[] {
  const all = "/repos/:owner/:repo/pulls/comments";
  const at = "/repos/:owner/:repo/pulls/:number/comments";
  const one = `${all}/:id`;
  return [
    {
      method: "GET",
      path: at,
      operations: ["pulls/list-review-comments"],
      handle: (call) => listOfPull(context, call),
    },
    {
      method: "POST",
      path: at,
      operations: ["pulls/create-review-comment"],
      handle: (call) => postComment(context, call),
    },
    {
      method: "POST",
      path: `${at}/:id/replies`,
      operations: ["pulls/create-reply-for-review-comment"],
      handle: (call) => postReply(context, call),
    },
    {
      method: "GET",
      path: all,
      operations: ["pulls/list-review-comments-for-repo"],
      handle: (call) => listAll(context, call),
    },
    { method: "GET", path: one, operations: ["pulls/get-review-comment"], handle: (call) => getComment(context, call) },
    {
      method: "PATCH",
      path: one,
      operations: ["pulls/update-review-comment"],
      handle: (call) => patchComment(context, call),
    },
    {
      method: "DELETE",
      path: one,
      operations: ["pulls/delete-review-comment"],
      handle: (call) => deleteComment(context, call),
    },
  ];
}

async function listOfPull(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const { number } = pullOf(repository, numberIn(call));
  return listed(context, call, repository, (each) => each.number === number);
}

function listAll(context: ForgeContext, call: Call): Promise<Answer> {
  return listed(context, call, repositoryIn(context, call), () => true);
}

async function listed(
  context: ForgeContext,
  call: Call,
  repository: RepositoryRecord,
  isWanted: (comment: ReviewCommentRecord) => boolean,
): Promise<Answer> {
  const page = pageOf(call, commentsSince(call, repository.reviewComments.filter(isWanted)));
  const body = await Promise.all(page.items.map((each) => answerOf(context, repository, each)));
  return { status: 200, body, headers: page.headers };
}

/** GitHub makes a review of this one comment. */
async function postComment(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const issue = pullOf(scene.repository, numberIn(call));
  const comment = lineCommentIn(call.body);
  const commitId = await reviewedCommit(scene, call, issue);
  const review = await addReview(scene, issue, { state: "COMMENTED", body: "", commitId }, [comment]);
  const made = scene.repository.reviewComments.find((each) => each.reviewId === review.id);
  if (made === undefined) throw notFound();
  return created(await answerOf(context, scene.repository, made));
}

/** Whoever may read may answer in a thread; the answer stands where the first comment does. */
async function postReply(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const issue = pullOf(scene.repository, numberIn(call));
  const first = commentIn(scene.repository, call);
  if (first.number !== issue.number || first.inReplyTo !== null) throw notFound();
  const reply: ReviewCommentRecord = {
    ...first,
    id: context.store.takeId(),
    author: scene.sender,
    body: requiredTextIn(call, "PullRequestReviewComment", "body"),
    createdAt: timeNow(),
    inReplyTo: first.id,
  };
  delete reply.updatedAt;
  scene.repository.reviewComments.push(reply);
  await tellReviewComment(scene, "created", issue, reply);
  return created(await answerOf(context, scene.repository, reply));
}

async function getComment(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  return ok(await answerOf(context, repository, commentIn(repository, call)));
}

async function patchComment(context: ForgeContext, call: Call): Promise<Answer> {
  const { scene, comment } = changeOf(context, call);
  const before = comment.body;
  comment.body = requiredTextIn(call, "PullRequestReviewComment", "body");
  comment.updatedAt = timeNow();
  const changes = { body: { from: before } };
  await tellReviewComment(scene, "edited", pullOf(scene.repository, comment.number), comment, { changes });
  return ok(await answerOf(context, scene.repository, comment));
}

/** A thread ends with its last comment. */
async function deleteComment(context: ForgeContext, call: Call): Promise<Answer> {
  const { scene, comment } = changeOf(context, call);
  const { reviewComments, threads } = scene.repository;
  reviewComments.splice(reviewComments.indexOf(comment), 1);
  if (!reviewComments.some((each) => each.threadId === comment.threadId)) {
    threads.splice(
      threads.findIndex((each) => each.id === comment.threadId),
      1,
    );
  }
  await tellReviewComment(scene, "deleted", pullOf(scene.repository, comment.number), comment);
  return noContent;
}

function changeOf(context: ForgeContext, call: Call): { readonly scene: Scene; readonly comment: ReviewCommentRecord } {
  const scene = sceneOf(context, call);
  const comment = commentIn(scene.repository, call);
  refuseOthers(scene, call, comment.author, "write");
  return { scene, comment };
}

function commentIn(repository: RepositoryRecord, call: Call): ReviewCommentRecord {
  const comment = repository.reviewComments.find((each) => String(each.id) === call.params.id);
  if (comment === undefined) throw notFound();
  return comment;
}

async function answerOf(context: ForgeContext, repository: RepositoryRecord, comment: ReviewCommentRecord) {
  const issue = pullOf(repository, comment.number);
  const line = await currentLine(context, repository, issue, comment);
  return reviewCommentAnswer(context, repository, issue, comment, line);
}
