/** The facts that follow from what happens on GitHub. The reconciler publishes one when its delivery never came. */
export const gitHubFacts = [
  "ISSUE_LABELED",
  "ISSUE_UNLABELED",
  "ISSUE_CLOSED",
  "PR_OPENED",
  "PR_SYNCHRONIZED",
  "PR_EDITED",
  "PR_REOPENED",
  "PR_CLOSED",
  "REVIEW_SUBMITTED",
  "CI_PASSED",
  "CI_FAILED",
  "ISSUE_COMMENTED",
  "PR_COMMENTED",
  "STATUS_REPORTED",
] as const;
