/**
 * Whether a title begins with a mark that the change is not finished: `WIP`, alone or with `:`, `[]` or `()`, as people write it on GitHub, and
 * GitLab's `Draft:`, `[Draft]` and `(Draft)`, in any letters (https://docs.gitlab.com/user/project/merge_requests/drafts/).
 */
export function isWorkInProgress(title: string): boolean {
  return /^\s*(?:[[(]\s*(?:wip|draft)\s*[\])]|wip(?![\p{L}\p{N}_])|draft\s*:)/iu.test(title);
}
