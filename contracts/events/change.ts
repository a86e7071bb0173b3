import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";

const Snapshot = {
  title: Schema.String,
  author: Schema.String,
  branch: Schema.String,
  baseBranch: Schema.String,
  headSha: Schema.String,
  closes: Schema.Array(Schema.Int),
};

/** Facts about a change (a pull request) as GitHub tells them, and the one that links it to its issue. */
export const changeFacts = {
  PR_CREATED: defineFact({
    of: "issue",
    emitter: "several",
    description: "The holder opened the pull request for the issue (or found the one that it had opened before).",
    data: Schema.Struct({
      agentId: Schema.String,
      prNumber: Schema.Int,
      prUrl: Schema.String,
      branch: Schema.String,
      epoch: Schema.Int,
    }),
  }),
  PR_OPENED: defineFact({
    of: "pr",
    description: "A pull request was opened on GitHub.",
    data: Schema.Struct(Snapshot),
  }),
  PR_SYNCHRONIZED: defineFact({
    of: "pr",
    description: "Commits were pushed to the pull request's branch.",
    data: Schema.Struct({ ...Snapshot, prevSha: Schema.String }),
  }),
  PR_EDITED: defineFact({
    of: "pr",
    description:
      "Something changed that the gate looks at: title, body (and the issues that it closes), labels, or being a draft.",
    data: Schema.Struct(Snapshot),
  }),
  PR_REOPENED: defineFact({
    of: "pr",
    description: "A closed pull request was opened again.",
    data: Schema.Struct(Snapshot),
  }),
  PR_CLOSED: defineFact({
    of: "pr",
    description: "The pull request was closed, merged or not.",
    data: Schema.Struct({
      ...Snapshot,
      merged: Schema.Boolean,
      mergeSha: Schema.NullOr(Schema.String),
      sender: Schema.String,
    }),
  }),
} as const;
