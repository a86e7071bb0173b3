import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { BranchName, Details, HeadSha, MergeSha, Name, PrNumber, Reason, Time } from "../fields.ts";
import { holdNames } from "../gate/reasons.ts";
import { tierNames } from "../gate/tier-rules.ts";
import { TextRef } from "../text.ts";

/** One condition of the gate and whether it was met at one moment. `why` tells a person what is missing. */
const GateCheck = Schema.Struct({
  name: Schema.Literals([
    "open",
    "issue",
    "origin",
    "epoch",
    "ci",
    "rules",
    "review",
    "threads",
    "person",
    "tier",
    "mergeable",
  ]).annotate({
    description:
      "The condition: the pull request is open, the merge closes its dispatched issue and no other (by the body, a link, a commit or the message of the merge), an agent of the rig opened it from the issue's branch in the repository itself, its body has the current epoch, its checks passed, the rules of the base want nothing else that the gate cannot bring about, an appointed reviewer approved it, no review thread of somebody who may object is open, it touches nothing that a person has to merge, it has the approvals that its tier of risk needs, it merges cleanly and is not behind a base that demands heads to be up to date, or into which others merged commits that the head had before (assumed where it lacks more than 100).",
  }),
  passed: Schema.Boolean.annotate({ description: "Whether GitHub and the issue's history meet the condition." }),
  why: Reason.annotate({
    description: "What was found, written for a person. It quotes names of checks, labels, branches and accounts.",
  }),
  hold: Schema.optionalKey(Schema.Literals(holdNames)).annotate({
    description:
      "Why the condition is not met, as a name: docs/not-merged.md says under it who can end it and how. Absent when it is met.",
  }),
  since: Schema.optionalKey(Time).annotate({
    description:
      "Since when the condition is met, or is not met for this reason: ISO 8601 in UTC. Absent in the facts of earlier rigs.",
  }),
  leftAside: Schema.optionalKey(Schema.Int).annotate({
    description:
      "How many unresolved review threads do not hold the merge, because nobody wrote in them who may object; absent when there is none.",
  }),
});

/** A review thread that holds the merge, as the gate saw it. Agents may resolve or delete it without ending what it holds. */
const HoldingThread = Schema.Struct({
  id: Name.annotate({ description: "Id of the review thread in GitHub's GraphQL API (`node_id`)." }),
  isResolved: Schema.Boolean.annotate({ description: "Whether GitHub shows it as resolved." }),
  comments: Schema.Array(Schema.Int).annotate({
    description: "Ids that GitHub gave the comments in it by those who may object, at most its first 100.",
  }),
});

/** Facts of the gate. Of all services only merge-gate merges. */
export const mergeFacts = {
  GATE_EVALUATED: defineFact({
    of: "pr",
    version: 4,
    description:
      "The gate evaluated this head SHA, and the outcome differs from the last one, or a GATE_OUTDATED because of threads had asked for it.",
    data: Schema.Struct({
      headSha: HeadSha,
      passed: Schema.Boolean.annotate({
        description: "Whether every condition is met, so that the change may be merged.",
      }),
      checks: Schema.Array(GateCheck).annotate({ description: "Each condition of the gate with what was found." }),
      threads: Schema.Array(HoldingThread).annotate({
        description: "The first 100 review threads that hold the merge. The reconciler compares them with GitHub.",
      }),
      tier: Schema.optionalKey(Schema.Literals(tierNames)).annotate({
        description:
          "The tier of risk of this head, by the policy of that moment. An approval that was given on it counts for no higher tier. Absent where not all of its files were seen, or the rules were not known.",
      }),
      operatorTier: Schema.optionalKey(Schema.Literals(tierNames)).annotate({
        description: "The tier by the operator's policy alone, without the repository's file. Absent where `tier` is.",
      }),
      shadow: Schema.optionalKey(Schema.Boolean).annotate({
        description: "Whether the policy said `shadow`, so that nothing follows. Absent where it said `act`.",
      }),
      snapshot: Schema.optionalKey(Schema.NullOr(TextRef)).annotate({
        description:
          "All that the gate decided on (contracts/gate/snapshot.ts), as JSON, until somebody erases it, 30 days at most; null when it was longer than a text may be. Absent in the facts of earlier rigs.",
      }),
    }),
  }),
  GATE_OUTDATED: defineFact({
    of: "pr",
    description:
      "The gate may hold the change for what is over, because a delivery never came. The gate evaluates the change again.",
    data: Schema.Struct({
      headSha: HeadSha,
      because: Schema.Literals(["threads", "time"]).annotate({
        description:
          "`threads`: GitHub shows a review thread that held the merge otherwise than the gate saw it. `time`: the gate's last evaluation of the open change is 65 minutes old; of one that is held then twice as long each time, at most a day; or the deadline of a condition has passed.",
      }),
    }),
  }),
  GATE_UNSHOWN: defineFact({
    of: "pr",
    description:
      "GitHub refuses the check run by which the gate shows its verdict on the pull request. Told once for each change, and again where something else stands in its place.",
    data: Schema.Struct({
      headSha: HeadSha,
      reason: Reason,
      instead: Schema.Literals(["status", "nothing"]).annotate({
        description: "What the gate shows in its place: the commit status `rig/gate`, or nothing.",
      }),
    }),
  }),
  GATE_REMINDED: defineFact({
    of: "pr",
    description:
      "A person has held the change himself for as long as the policy says (gate.remindAfterDays), so that people are reminded by a comment on the pull request: once for each hold.",
    data: Schema.Struct({
      headSha: HeadSha,
      hold: Schema.Literals(holdNames).annotate({ description: "The name of the reason, as in GATE_EVALUATED." }),
      since: Time.annotate({ description: "Since when the person holds it: ISO 8601 in UTC." }),
      reason: Reason,
    }),
  }),
  GATE_OVERDUE: defineFact({
    of: "issue",
    description:
      "A condition of the gate has not been met for longer than its deadline (docs/not-merged.md), so that a person is asked.",
    data: Schema.Struct({
      prNumber: PrNumber,
      headSha: HeadSha,
      hold: Schema.Literals(holdNames).annotate({ description: "The name of the reason, as in GATE_EVALUATED." }),
      since: Time.annotate({ description: "Since when the condition is not met for this reason: ISO 8601 in UTC." }),
      reason: Reason,
    }),
  }),
  BRANCH_UPDATE_REQUESTED: defineFact({
    of: "issue",
    version: 2,
    description:
      "Every condition is met but that the head has the newest commit of its base. The gate appends this fact before it asks GitHub to merge the base into exactly this head SHA, once for each head, commit of the base and approval.",
    data: Schema.Struct({
      prNumber: PrNumber,
      headSha: HeadSha,
      baseSha: Schema.optionalKey(MergeSha).annotate({
        description:
          "SHA of the commit of the base branch at which the change has its turn, 40 hex digits; absent where it needs none.",
      }),
    }),
  }),
  MERGE_REQUESTED: defineFact({
    of: "issue",
    version: 2,
    description:
      "Every condition is met. The gate appends this fact before it asks GitHub to merge exactly this head SHA.",
    data: Schema.Struct({
      prNumber: PrNumber,
      headSha: HeadSha,
      baseSha: Schema.optionalKey(MergeSha).annotate({
        description:
          "SHA of the commit of the base branch on which the head was tested, 40 hex digits; absent where the policy and GitHub let a head be merged that lacks it.",
      }),
    }),
  }),
  MERGE_QUEUED: defineFact({
    of: "issue",
    description:
      "The gate put exactly this head SHA into the merge queue of its base, because the base demands one. The request for the merge stands until the queue has merged or removed it.",
    data: Schema.Struct({ prNumber: PrNumber, headSha: HeadSha }),
  }),
  MERGED: defineFact({
    of: "issue",
    description: "The pull request of the issue is merged.",
    data: Schema.Struct({ prNumber: PrNumber, mergeSha: MergeSha }),
  }),
  MERGE_FAILED: defineFact({
    of: "issue",
    version: 2,
    description:
      "The requested merge was not made: GitHub or its merge queue refused it, or a condition was no longer met before the merge.",
    data: Schema.Struct({
      prNumber: PrNumber,
      headSha: HeadSha,
      reason: Reason,
      details: Details,
      asksPerson: Schema.optionalKey(Schema.Boolean).annotate({
        description:
          "Whether every condition holds and GitHub refuses the merge for good, so that a person is asked. Absent in the facts of earlier rigs.",
      }),
    }),
  }),
  MERGE_CONFLICT: defineFact({
    of: "issue",
    description:
      "The pull request does not merge as it is, until its base branch is merged into it: the two conflict, or it is behind a base that demands heads to be up to date, or into which others merged commits that the head had before. The last GATE_EVALUATED says which.",
    data: Schema.Struct({ prNumber: PrNumber, headSha: HeadSha }),
  }),
  BASE_BROKEN: defineFact({
    of: "issue",
    description:
      "Required checks fail on the commit with which the gate merged the issue's pull request, and did not on the commit before it. Until the base is mended no other change is merged there.",
    data: Schema.Struct({
      prNumber: PrNumber,
      mergeSha: MergeSha,
      branch: BranchName.annotate({ description: "Name of the base branch." }),
      checks: Schema.Array(Name).annotate({ description: "Names of the checks that fail there, at most 20." }),
    }),
  }),
  REVERT_PROPOSED: defineFact({
    of: "issue",
    description:
      "The gate opened this issue, which proposes to revert a merge that broke the base. Once a person approved it, its change is merged before all others.",
    data: Schema.Struct({ prNumber: PrNumber, mergeSha: MergeSha }),
  }),
  ADMIN_BYPASS_DETECTED: defineFact({
    of: "issue",
    description: "Somebody merged the pull request without the gate.",
    data: Schema.Struct({
      prNumber: PrNumber,
      mergedBy: Name.annotate({
        description: "GitHub login of the account that merged it; empty when GitHub names nobody.",
      }),
    }),
  }),
} as const;
