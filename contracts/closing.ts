import { isSameRepository, issueAt, type Place, type RepositoryRef, shortName } from "./aggregates.ts";

// How a text closes issues on GitHub when it reaches the default branch, in a pull request's body or in a commit message:
// - keywords, `#N` and `owner/repo#N`, one keyword for each issue, and commit messages, which GitHub does not list as linked:
//   https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
// - links and `GH-N` are references as well:
//   https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
// - a link to a comment closes its issue: https://github.com/isaacs/github/issues/1731
// - the words before a keyword do not count: "does not close #82" closes 82.

/**
 * A keyword, what separates it from the reference, and the reference. Where GitHub's rules are not written down, this takes more for closing
 * than GitHub may: several separators, and a link of any host, because GitHub Enterprise Server has its own.
 */
const closing =
  /\b(?<keyword>(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)[\s:]+)(?<reference>(?:https?:\/\/[^\s/]+\/(?<linkOwner>[\w.-]+)\/(?<linkRepo>[\w.-]+)\/(?:issues|pull)\/|(?:(?<owner>[\w.-]+)\/(?<repo>[\w.-]+))?#|GH-)(?<number>[1-9]\d{0,8}))(?!\w)/gi;

/** The issues and pull requests that a plain text, such as a commit message, closes in text order, each once. `at` is the repository that the text belongs to. */
export function closedByText(text: string, at: RepositoryRef): readonly Place[] {
  const found = [...text.matchAll(closing)].map(({ groups = {} }): Place => {
    const owner = groups.linkOwner ?? groups.owner ?? at.owner;
    const repo = groups.linkRepo ?? groups.repo ?? at.repo;
    const number = Number(groups.number);
    return isSameRepository({ owner, repo }, at) ? { ...nameOf(at), number } : { owner, repo, number };
  });
  return [...new Map(found.map((place) => [shortName(issueAt(place)), place])).values()];
}

function nameOf({ owner, repo }: RepositoryRef): RepositoryRef {
  return { owner, repo };
}

/** Makes text of others close nothing: each reference after a keyword is put into backticks, so that no keyword stands before it. */
export function closingNothing(text: string): string {
  return text.replaceAll(closing, "$<keyword>`$<reference>`");
}
