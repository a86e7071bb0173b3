import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { Name, UpdatedAt } from "../fields.ts";
import { TextRef } from "../text.ts";

/** The fields of a comment, from GitHub's delivery. */
const Comment = {
  commentId: Schema.Int.annotate({ description: "Id that GitHub gave the comment." }),
  author: Name.annotate({
    description:
      "GitHub login of the account that wrote the comment, whoever edited it later; empty when that account is deleted.",
  }),
  action: Schema.Literals(["created", "edited", "deleted"]).annotate({
    description: "What happened to the comment, as GitHub names it.",
  }),
  body: Schema.NullOr(TextRef).annotate({
    description:
      "Pointer to the comment in this delivery, Markdown; null when it was deleted. Agents work from the comment as GitHub has it later.",
  }),
  updatedAt: UpdatedAt,
};

/**
 * Facts about comments of people. GitHub lets everybody comment, so they only wake, but the deletion of a comment on a line, which GitHub shows nowhere afterwards: whether the author may give a task is asked of GitHub
 * by whoever acts on one. Comments of Apps are no facts, but the deletion of one on a line is: a thread may be gone with it.
 */
export const commentFacts = {
  ISSUE_COMMENTED: defineFact({
    of: "issue",
    version: 2,
    emitter: "several",
    description:
      "A person commented on the issue, or edited or deleted a comment. Comments since the approval by those who may write to the repository are in the brief of the agent's next run.",
    data: Schema.Struct(Comment),
  }),
  PR_COMMENTED: defineFact({
    of: "pr",
    version: 2,
    emitter: "several",
    description:
      "A person commented on the pull request, or edited a comment, or somebody deleted one. Comments by those who may write to the repository are in the brief of the next fix; one that mentions the agent asks for a fix.",
    data: Schema.Struct({
      ...Comment,
      where: Schema.Literals(["conversation", "diff"]).annotate({
        description: "Where the comment stands: in the conversation, or on a line of the diff.",
      }),
      deletedBy: Schema.optionalKey(
        Schema.Struct({
          login: Name.annotate({ description: "GitHub login of the account." }),
          type: Schema.Literals(["User", "Bot", "Other"]).annotate({
            description: "Type of the account, as GitHub names it.",
          }),
        }),
      ).annotate({
        description: "Who deleted the comment on a line of the diff, as the delivery says. Absent for anything else.",
      }),
    }),
  }),
} as const;
