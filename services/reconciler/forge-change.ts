import type { RepositoryRef } from "#contracts/aggregates.ts";
import { closedIssues } from "#kit/github/closing.ts";
import type { Octokit } from "#kit/github/github.ts";
import type { Page, Question } from "./asking.ts";
import type { ChangeSeen, PullRequest } from "./decide-change.ts";
import { byCreation, perPage } from "./forge.ts";

/** One page of the open pull requests. */
export function openPulls(page: number): Question<Page<PullRequest>> {
  return {
    what: "list the open pull requests",
    key: `pulls ${page}`,
    read: async (octokit, at, headers) => {
      const { data, headers: answered } = await octokit.rest.pulls.list({
        ...at,
        state: "open",
        ...byCreation,
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
        .map(({ id, head_sha, status, conclusion, updated_at, app }) => {
          const slug = app?.slug;
          const by = slug === undefined ? {} : { app: { slug } };
          return { id, head_sha, conclusion, updated_at: updated_at ?? "", completed: status === "completed", ...by };
        });
      return { value, headers: answered };
    },
  };
}

/** One page of the commit statuses of a commit, of each context the last one. */
export function statusesQuestion(headSha: string, page: number): Question<Page<ChangeSeen["statuses"][number]>> {
  return {
    what: "read the commit statuses of the head",
    key: `statuses ${headSha} ${page}`,
    read: async (octokit, at, headers) => {
      const wanted = { ref: headSha, per_page: perPage, page, headers };
      const { data, headers: answered } = await octokit.rest.repos.getCombinedStatusForRef({ ...at, ...wanted });
      const items = data.statuses.map(({ context, state, updated_at: updatedAt }) => ({ context, state, updatedAt }));
      return { value: { items, full: items.length === perPage }, headers: answered };
    },
  };
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
