import { type RepositoryRef, repositoryName } from "#contracts/aggregates.ts";
import { readyLabel } from "#contracts/labels.ts";
import type { Octokit } from "#kit/github/github.ts";
import type { Page, Question } from "./asking.ts";
import type { IssueEvent, IssueSeen } from "./decide-issue.ts";
import { byCreation, perPage } from "./forge.ts";

/** One page of the open issues with the label. GitHub's list has pull requests too. */
export function labelledIssues(page: number): Question<Page<{ readonly number: number; readonly updatedAt: string }>> {
  return {
    what: "list the labelled issues",
    key: `issues ${page}`,
    read: async (octokit, at, headers) => {
      const wanted = { labels: readyLabel, state: "open", ...byCreation, page } as const;
      const { data, headers: answered } = await octokit.rest.issues.listForRepo({ ...at, ...wanted, headers });
      const issues = data.filter(({ pull_request }) => pull_request === undefined);
      const items = issues.map(({ number, updated_at: updatedAt }) => ({ number, updatedAt }));
      return { value: { items, full: data.length === perPage }, headers: answered };
    },
  };
}

type IssueShown = Omit<IssueSeen, "repository" | "label" | "editedAt">;

/** One issue, without its label: who set that stands among its events. One that was moved or deleted counts as closed, as its deliveries say. */
export function issueQuestion(number: number): Question<IssueShown> {
  return {
    what: `read #${number}`,
    key: `issue ${number}`,
    read: async (octokit, at, headers) => {
      const { data, headers: answered } = await octokit.rest.issues
        .get({ ...at, issue_number: number, headers })
        .catch(whenDeleted);
      if (data === null) return { value: gone(number, "deleted"), headers: answered };
      const { title, body = null, state_reason = null, updated_at } = data;
      // GitHub leads from an issue that was moved to where it is now.
      if (!data.repository_url.toLowerCase().endsWith(`/repos/${repositoryName(at)}`.toLowerCase())) {
        return { value: gone(number, "transferred"), headers: answered };
      }
      const issue = { number, title, body, labels: labelsIn(data.labels), state_reason, updated_at };
      const closed = data.closed_at === null ? null : { by: data.closed_by?.login ?? "", at: data.closed_at };
      return { value: { issue, closed }, headers: answered };
    },
  };
}

/** GitHub answers 410 for an issue that was deleted. */
function whenDeleted(cause: unknown): { readonly data: null; readonly headers: Record<string, never> } {
  if ((cause as { readonly status?: unknown }).status === 410) return { data: null, headers: {} };
  throw cause;
}

/** An issue that is not in the repository any more. GitHub does not say since when, nor who did it. */
function gone(number: number, state_reason: "deleted" | "transferred"): IssueShown {
  const issue = { number, title: "", body: null, labels: [], state_reason };
  return { issue, closed: { by: "", at: null } };
}

/** One page of the events of an issue, oldest first (https://docs.github.com/rest/issues/events). */
export function issueEvents(number: number, page: number): Question<Page<IssueEvent>> {
  return {
    what: `read the events of #${number}`,
    key: `events of ${number} ${page}`,
    read: async (octokit, at, headers) => {
      const wanted = { issue_number: number, per_page: perPage, page, headers };
      const { data, headers: answered } = await octokit.rest.issues.listEvents({ ...at, ...wanted });
      const items = data.map(eventIn);
      return { value: { items, full: data.length === perPage }, headers: answered };
    },
  };
}

/** One page of the events of all issues and pull requests of a repository, newest first. */
export function repositoryEvents(page: number): Question<Page<IssueEvent & { readonly number: number }>> {
  return {
    what: "read the events of the repository",
    key: `events ${page}`,
    read: async (octokit, at, headers) => {
      const wanted = { per_page: perPage, page, headers };
      const { data, headers: answered } = await octokit.rest.issues.listEventsForRepo({ ...at, ...wanted });
      const items = data.map((each) => ({ ...eventIn(each), number: each.issue?.number ?? 0 }));
      return { value: { items, full: data.length === perPage }, headers: answered };
    },
  };
}

/** What both of GitHub's shapes of an event have. Only those about a label have its name. */
interface RestEvent {
  readonly event?: string;
  readonly actor: { readonly login: string; readonly type: string } | null;
  readonly created_at?: string;
  readonly label?: { readonly name?: string | null };
}

function eventIn({ event = "", actor, created_at: at = "", label }: RestEvent): IssueEvent {
  return { event, actor: { login: actor?.login ?? "", type: actor?.type ?? "" }, at, label: label?.name ?? "" };
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

function labelsIn(labels: readonly (string | { readonly name?: string | null })[]) {
  return labels.map((label) => ({ name: typeof label === "string" ? label : (label.name ?? "") }));
}
