import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { BranchName, HeadSha, MergeSha, Owner, PrNumber, Reason, Repo, Time } from "../fields.ts";

const ofBase = {
  owner: Owner,
  repo: Repo,
  branch: BranchName.annotate({ description: "Name of the base branch." }),
  baseSha: MergeSha.annotate({ description: "SHA of the newest commit of the base branch, 40 hex digits." }),
  prNumber: PrNumber,
};
const ofChange = {
  ...ofBase,
  issueNumber: Schema.Int.annotate({ description: "Number of the issue that the pull request is of." }),
  approvedAt: Time.annotate({
    description: "When a person approved the issue: ISO 8601 in UTC. Of those that wait, the oldest approval is first.",
  }),
};

/**
 * Facts about one commit of a base branch: which change is merged onto it. Each commit has a history of its own, so that two changes that
 * were tested on the same commit are never both merged onto it.
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
} as const;
