import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { HeadSha, Name, SuiteId, UpdatedAt } from "../fields.ts";

/** Which App ran the checks. The gate leaves out what it said itself. */
const AppSlug = Schema.optionalKey(
  Name.annotate({
    description:
      "Name of the App whose checks these are, as GitHub has it in addresses. Absent when GitHub names none.",
  }),
);

/** Facts about the forge's checks on a head SHA. CI_PASSED only wakes the gate, which then reads the checks themselves from GitHub. */
export const ciFacts = {
  CI_PASSED: defineFact({
    of: "pr",
    version: 2,
    emitter: "several",
    description: "Every check of one check suite on this head SHA succeeded.",
    data: Schema.Struct({ headSha: HeadSha, suiteId: SuiteId, app: AppSlug, updatedAt: UpdatedAt }),
  }),
  CI_FAILED: defineFact({
    of: "pr",
    version: 2,
    emitter: "several",
    description: "A check suite on this head SHA ended without success.",
    data: Schema.Struct({
      headSha: HeadSha,
      suiteId: SuiteId,
      app: AppSlug,
      conclusion: Name.annotate({
        description:
          "How the check suite ended, in GitHub's words, such as `failure`, `timed_out` or `cancelled`; `none` when GitHub names nothing.",
      }),
      updatedAt: UpdatedAt,
    }),
  }),
  STATUS_REPORTED: defineFact({
    of: "issue",
    version: 2,
    emitter: "several",
    description:
      "A commit status, which GitHub keeps beside checks, ended on the head of the issue's branch. The gate and the dispatcher read it from GitHub.",
    data: Schema.Struct({
      headSha: HeadSha,
      context: Name.annotate({ description: "Name of the status, such as `ci/jenkins`." }),
      state: Schema.Literals(["success", "failure", "error"]).annotate({
        description: "How it ended, in GitHub's word.",
      }),
      updatedAt: UpdatedAt,
    }),
  }),
} as const;
