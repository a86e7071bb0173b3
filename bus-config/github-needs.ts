/** The repository permissions of a GitHub App, named as its manifest names them. */
export type Permission =
  | "administration"
  | "checks"
  | "contents"
  | "issues"
  | "members"
  | "merge_queues"
  | "metadata"
  | "pull_requests"
  | "statuses";

/** What one call needs. Of several permissions each is needed. */
export type Needs = Readonly<Partial<Record<Permission, "read" | "write">>>;

interface GitHubCall {
  readonly needs: Needs;
  /** What https://docs.github.com/rest/authentication/permissions-required-for-github-apps does not say. */
  readonly remark?: string;
}

/** GitHub's words for no call of GraphQL. */
const undocumented = { remark: "GraphQL: not documented." } as const;

/** A queue merges, and has a permission of its own. */
const queueing = { contents: "write", merge_queues: "write", pull_requests: "write" } as const;

/**
 * What GitHub demands for each call that the rig makes. A call of REST is named as octokit names it, one of GraphQL by the path to the field
 * that it asks for, and `git` is git over HTTP. GitHub documents no permissions for GraphQL.
 */
export const gitHubCalls = {
  "apps.createInstallationAccessToken": { needs: {} },
  "apps.eachRepository": { needs: { metadata: "read" } },
  "apps.getAuthenticated": { needs: {} },
  "apps.getRepoInstallation": { needs: {} },
  "checks.create": { needs: { checks: "write" }, remark: "Only an App may; a token may not." },
  "checks.listForRef": { needs: { checks: "read" } },
  "checks.listSuitesForRef": { needs: { checks: "read" } },
  "checks.update": { needs: { checks: "write" }, remark: "Only the App that made the check run may." },
  dequeuePullRequest: { needs: queueing, ...undocumented },
  enqueuePullRequest: { needs: queueing, ...undocumented },
  git: {
    needs: { contents: "write" },
    remark:
      "A push that changes `.github/workflows` needs `workflows: write` too. No identity has it, so GitHub refuses it.",
  },
  "git.getBlob": { needs: { contents: "read" } },
  "git.getRef": { needs: { contents: "read" } },
  "git.getTree": { needs: { contents: "read" } },
  "issues.create": { needs: { issues: "write" } },
  "issues.createComment": { needs: { issues: "write" }, remark: "On a pull request, Pull requests (write) is enough." },
  "issues.get": { needs: { issues: "read" } },
  "issues.listComments": { needs: { issues: "read" } },
  "issues.listCommentsForRepo": { needs: { issues: "read" } },
  "issues.listEvents": { needs: { issues: "read" } },
  "issues.listEventsForRepo": { needs: { issues: "read" } },
  "issues.listForRepo": { needs: { issues: "read" } },
  "issues.updateComment": { needs: { issues: "write" } },
  "pulls.create": { needs: { pull_requests: "write" } },
  "pulls.createReview": { needs: { pull_requests: "write" } },
  "pulls.get": { needs: { pull_requests: "read" } },
  "pulls.list": { needs: { pull_requests: "read" } },
  "pulls.listCommits": { needs: { pull_requests: "read" } },
  "pulls.listReviewCommentsForRepo": { needs: { pull_requests: "read" } },
  "pulls.listReviews": { needs: { pull_requests: "read" } },
  "pulls.merge": {
    needs: { contents: "write" },
    remark:
      "A merge that changes `.github/workflows` needs `workflows: write` too. No identity has it, so GitHub refuses it.",
  },
  "pulls.update": { needs: { pull_requests: "write" } },
  "pulls.updateBranch": {
    needs: { contents: "write", pull_requests: "write" },
    remark:
      "An update that brings a change of `.github/workflows` may need `workflows: write` too; then an agent merges the base.",
  },
  "repos.compareCommitsWithBasehead": { needs: { contents: "read" } },
  "repos.get": { needs: { metadata: "read" } },
  "repos.createCommitStatus": { needs: { statuses: "write" } },
  "repos.getBranch": { needs: { contents: "read" } },
  "repos.getBranchProtection": { needs: { administration: "read" } },
  "repos.getBranchRules": { needs: { metadata: "read" } },
  "repos.getCollaboratorPermissionLevel": { needs: { metadata: "read" } },
  "repos.getCombinedStatusForRef": { needs: { statuses: "read" } },
  "repos.getContent": { needs: { contents: "read" } },
  "repos.getRepoRuleset": {
    needs: { administration: "write" },
    remark: "Metadata (read) shows the ruleset, but `bypass_actors` only to those who may edit it.",
  },
  "repos.getRepoRulesets": { needs: { metadata: "read" } },
  "repos.listActivities": { needs: { contents: "read" } },
  "repository.defaultBranchRef": { needs: { metadata: "read" }, remark: "GraphQL: not documented." },
  "repository.issue": { needs: { issues: "read" }, remark: "GraphQL: not documented." },
  "repository.databaseId": { needs: { metadata: "read" }, remark: "GraphQL: not documented." },
  "repository.issue.labels": { needs: { issues: "read" }, remark: "GraphQL: not documented." },
  "repository.issue.repository": { needs: { metadata: "read" }, remark: "GraphQL: not documented." },
  "repository.mergeCommitAllowed": { needs: { metadata: "read" }, remark: "GraphQL: not documented." },
  "repository.mergeQueue.configuration": { needs: { metadata: "read" }, remark: "GraphQL: not documented." },
  "repository.object.checkSuites": { needs: { checks: "read" }, remark: "GraphQL: not documented." },
  "repository.object.statusCheckRollup": { needs: { checks: "read", statuses: "read" }, ...undocumented },
  "repository.owner": { needs: { metadata: "read" }, remark: "GraphQL: not documented." },
  "repository.pullRequest": { needs: { pull_requests: "read" }, remark: "GraphQL: not documented." },
  "repository.pullRequest.author": { needs: { pull_requests: "read" }, remark: "GraphQL: not documented." },
  "repository.pullRequest.closingIssuesReferences": {
    needs: { issues: "read", pull_requests: "read" },
    ...undocumented,
  },
  "repository.pullRequest.baseRef": {
    needs: { checks: "read", contents: "read", statuses: "read" },
    remark: "GraphQL: not documented.",
  },
  "repository.pullRequest.commits": {
    needs: { checks: "read", contents: "read", pull_requests: "read", statuses: "read" },
    ...undocumented,
  },
  "repository.pullRequest.labels": { needs: { pull_requests: "read" }, remark: "GraphQL: not documented." },
  "repository.pullRequest.mergeCommit": { needs: { pull_requests: "read" }, remark: "GraphQL: not documented." },
  "repository.pullRequest.mergeQueue": { needs: { metadata: "read" }, remark: "GraphQL: not documented." },
  "repository.pullRequest.mergeQueueEntry": { needs: { merge_queues: "read", pull_requests: "read" }, ...undocumented },
  "repository.pullRequest.mergedBy": { needs: { pull_requests: "read" }, remark: "GraphQL: not documented." },
  "repository.pullRequest.reviewRequests": { needs: { pull_requests: "read" }, remark: "GraphQL: not documented." },
  "repository.pullRequest.reviewThreads": { needs: { pull_requests: "read" }, remark: "GraphQL: not documented." },
  "repository.pullRequest.reviews": { needs: { pull_requests: "read" }, remark: "GraphQL: not documented." },
  "repository.pullRequest.timelineItems": { needs: { pull_requests: "read" }, remark: "GraphQL: not documented." },
  "repository.pullRequests.nodes": { needs: { pull_requests: "read" }, remark: "GraphQL: not documented." },
  "repository.pullRequests.pageInfo": { needs: { pull_requests: "read" }, remark: "GraphQL: not documented." },
  "repository.rebaseMergeAllowed": { needs: { metadata: "read" }, remark: "GraphQL: not documented." },
  "repository.ref.refUpdateRule": { needs: { metadata: "read" }, remark: "GraphQL: not documented." },
  "repository.squashMergeAllowed": { needs: { metadata: "read" }, remark: "GraphQL: not documented." },
  resolveReviewThread: {
    needs: { contents: "write", pull_requests: "write" },
    remark:
      "GraphQL: not documented. With `contents: read` GitHub answers FORBIDDEN ([discussion 44650](https://github.com/orgs/community/discussions/44650)).",
  },
  "teams.listMembersInOrg": {
    needs: { members: "read" },
    remark: "It is a permission of the organization, not of a repository.",
  },
  "users.getAuthenticated": { needs: {} },
  "users.getByUsername": { needs: {} },
} as const satisfies Readonly<Record<string, GitHubCall>>;
export type GitHubCallName = keyof typeof gitHubCalls;
