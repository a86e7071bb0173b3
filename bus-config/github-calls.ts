import type { ServiceName } from "#contracts/choreography.ts";
import type { GitHubCallName } from "./github-needs.ts";

/** Why an identity makes a call, in one sentence. `optional`: it goes on where GitHub refuses the call, so it is given no permission for it. */
type Why = string | { readonly optional: string };

/** The calls of one identity. */
export type CallsMade = Readonly<Partial<Record<GitHubCallName, Why>>>;

/** What the client of every service calls, whatever the service does. Metadata (read), which every App has, is enough for it. */
export const clientCalls: CallsMade = {
  "apps.createInstallationAccessToken": "An App acts in a repository with a token that lasts one hour.",
  "apps.eachRepository": "The reconciler learns on which repositories its App is installed; the others never ask.",
  "apps.getAuthenticated": "The service learns its own login, to know what it wrote itself.",
  "apps.getRepoInstallation": "A token is for the installation of the App on this repository.",
  "users.getAuthenticated": "The same with a token instead of an App.",
};

/** Who acts on GitHub: services, each with an App of its own, and the operator, a person with a token. */
export type Identity = ServiceName | "operator";

/**
 * Every call that each identity makes, and why. A rule compares it with the source (services/_rules/github-calls.ts): no row is missing and
 * none is left over.
 */
export const identityCalls: Readonly<Partial<Record<Identity, CallsMade>>> = {
  dispatcher: {
    "checks.listForRef": "A failed check leads to a fix only while it is the latest one of the head.",
    "git.getBlob": "It reads files that an update of the branch merged.",
    "git.getTree": "It compares an update of the branch with a clean merge: its approval still counts.",
    "issues.get": "It confirms the label, the title and the body on GitHub before it acts on a delivery.",
    "issues.listComments": "It looks for what people with write permission ask of the agent.",
    "pulls.get": "It reads the head that an objection is about.",
    "pulls.listCommits": "It looks whether a head only brings an approved one up to date.",
    "pulls.listReviews": "It looks for objections to the head, also those whose delivery never came.",
    "repos.compareCommitsWithBasehead": "It looks where an update of the branch begins.",
    "repos.get": "It tells a repository without `.rig-agent.yaml` from one that GitHub does not know yet.",
    "repos.getBranch": "It reads which checks the classic protection requires.",
    "repos.getBranchRules": "It reads which checks the rulesets require: only those lead to a fix.",
    "repos.getCollaboratorPermissionLevel": "Only people who may write approve an issue, object or ask for something.",
    "repos.getCombinedStatusForRef": "A commit status can be a required check too.",
    "repository.pullRequest.reviewThreads": "It looks for open threads of people with write permission.",
    "repos.getContent": "It reads `.rig-agent.yaml` on the default branch before it approves an issue.",
    "users.getByUsername": "It tells an account that is gone from one whose permission it may not read.",
  },
  "dev-e": {
    "checks.listForRef": "A fix begins with what failed on the head.",
    git: "It clones the repository and pushes the branch of the issue.",
    "issues.createComment": "It reports progress on the issue in one comment.",
    "issues.listComments": "It looks for that comment before it writes one, and for what a fix has to answer.",
    "issues.updateComment": "It brings that comment up to date.",
    "pulls.create": "It opens the pull request.",
    "pulls.list": "It looks for the open pull request of its branch before it opens one.",
    "pulls.listReviews": "A fix answers what reviews ask for.",
    "pulls.update": "It writes the claim and `Closes #N` into a body that lacks them.",
    "repos.get": "It reads the address that git clones from.",
    "repos.getBranch": "It reads which checks the classic protection requires.",
    "repos.getBranchRules": "It reads which checks the rulesets require: only those are a task; and whether to sign.",
    "repository.ref.refUpdateRule": "It reads whether the classic protection demands signed commits.",
    "repos.getCollaboratorPermissionLevel": "Only people with write permission give it a task.",
    "repos.getCombinedStatusForRef": "A commit status can be a required check too.",
    "repository.pullRequest.reviewThreads": "A fix answers the open threads.",
    "users.getByUsername": "It tells an account that is gone from one that it may not read, and reads its own id.",
  },
  "review-e": {
    "git.getBlob": "It reads files that were only moved: a diff does not show what they hold.",
    "git.getRef": "It reads the tip of the base branch, from which it compares.",
    "git.getTree": "It reads the modes of files that were only moved: a symlink or gitlink may be among them.",
    "pulls.createReview": "It posts its review with line comments.",
    "pulls.get": "It reads the change, its head and its author.",
    "pulls.listReviews": "It looks for a review that it posted before it was killed.",
    "repos.compareCommitsWithBasehead": "It reads the diff of exactly one head.",
    "repos.getContent": "It reads the repository's `AGENTS.md`.",
    "repository.pullRequest.reviewThreads": "It finds its own open threads.",
    resolveReviewThread: "It resolves its own threads once it approves.",
  },
  "merge-gate": {
    "checks.create": "It shows its verdict on the pull request, as one check run.",
    "checks.listForRef": "It finds its own check run.",
    "checks.update": "It updates its check run.",
    dequeuePullRequest: "It takes out of a merge queue what must not be merged any more.",
    enqueuePullRequest: "Where the base demands a merge queue it puts the change in, with the expected head.",
    "git.getBlob": "It reads files that were only moved, which no diff shows, and those that an update merged.",
    "git.getTree":
      "It reads the modes of files that were only moved, and compares an update with a clean merge, and a merge with its head.",
    "issues.createComment": { optional: "It reminds people once of a change that one of them holds for days." },
    "issues.get": "The same as `issue`, where GraphQL does not tell it.",
    "issues.create": "It proposes to revert a merge of its own that broke the base: a person approves the issue.",
    "issues.listComments": "It looks for a reminder that it wrote.",
    "issues.listEvents": "The same as `timelineItems`, while GraphQL does not answer.",
    "issues.listForRepo": "It looks for that issue, so that it opens no second one.",
    "pulls.get": "The same as `pullRequest`, while GraphQL does not answer.",
    "pulls.list": "The same as `pullRequests`, for other branches of the issue.",
    "pulls.listCommits": "The same as `commits`, while GraphQL does not answer.",
    "pulls.listReviews": "The same as `reviews`, while GraphQL does not answer.",
    "pulls.merge": "It merges, with the expected head.",
    "pulls.updateBranch": "It brings a head up to date where the base demands it and nothing else is missing.",
    "repos.createCommitStatus": { optional: "A commit status shows its verdict where it may make no check run." },
    "repos.compareCommitsWithBasehead": "It looks whether the head is behind, and reads its files and its diff.",
    "repos.getBranch": "It reads which checks the classic protection requires, and the newest commit of a base.",
    "repos.getBranchProtection": {
      optional:
        "It reads the whole classic protection. Without it, it knows what the branch and GraphQL show, and holds where GitHub blocks a merge for more.",
    },
    "repos.getBranchRules": "It reads what the rulesets require of a merge.",
    "repos.getCollaboratorPermissionLevel": "Only threads and objections of people who may write hold a merge.",
    "repos.getContent":
      "It reads `.rig-agent.yaml` of the base branch, which may narrow the policy, its CODEOWNERS where the base requires their review, and what a changed `package.json` adds.",
    "repos.listActivities": "It reads who pushed the approved head: he is no approver of it.",
    "repository.defaultBranchRef": "A merge into the default branch counts, whatever its name is.",
    "repository.databaseId": "It tells a required workflow of this repository from one of another.",
    "repository.issue": "Nothing is merged for an issue that is closed.",
    "repository.issue.labels": "Nothing is merged for an issue whose label was taken off.",
    "repository.issue.repository": "An issue that is in another repository by now is not this one.",
    "repository.mergeCommitAllowed": "It merges in a way that the repository allows.",
    "repository.mergeQueue.configuration": "It merges by the merge queue into a branch that has one.",
    "repository.object.checkSuites": "A suite may end or wait without a check.",
    "repository.object.statusCheckRollup": "The required checks and commit statuses have to be green on the head.",
    "repository.owner": "It lists the pull requests of a branch by the owner's name.",
    "repository.pullRequest": "It reads the change again before it decides, and GitHub's word on required reviews.",
    "repository.pullRequest.author": "Only what an agent of the rig opened is merged.",
    "repository.pullRequest.baseRef": "It reads the newest commit of the base, its checks and its rules.",
    "repository.pullRequest.closingIssuesReferences": "It reads which issues the merge would close.",
    "repository.pullRequest.commits": "It reads messages, who has a part in a commit, and the checks of the last one.",
    "repository.pullRequest.labels": "A label leaves the merge to a person.",
    "repository.pullRequest.mergeCommit": "It names the commit of the merge.",
    "repository.pullRequest.mergeQueue": "It merges by the merge queue into a branch that has one.",
    "repository.pullRequest.mergeQueueEntry":
      "It looks whether the change is in the merge queue, and who put it there.",
    "repository.pullRequest.mergedBy": "It tells a merge of its own from one of somebody else.",
    "repository.pullRequest.reviewRequests": "A review that a person asked another one for has to be given.",
    "repository.pullRequest.reviewThreads": "Threads that no person resolved hold the merge. Only GraphQL shows them.",
    "repository.pullRequest.reviews": "An appointed reviewer has to have approved the head.",
    "repository.pullRequest.timelineItems":
      "It reads when the branch was pushed by force, who asked whom for a review, who dismissed one, took `manual-merge` off, or undid a draft or a closing of a person: only a person may.",
    "repository.pullRequests.nodes": "It finds the issue's earlier pull requests: what a person did there still holds.",
    "repository.pullRequests.pageInfo": "It looks whether there are more of them than are listed.",
    "repository.rebaseMergeAllowed": "It merges in a way that the repository allows.",
    "repository.ref.refUpdateRule": "It reads what those who may write see of the classic protection.",
    "repository.squashMergeAllowed": "It merges in a way that the repository allows.",
    "teams.listMembersInOrg": {
      optional:
        "Where the base requires the review of code owners, it reads who is in a team that owns a changed file. Without it, GitHub's own count of the reviews decides.",
    },
    "users.getByUsername": "It tells an account that is gone from one whose permission it may not read.",
  },
  reconciler: {
    "checks.listSuitesForRef": "It compares the outcome of the checks with the read model.",
    "issues.get": "It compares an issue with the read model.",
    "issues.listCommentsForRepo": "It finds comments whose delivery never came.",
    "issues.listEvents": "It learns who set the label, and when.",
    "issues.listEventsForRepo": "It finds labels that were taken off and set again while the rig works on the issue.",
    "issues.listForRepo": "It finds labelled issues whose delivery never came.",
    "pulls.get": "It compares a pull request that is no longer open.",
    "pulls.list": "It finds open pull requests whose delivery never came.",
    "pulls.listReviewCommentsForRepo": "It finds comments on lines whose delivery never came.",
    "pulls.listReviews": "It finds reviews whose delivery never came.",
    "repos.get": "It reads the repository's name as GitHub spells it.",
    "repos.getCombinedStatusForRef": "It finds commit statuses whose delivery never came.",
    "repository.issue": "It learns whether the text was edited after the label; REST does not say it.",
    "repository.pullRequest.reviewThreads": "It finds ends of threads that the gate waits for.",
  },
  operator: {
    "repos.get": "`doctor` reads which branch is the default one.",
    "repos.getBranchProtection": "`doctor` reads whom the classic protection lets push.",
    "repos.getBranchRules": "`doctor` reads the rules that hold for that branch.",
    "repos.getRepoRuleset": "`doctor` reads whom a ruleset lets bypass its rules.",
    "repos.getRepoRulesets": "`doctor` names a ruleset that would restrict updates but does not hold for that branch.",
  },
};
