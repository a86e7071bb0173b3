/**
 * Who judges what a rule wants of a merge. `gate`: the gate, by its parameters. `standing`: GitHub, whose `mergeable_state` has to let the
 * change be merged. `merge`: GitHub, which refuses the merge with a reason. `nobody`: no merge can break it. `person`: it is not known what it
 * wants, so a person has to merge.
 */
type Judge = "gate" | "standing" | "merge" | "nobody" | "person";

const pushed = "what may be pushed into the repository at all, which the head was";

/**
 * Every type of rule that GitHub has (https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets),
 * also those that only its GraphQL schema names: who judges it, and what of it. docs/requirements.md has it as a table. A
 * type that is not here is a person's.
 */
export const ruleDecisions = {
  required_status_checks: ["gate", "checks and statuses of their Apps, and whether the head has to be up to date"],
  workflows: ["gate", "the suites of GitHub Actions that run these files"],
  pull_request: ["gate", "approvals, code owners, last push, teams, threads and the ways to merge"],
  required_review_thread_resolution: ["gate", "threads"],
  required_linear_history: ["gate", "the way to merge: squash or rebase"],
  required_signatures: [
    "gate",
    "each commit of the change; the way to merge is not rebase, which GitHub does not sign",
  ],
  merge_queue: ["gate", "whether there is a queue"],
  lock_branch: ["gate", "nobody merges into a locked branch"],
  required_deployments: ["standing", "deployments of the head"],
  code_scanning: ["standing", "results of the tools and their alerts"],
  code_quality: ["standing", "results of GitHub's own analysis"],
  license_compliance_scanning: ["standing", "licenses of the dependencies"],
  secret_scanning: ["standing", "secrets in the commits"],
  workflow_updates: ["standing", "changes of workflows, which a person merges in any case"],
  commit_message_pattern: ["standing", "messages of the commits; GitHub refuses the message of the merge"],
  commit_author_email_pattern: ["standing", "addresses of the authors"],
  committer_email_pattern: ["standing", "addresses of the committers"],
  update: [
    "merge",
    "whether the gate may bypass it, which GitHub shows to nobody else; `doctor` asks with your own token",
  ],
  creation: ["merge", "nothing of a branch that stands"],
  deletion: ["nobody", "the branch stays"],
  non_fast_forward: ["nobody", "a merge is no push by force"],
  branch_name_pattern: ["nobody", "the name of the branch"],
  tag_name_pattern: ["nobody", "tags"],
  tag: ["nobody", "tags"],
  file_path_restriction: ["nobody", pushed],
  max_file_path_length: ["nobody", pushed],
  file_extension_restriction: ["nobody", pushed],
  max_file_size: ["nobody", pushed],
  max_ref_updates: ["nobody", "pushes of many branches at once"],
  copilot_code_review: ["nobody", "it asks for a review that need not come"],
  authorization: ["person", "not documented"],
  merge_queue_locked_ref: ["person", "not documented"],
  required_workflow_status_checks: [
    "person",
    "the form of `workflows` from before, whose parameters are not documented",
  ],
} as const satisfies Readonly<Record<string, Decision>>;

/** Who judges a type of rules, and what of it. */
type Decision = readonly [judge: Judge, what: string];

/** Who judges a rule of this type: a person, where GitHub has made the type since. */
export function judgeOf(type: string): Judge {
  const known: Readonly<Record<string, Decision>> = ruleDecisions;
  return known[type]?.[0] ?? "person";
}
