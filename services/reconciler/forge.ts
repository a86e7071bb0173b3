import type { RepositoryRef } from "#contracts/aggregates.ts";
import { readyLabel } from "#contracts/labels.ts";
import { closedIssues } from "#kit/github/closing.ts";
import type { Octokit } from "#kit/github/github.ts";
import type { Page, Question } from "./asking.ts";
import type { ChangeSeen, IssueSeen, PullRequest, Repository } from "./decide.ts";

// The questions of the comparison, each answer in the shape of a delivery. octokit's types are GitHub's description of its answers.

/** 100, GitHub's most. */
const perPage = 100;

/**
 * Oldest first by creation: what changes then changes its own page alone, and all others stay "not modified". In the order of `updated`
 * each change would move the borders of all pages before it.
 */
const order = { sort: "created", direction: "asc", per_page: perPage } as const;

/** The repository, whose names are spelled as GitHub spells them. */
export const repositoryQuestion: Question<Repository> = {
  what: "read the repository",
  key: "repository",
  read: async (octokit, at, headers) => {
    const answer = await octokit.rest.repos.get({ ...at, headers });
    const { name, owner, default_branch } = answer.data;
    return { value: { name, owner: { login: owner.login }, default_branch }, headers: answer.headers };
  },
};

/** One page of the open issues with the label. GitHub's list has pull requests too. */
export function labelledIssues(page: number): Question<Page<{ readonly number: number; readonly updatedAt: string }>> {
  return {
    what: "list the labelled issues",
    key: `issues ${page}`,
    read: async (octokit, at, headers) => {
      const wanted = { labels: readyLabel, state: "open", ...order, page } as const;
      const { data, headers: answered } = await octokit.rest.issues.listForRepo({ ...at, ...wanted, headers });
      const issues = data.filter(({ pull_request }) => pull_request === undefined);
      const items = issues.map(({ number, updated_at: updatedAt }) => ({ number, updatedAt }));
      return { value: { items, full: data.length === perPage }, headers: answered };
    },
  };
}

/** One page of the open pull requests. */
export function openPulls(page: number): Question<Page<PullRequest>> {
  return {
    what: "list the open pull requests",
    key: `pulls ${page}`,
    read: async (octokit, at, headers) => {
      const { data, headers: answered } = await octokit.rest.pulls.list({
        ...at,
        state: "open",
        ...order,
        page,
        headers,
      });
      return {
        value: { items: data.map((pull) => pullIn(at, pull)), full: data.length === perPage },
        headers: answered,
      };
    },
  };
}

/** One issue, without its label: who set that stands among its events. */
export function issueQuestion(number: number): Question<Omit<IssueSeen, "repository" | "label" | "editedAt">> {
  return {
    what: `read #${number}`,
    key: `issue ${number}`,
    read: async (octokit, at, headers) => {
      const { data, headers: answered } = await octokit.rest.issues.get({ ...at, issue_number: number, headers });
      const { title, body = null, state_reason = null, updated_at } = data;
      const issue = { number, title, body, labels: labelsIn(data.labels), state_reason, updated_at };
      const closed = data.closed_at === null ? null : { by: data.closed_by?.login ?? "", at: data.closed_at };
      return { value: { issue, closed }, headers: answered };
    },
  };
}

/** What happened to an issue that says whether it is approved: the label, and the title, each with who and when. */
export interface IssueEvent {
  readonly event: string;
  readonly actor: { readonly login: string; readonly type: string };
  readonly at: string;
  readonly label: string;
}

/** One page of the events of an issue, oldest first (https://docs.github.com/rest/issues/events). */
export function issueEvents(number: number, page: number): Question<Page<IssueEvent>> {
  return {
    what: `read the events of #${number}`,
    key: `events ${number} ${page}`,
    read: async (octokit, at, headers) => {
      const wanted = { issue_number: number, per_page: perPage, page, headers };
      const { data, headers: answered } = await octokit.rest.issues.listEvents({ ...at, ...wanted });
      const items = data.map(
        (each): IssueEvent => ({
          event: each.event ?? "",
          actor: { login: each.actor?.login ?? "", type: each.actor?.type ?? "" },
          at: each.created_at ?? "",
          label: "label" in each ? (each.label?.name ?? "") : "",
        }),
      );
      return { value: { items, full: data.length === perPage }, headers: answered };
    },
  };
}

/** One pull request that is not in the list of open ones. */
export function pullQuestion(number: number): Question<{ readonly pull: PullRequest; readonly open: boolean }> {
  return {
    what: `read #${number}`,
    key: `pull ${number}`,
    read: async (octokit, at, headers) => {
      const { data, headers: answered } = await octokit.rest.pulls.get({ ...at, pull_number: number, headers });
      const { merged, merge_commit_sha } = data;
      const pull = { ...pullIn(at, data), merged, merge_commit_sha: merge_commit_sha ?? null };
      return { value: { pull, open: data.state === "open" }, headers: answered };
    },
  };
}

/** One page of the reviews of a pull request. */
export function reviewsQuestion(number: number, page: number): Question<Page<ChangeSeen["reviews"][number]>> {
  return {
    what: `read the reviews of #${number}`,
    key: `reviews ${number} ${page}`,
    read: async (octokit, at, headers) => {
      const wanted = { pull_number: number, per_page: perPage, page, headers };
      const { data, headers: answered } = await octokit.rest.pulls.listReviews({ ...at, ...wanted });
      const items = data.map(({ id, state, user, commit_id, submitted_at }) => ({
        ...{ id, state, commit_id: commit_id ?? null, submittedAt: submitted_at ?? "" },
        user: user === null ? null : { login: user.login, type: user.type },
      }));
      return { value: { items, full: data.length === perPage }, headers: answered };
    },
  };
}

/** The check suites of a commit that have checks. GitHub makes one for each App that may write checks, and most stay empty. */
export function suitesQuestion(headSha: string): Question<ChangeSeen["suites"]> {
  return {
    what: "read the check suites of the head",
    key: `suites ${headSha}`,
    read: async (octokit, at, headers) => {
      const wanted = { ref: headSha, per_page: perPage, headers };
      const { data, headers: answered } = await octokit.rest.checks.listSuitesForRef({ ...at, ...wanted });
      const value = data.check_suites
        .filter(({ latest_check_runs_count: runs }) => runs > 0)
        .map(({ id, head_sha, status, conclusion, updated_at }) => {
          return { id, head_sha, conclusion, updated_at: updated_at ?? "", completed: status === "completed" };
        });
      return { value, headers: answered };
    },
  };
}

const editedQuery = `query ($owner: String!, $repo: String!, $number: Int!) {
  repository(owner: $owner, name: $repo) { issue(number: $number) { lastEditedAt } } }`;

/** When the body of an issue was edited last; null when it never was. REST does not say it. */
export async function lastEditedAt(
  octokit: Octokit,
  { owner, repo }: RepositoryRef,
  number: number,
): Promise<string | null> {
  interface Answer {
    readonly repository: { readonly issue: { readonly lastEditedAt: string | null } };
  }
  const answer = await octokit.graphql<Answer>(editedQuery, { owner, repo, number });
  return answer.repository.issue.lastEditedAt;
}

type RestPull = Awaited<ReturnType<Octokit["rest"]["pulls"]["list"]>>["data"][number];

/** What both of GitHub's shapes of a pull request have, and what the body closes. */
function pullIn(
  at: RepositoryRef,
  pull: Pick<RestPull, "number" | "title" | "body" | "updated_at"> & {
    readonly user: { readonly login: string } | null;
    readonly draft?: boolean;
    readonly labels: readonly { readonly name: string }[];
    readonly head: { readonly ref: string; readonly sha: string; readonly repo: { readonly full_name: string } | null };
    readonly base: { readonly ref: string };
  },
): PullRequest {
  const { number, title, body, updated_at, user, draft = false, labels, head, base } = pull;
  return {
    ...{ number, title, body, updated_at, draft, closes: closedIssues(body, at) },
    user: user === null ? null : { login: user.login },
    labels: labels.map(({ name }) => ({ name })),
    head: { ref: head.ref, sha: head.sha, repo: head.repo === null ? null : { full_name: head.repo.full_name } },
    base: { ref: base.ref },
  };
}

function labelsIn(labels: readonly (string | { readonly name?: string | null })[]) {
  return labels.map((label) => ({ name: typeof label === "string" ? label : (label.name ?? "") }));
}
