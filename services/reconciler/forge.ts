import type { Question } from "./asking.ts";
import type { Repository } from "./decide.ts";

// The questions of the comparison, each answer in the shape of a delivery. octokit's types are GitHub's description of its answers.

/** 100, GitHub's most. */
export const perPage = 100;

/**
 * Oldest first by creation: what changes then changes its own page alone, and all others stay "not modified". In the order of `updated`
 * each change would move the borders of all pages before it.
 */
export const byCreation = { sort: "created", direction: "asc", per_page: perPage } as const;

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
