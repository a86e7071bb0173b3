import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import {
  AgentId,
  BranchName,
  ClaimId,
  Epoch,
  HeadSha,
  IssueBranch,
  MergeSha,
  Name,
  PrNumber,
  Sender,
  Title,
  UpdatedAt,
  Url,
} from "../fields.ts";

/** The fields of a pull request, from GitHub's delivery. */
const Snapshot = {
  title: Title.annotate({
    description: "Title of the pull request when GitHub sent the delivery. Untrusted text; it stays on EVENTS.",
  }),
  author: Name.annotate({
    description: "GitHub login of the account that opened the pull request; empty when that account is deleted.",
  }),
  branch: BranchName.annotate({
    description: "Name of the head branch; `<owner>/<repository>:<branch>` when it is in a fork.",
  }),
  baseBranch: BranchName.annotate({ description: "Name of the base branch: the pull request will be merged into it." }),
  headSha: HeadSha,
  closes: Schema.Array(Schema.Int).annotate({
    description:
      "Numbers of the issues that the merge will close, read from the closing keywords in the body; empty for a fork.",
  }),
  epoch: Schema.optionalKey(
    Schema.NullOr(Epoch).annotate({
      description: "Number of the claim that the body names (`Rig-Epoch`); null when it names none.",
    }),
  ),
  draft: Schema.optionalKey(
    Schema.Boolean.annotate({
      description: "Whether the pull request is a draft; absent when the delivery does not say it.",
    }),
  ),
  labels: Schema.optionalKey(
    Schema.Array(Name).annotate({
      description: "Names of all labels of the pull request; absent when the delivery has none.",
    }),
  ),
  updatedAt: UpdatedAt,
};

/** Facts about a change (a pull request), as GitHub reports it. `PR_CREATED` is the agent's own: it links the pull request to its issue. */
export const changeFacts = {
  PR_CREATED: defineFact({
    of: "issue",
    version: 2,
    emitter: "several",
    description: "The holder opened the pull request for the issue, or found the one that an earlier claim had opened.",
    data: Schema.Struct({
      claimId: ClaimId,
      agentId: AgentId,
      prNumber: PrNumber,
      prUrl: Url.annotate({ description: "Address of the pull request's page on GitHub (`html_url`)." }),
      branch: IssueBranch,
      epoch: Epoch,
    }),
  }),
  PR_OPENED: defineFact({
    of: "pr",
    version: 2,
    emitter: "several",
    description: "A pull request was opened on GitHub.",
    data: Schema.Struct(Snapshot),
  }),
  PR_SYNCHRONIZED: defineFact({
    of: "pr",
    version: 2,
    emitter: "several",
    description: "Commits were pushed to the pull request's branch.",
    data: Schema.Struct({
      ...Snapshot,
      prevSha: HeadSha.annotate({
        description: "Commit SHA of the head before the push, 40 hex digits; empty when the delivery does not name it.",
      }),
    }),
  }),
  PR_EDITED: defineFact({
    of: "pr",
    version: 2,
    emitter: "several",
    description:
      "Title, body (with the issues that it closes), base branch, labels or draft status of the pull request changed, or it went into a merge queue or out of it. The gate depends on them.",
    data: Schema.Struct(Snapshot),
  }),
  PR_REOPENED: defineFact({
    of: "pr",
    version: 2,
    emitter: "several",
    description: "A closed pull request was opened again.",
    data: Schema.Struct(Snapshot),
  }),
  PR_CLOSED: defineFact({
    of: "pr",
    version: 2,
    emitter: "several",
    description: "The pull request was closed, merged or not.",
    data: Schema.Struct({
      ...Snapshot,
      merged: Schema.Boolean.annotate({
        description: "Whether the pull request was merged; false when it was only closed.",
      }),
      mergeSha: Schema.NullOr(MergeSha).annotate({
        description: "SHA of the merge commit on the base branch, 40 hex digits; null when it was not merged.",
      }),
      sender: Sender,
    }),
  }),
} as const;
