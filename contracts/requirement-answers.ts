// What each answer of GitHub about the requirements of a merge means; docs/requirements.md has it as a table. services/_kit/github/requirements.ts reads the answers.

/** What an answer is about. `merge` is the answer to the merge itself. */
type Asked = "rules" | "branch" | "protection" | "ref" | "pull request" | "head" | "merge";

/** How each is asked, in Markdown. */
export const asks: Readonly<Record<Asked, string>> = {
  rules: "`GET rules/branches/{branch}`",
  branch: "`GET branches/{branch}`",
  protection: "`GET branches/{branch}/protection`",
  ref: "GraphQL `refUpdateRule`, `mergeQueue`, settings",
  "pull request": "GraphQL `mergeStateStatus`, `reviewDecision`",
  head: "GraphQL `object`, `statusCheckRollup`, `checkSuites`",
  merge: "`PUT pulls/{number}/merge`",
};

/**
 * An answer, and what it means. `shownBy`: the rule in docs/situations/, or the title of a test beside `readRequirements`, that shows what
 * follows.
 */
interface Meaning {
  readonly asked: Asked;
  readonly answer: string;
  readonly means: string;
  readonly shownBy: string;
}

const integration = '403 "Resource not accessible by integration"';
const upgrade = '403 "Upgrade to …"';
const hides = "the protection may not be read: what the branch and GraphQL show counts, the rest is `hidden`";
const untold = "not readable, so it holds: nothing of what protects the branch is shown";

/** Every answer with its meaning, in Markdown. */
export const answers: readonly Meaning[] = [
  {
    asked: "rules",
    answer: "200 with rules",
    means: "the active rules of the repository, its organization and its enterprise",
    shownBy: "a required check that passed opens the gate, although another one failed",
  },
  {
    asked: "rules",
    answer: "200, empty",
    means: "no ruleset requires anything; `gate.nothingRequired` of the policy decides whether that may be merged",
    shownBy: "a branch of which nothing requires anything is merged where the policy lets it",
  },
  {
    asked: "rules",
    answer: integration,
    means: "not readable, so it holds: Metadata (read) is missing",
    shownBy: "rules that the App may not read hold",
  },
  {
    asked: "rules",
    answer: upgrade,
    means: "not readable, so it holds: the plan of a private repository has no rulesets",
    shownBy: "a plan without protection that may be read holds and names what is missing",
  },
  {
    asked: "rules",
    answer: '404 "Not Found"',
    means: "not readable, so it holds: the token does not see the repository",
    shownBy: "rules that the token may not see hold",
  },
  {
    asked: "branch",
    answer: "200, `protected: false`",
    means: "no classic protection; the rules count",
    shownBy: "a required check that never reported is waited for",
  },
  {
    asked: "branch",
    answer: "200, `protected: true`, `protection.enabled: false`, and rules are shown",
    means: "only rulesets protect it",
    shownBy: "rulesets are shown whole, so a merge that they alone block is asked for, and GitHub's refusal tells",
  },
  {
    asked: "branch",
    answer: "the same, and no rule is shown",
    means: untold,
    shownBy: "a branch that only rulesets protect, and of which no rule is shown, holds",
  },
  {
    asked: "branch",
    answer: "200, `protected: true`, with checks",
    means: "the classic protection, and of it the checks with their Apps",
    shownBy: "a protection that only its checks show holds what they want",
  },
  {
    asked: "branch",
    answer: "200, `protected: true`, nothing of it",
    means: "the protection and GraphQL are asked, and one of them has to show something",
    shownBy: "a branch that is protected, and of which nothing may be read, is not one that requires nothing",
  },
  {
    asked: "branch",
    answer: '404 "Branch not found"',
    means: "the branch is gone, so it holds",
    shownBy: "a base that is gone holds",
  },
  {
    asked: "branch",
    answer: '403, or 404 "Not Found"',
    means: "not readable, so it holds: Contents (read) is missing",
    shownBy: "a branch that the token may not see holds",
  },
  {
    asked: "protection",
    answer: "200",
    means: "the classic protection; only required deployments are `hidden`",
    shownBy: "of a protection that is read whole only its deployments are hidden, and no permission shows them",
  },
  {
    asked: "protection",
    answer: '404 "Branch not protected" while `protected` is true, and rules are shown',
    means: "there is no classic protection: only rulesets protect it",
    shownBy: "a branch that says it is protected, and whose protection is none, is held to its rules",
  },
  {
    asked: "protection",
    answer: "the same, and no rule is shown",
    means: untold,
    shownBy: "a branch that says it is protected, whose protection is none, and of which no rule is shown, holds",
  },
  {
    asked: "protection",
    answer: '404 "Not Found"',
    means: hides,
    shownBy: "what is hidden waits also where the token may not see the protection at all",
  },
  {
    asked: "protection",
    answer: integration,
    means: `Administration (read) is missing: ${hides}`,
    shownBy: "a merge that GitHub blocks without a reason that is shown waits for the permission",
  },
  {
    asked: "protection",
    answer: upgrade,
    means: `the plan of a private repository has no protection by now: ${hides}`,
    shownBy: "what is hidden waits also where the plan shows no protection",
  },
  {
    asked: "ref",
    answer: "`refUpdateRule` is an object",
    means:
      "approvals, code owners, threads, linear history, signatures and names of checks of the classic protection, shown without administration",
    shownBy: "a required check that only GitHub names holds, although its rule is hidden",
  },
  {
    asked: "ref",
    answer: "`refUpdateRule` is null",
    means: "there is none, or it is not shown: where nothing else shows the protection either, not readable",
    shownBy: "a branch that is protected, and of which nothing may be read, is not one that requires nothing",
  },
  {
    asked: "ref",
    answer: "`mergeQueue` is an object",
    means: "the branch has a merge queue",
    shownBy: "a merge queue is not passed by",
  },
  {
    asked: "ref",
    answer: "`mergeQueue` is FORBIDDEN",
    means: "`hidden`: a merge queue",
    shownBy: "have the merge queue of a ruleset or of the classic protection, or name that it is not told",
  },
  {
    asked: "ref",
    answer: "`mergeCommitAllowed` and the like",
    means: "the ways to merge that the repository allows",
    shownBy: "a repository that allows only to squash is merged so",
  },
  {
    asked: "pull request",
    answer: "`mergeStateStatus` CLEAN, UNSTABLE, HAS_HOOKS",
    means: "nothing that GitHub requires is missing, shown or not",
    shownBy: "a protection of which a part is hidden holds nothing where GitHub says that nothing is missing",
  },
  {
    asked: "pull request",
    answer: "`mergeStateStatus` BLOCKED",
    means: "something is missing, or only some may update the branch: [what is hidden](#what-is-hidden)",
    shownBy: "a merge that GitHub blocks without a reason that is shown waits for the permission",
  },
  {
    asked: "pull request",
    answer: "`mergeStateStatus` BEHIND",
    means: "nothing but the newest commits of the base is missing",
    shownBy: "a head that GitHub calls behind is brought up to date, although the demand is hidden",
  },
  {
    asked: "pull request",
    answer: "`mergeStateStatus` UNKNOWN",
    means: "GitHub has not computed it: with something `hidden` it holds",
    shownBy: "what is hidden waits until GitHub has said how the change stands",
  },
  {
    asked: "pull request",
    answer: "`reviewDecision` REVIEW_REQUIRED",
    means: "approvals that are required are missing, also by a rule that is not shown",
    shownBy: "the last push that nobody approved shows itself in GitHub's decision, also where the rule is hidden",
  },
  {
    asked: "pull request",
    answer: "`reviewDecision` null",
    means: "GitHub requires no review, or does not tell: approvals that a rule wants are counted here",
    shownBy: "approvals that are required and that GitHub says nothing of are counted",
  },
  {
    asked: "head",
    answer: "`isRequired` of a check is true",
    means: "it is required, also by a rule that is not shown",
    shownBy:
      "are weighed against the head: a check that nobody reported, a status of another App, and one that only GitHub names",
  },
  {
    asked: "head",
    answer: "FORBIDDEN, or a list with nothing in a place",
    means: "not readable, so it holds: Checks (read) or Commit statuses (read) is missing",
    shownBy: "refuses the checks",
  },
  {
    asked: "head",
    answer: "`object` is null",
    means: "GitHub does not know the commit yet: asked again",
    shownBy: "is asked for again while GitHub does not know the commit",
  },
  {
    asked: "merge",
    answer: "405, 403, 422",
    means: "something is missing after all: MERGE_FAILED has GitHub's words, and a person is asked",
    shownBy: "what is hidden there is refused at the merge, in GitHub's words",
  },
  {
    asked: "merge",
    answer: '409, or 405 "Base branch was modified"',
    means: "it is evaluated again, five times at most",
    shownBy: "a base that was modified meanwhile is asked for again",
  },
];
