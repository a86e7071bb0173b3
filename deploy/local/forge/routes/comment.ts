import { commentAnswer } from "../answers/issue.ts";
import { type ForgeContext, timeNow } from "../context.ts";
import { tellComment, tellCommentDeleted, tellCommentEdited } from "../events.ts";
import { notFound } from "../failure.ts";
import type { CommentRecord, RepositoryRecord } from "../records.ts";
import { issueOf } from "../store.ts";
import { refuseOthers, sceneOf } from "./issue.ts";
import { repositoryIn } from "./repository.ts";
import {
  type Answer,
  type Call,
  commentsSince,
  created,
  noContent,
  numberIn,
  ok,
  pageAnswer,
  type Route,
  requiredTextIn,
} from "./route.ts";

/** The conversation of issues and pull requests (https://docs.github.com/rest/issues/comments). */
export function commentRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo/issues";
  const one = `${at}/comments/:id`;
  return [
    {
      method: "GET",
      path: `${at}/comments`,
      operations: ["issues/list-comments-for-repo"],
      handle: async (call) => listAll(context, call),
    },
    {
      method: "GET",
      path: `${at}/:number/comments`,
      operations: ["issues/list-comments"],
      handle: async (call) => listComments(context, call),
    },
    {
      method: "POST",
      path: `${at}/:number/comments`,
      operations: ["issues/create-comment"],
      handle: async (call) => postComment(context, call),
    },
    { method: "GET", path: one, operations: ["issues/get-comment"], handle: async (call) => getComment(context, call) },
    {
      method: "PATCH",
      path: one,
      operations: ["issues/update-comment"],
      handle: async (call) => patchComment(context, call),
    },
    {
      method: "DELETE",
      path: one,
      operations: ["issues/delete-comment"],
      handle: async (call) => deleteComment(context, call),
    },
  ];
}

function listAll(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  return pageAnswer(call, commentsSince(call, repository.comments), (each) => commentAnswer(context, repository, each));
}

function listComments(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const { number } = issueOf(repository, numberIn(call));
  const found = repository.comments.filter((each) => each.number === number);
  return pageAnswer(call, commentsSince(call, found), (each) => commentAnswer(context, repository, each));
}

function getComment(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  return ok(commentAnswer(context, repository, commentIn(repository, call)));
}

/** Whoever may read may comment. */
function postComment(context: ForgeContext, call: Call): Answer {
  const scene = sceneOf(context, call);
  const issue = issueOf(scene.repository, numberIn(call));
  const comment: CommentRecord = {
    number: issue.number,
    body: requiredTextIn(call, "IssueComment", "body"),
    id: context.store.takeId(),
    author: scene.sender,
    createdAt: timeNow(),
  };
  scene.repository.comments.push(comment);
  issue.updatedAt = comment.createdAt;
  tellComment(scene, issue, comment);
  return created(commentAnswer(context, scene.repository, comment));
}

function patchComment(context: ForgeContext, call: Call): Answer {
  const scene = sceneOf(context, call);
  const comment = commentIn(scene.repository, call);
  refuseOthers(scene, call, comment.author, "write");
  const before = comment.body;
  comment.body = requiredTextIn(call, "IssueComment", "body");
  comment.updatedAt = timeNow();
  tellCommentEdited(scene, issueOf(scene.repository, comment.number), comment, before);
  return ok(commentAnswer(context, scene.repository, comment));
}

function deleteComment(context: ForgeContext, call: Call): Answer {
  const scene = sceneOf(context, call);
  const comment = commentIn(scene.repository, call);
  refuseOthers(scene, call, comment.author, "write");
  scene.repository.comments.splice(scene.repository.comments.indexOf(comment), 1);
  tellCommentDeleted(scene, issueOf(scene.repository, comment.number), comment);
  return noContent;
}

function commentIn(repository: RepositoryRecord, call: Call): CommentRecord {
  const comment = repository.comments.find((each) => String(each.id) === call.params.id);
  if (comment === undefined) throw notFound();
  return comment;
}
