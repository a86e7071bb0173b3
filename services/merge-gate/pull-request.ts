import type { Octokit } from "#kit/github/github.ts";

/** A pull request as the REST API answers it. */
export type PullRequest = Awaited<ReturnType<Octokit["rest"]["pulls"]["get"]>>["data"];
