/** The branch of an issue. The slug helps people; the rig reads only the number, to find the issue. */
export function issueBranch(issueNumber: number, title: string): string {
  const words =
    title
      .normalize("NFKD")
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  // 40 characters: the whole ref stays readable in a terminal.
  const slug = words.join("-").slice(0, 40).replace(/-+$/, "");
  return `feature/issue-${issueNumber}${slug === "" ? "" : `-${slug}`}`;
}

/** The number in the name of an issue's branch, undefined for any other branch. */
function issueOfBranch(branch: string): number | undefined {
  const number = /^feature\/issue-([1-9]\d{0,8})(?:-|$)/.exec(branch)?.[1];
  return number === undefined ? undefined : Number(number);
}

/**
 * The issue that a change belongs to. The branch decides where it is one of ours, because anybody who may edit the pull
 * request's body can write other issues into it; otherwise it is the first issue that the body closes.
 */
export function issueOfChange(change: {
  readonly branch: string;
  readonly closes: readonly number[];
}): number | undefined {
  return issueOfBranch(change.branch) ?? change.closes[0];
}
