import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { BranchName, HeadSha, MergeSha, Name, Owner, PrNumber, Reason, Repo, Time, UpdatedAt } from "../fields.ts";

const ofCommit = {
  owner: Owner,
  repo: Repo,
  branch: BranchName.annotate({ description: "Name of the base branch." }),
  baseSha: MergeSha.annotate({ description: "SHA of a commit of the base branch, 40 hex digits." }),
};
const ofBase = { ...ofCommit, prNumber: PrNumber };
const IssueNumber = Schema.Int.annotate({ description: "Number of the issue that the pull request is of." });
const ofChange = {
  ...ofBase,
  issueNumber: IssueNumber,
  approvedAt: Time.annotate({
    description: "When a person approved the issue: ISO 8601 in UTC. Of those that wait, the oldest approval is first.",
  }),
};

/**
 * Facts about one commit of a base branch: which change is merged onto it, and what became of it. Each commit has a history of its own, so that two
 * changes that were tested on the same commit are never both merged onto it.
 */
export const baseFacts = {
  BASE_CLAIMED: defineFact({
    of: "fleet",
    description:
      "A change has its turn at a commit of its base branch: it is updated to that commit and tested, and no other change is merged onto it.",
    data: Schema.Struct({
      ...ofChange,
      headSha: HeadSha,
      goesFirst: Schema.optionalKey(Schema.Boolean).annotate({
        description:
          "Whether it mends the base, as a person says: it takes the turn of a change that is to be tested. Absent: no.",
      }),
      to: Schema.Literals(["test", "merge"]).annotate({
        description:
          "`test`: the head has to get the commit and be tested; the turn ends after two hours. `merge`: the head has it and passed, and GitHub is asked for the merge.",
      }),
    }),
  }),
  BASE_AWAITED: defineFact({
    of: "fleet",
    description: "A change that lacks nothing else waits until the change that has its turn at this commit is merged.",
    data: Schema.Struct(ofChange),
  }),
  BASE_RELEASED: defineFact({
    of: "fleet",
    description: "A turn at this commit is over. The gate looks at the changes that wait for it.",
    data: Schema.Struct({
      ...ofBase,
      mergeSha: Schema.NullOr(MergeSha).annotate({
        description:
          "SHA of the commit that merged the change, which the base branch has then; null when it was not merged.",
      }),
      reason: Reason,
    }),
  }),
  BASE_ADVANCED: defineFact({
    of: "fleet",
    description: "A change of the rig was merged, and with that the base branch got this commit.",
    data: Schema.Struct({
      ...ofBase,
      issueNumber: IssueNumber,
      prevSha: MergeSha.annotate({ description: "SHA of the commit onto which it was merged, 40 hex digits." }),
    }),
  }),
  BASE_CHECKED: defineFact({
    of: "fleet",
    description:
      "A check suite or a commit status ended on a commit of the default branch. The gate reads from GitHub what is required there and what failed.",
    data: Schema.Struct({
      ...ofCommit,
      name: Name.annotate({ description: "Name of the App behind the suite, or of the status; empty for no App." }),
      passed: Schema.Boolean.annotate({ description: "Whether it ended well." }),
      updatedAt: UpdatedAt,
    }),
  }),
} as const;
