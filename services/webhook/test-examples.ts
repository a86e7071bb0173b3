import { token } from "#contracts/subjects.ts";

/** A payload of GitHub's examples, as far as it leads to facts. */
export interface Example {
  readonly action?: string;
  readonly label?: { readonly name: string };
  readonly issue?: { readonly number: number; readonly pull_request?: object };
  readonly comment?: { readonly user: { readonly type: string } | null };
  readonly pull_request?: { readonly number: number };
  readonly review?: { readonly state: string };
  readonly check_suite?: {
    readonly conclusion: string | null;
    readonly head_sha: string;
    readonly head_branch?: string | null;
    readonly pull_requests: readonly { number: number }[];
  };
  readonly sha?: string;
  readonly state?: string;
  readonly branches?: readonly { readonly name: string }[];
  readonly repository?: {
    readonly name: string;
    readonly owner: { readonly login: string };
    readonly default_branch?: string;
  };
}

const changeFacts: Readonly<Record<string, string>> = {
  opened: "PR_OPENED",
  synchronize: "PR_SYNCHRONIZED",
  edited: "PR_EDITED",
  labeled: "PR_EDITED",
  unlabeled: "PR_EDITED",
  ready_for_review: "PR_EDITED",
  converted_to_draft: "PR_EDITED",
  review_request_removed: "PR_EDITED",
  reopened: "PR_REOPENED",
  closed: "PR_CLOSED",
};

/** The subjects of the facts that a payload is, told from GitHub's documentation and not from the service. */
export function expectedFacts(event: string, payload: Example): readonly string[] {
  const { action = "", repository, issue, pull_request: pr, check_suite: suite } = payload;
  const on = `${token(repository?.owner.login ?? "")}.${token(repository?.name ?? "")}`;
  const at = (kind: string, number: number | undefined, type: string) => `evt.${kind}.${on}.${number}.${type}.webhook`;
  if (event === "repository" && (action === "renamed" || action === "transferred"))
    return ["evt.fleet.github.REPOSITORY_MOVED"];
  if (event === "installation" && !action.startsWith("new_")) return ["evt.fleet.github.INSTALLATION_CHANGED"];
  if (event === "issues" && ["closed", "transferred", "deleted"].includes(action))
    return [at("issue", issue?.number, "ISSUE_CLOSED")];
  if (event === "issues" && payload.label?.name === "agent-ready") {
    if (action === "labeled") return [at("issue", issue?.number, "ISSUE_LABELED")];
    if (action === "unlabeled") return [at("issue", issue?.number, "ISSUE_UNLABELED")];
  }
  const change = event === "pull_request" ? changeFacts[action] : undefined;
  if (change !== undefined) return [at("pr", pr?.number, change)];
  if (event === "pull_request_review" && (action === "submitted" || action === "dismissed"))
    return [at("pr", pr?.number, "REVIEW_SUBMITTED")];
  if (event === "pull_request_review_thread" && action === "resolved")
    return [`evt.pr.${on}.${pr?.number}.THREAD_RESOLVED`];
  const isPerson = payload.comment?.user?.type === "User";
  const changesText = ["created", "edited", "deleted"].includes(action);
  if (event === "issue_comment" && isPerson && changesText)
    return [
      issue?.pull_request ? at("pr", issue.number, "PR_COMMENTED") : at("issue", issue?.number, "ISSUE_COMMENTED"),
    ];
  if (event === "pull_request_review_comment" && changesText && (isPerson || action === "deleted"))
    return [at("pr", pr?.number, "PR_COMMENTED")];
  const onBase = (branch: string | null | undefined, sha: string | undefined) =>
    branch === repository?.default_branch ? [baseSubject(payload, sha ?? "")] : [];
  if (event === "status" && payload.state !== "pending")
    return (payload.branches ?? []).flatMap(({ name }) => onBase(name, payload.sha));
  if (event !== "check_suite" || action !== "completed") return [];
  const type = suite?.conclusion === "success" ? "CI_PASSED" : "CI_FAILED";
  const ofChanges = (suite?.pull_requests ?? []).map(({ number }) => at("pr", number, type));
  return [...ofChanges, ...onBase(suite?.head_branch, suite?.head_sha)];
}

function baseSubject({ repository }: Example, sha: string): string {
  const { owner, name = "", default_branch: branch } = repository ?? {};
  return `evt.fleet.${encodeURIComponent(`base ${owner?.login}/${name} ${branch} ${sha}`)}.BASE_CHECKED`;
}
