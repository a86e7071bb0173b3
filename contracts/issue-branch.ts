/** The name of an issue's branch. The words of the title help people; the rig reads only the issue's number from it. */
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

/** The issue's number in the name of its branch; undefined for any other branch. */
export function issueOfBranch(branch: string): number | undefined {
  const number = /^feature\/issue-([1-9]\d{0,8})(?:-|$)/.exec(branch)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Whether a branch is the issue's: `feature/issue-<number>`, with or without words after it. A fork's branch never is. */
export function isBranchOf(issueNumber: number, branch: string): boolean {
  return issueOfBranch(branch) === issueNumber;
}

/** Where a pull request comes from, as GitHub says: its head branch, whether that is in the repository itself, and whether an agent opened it. */
interface Origin {
  readonly branch: string;
  readonly ownRepository: boolean;
  readonly byAgent: boolean;
}

/**
 * Whether a pull request is the issue's own: one that an agent of the rig opened from a branch of the issue. An agent may name any other one
 * in PR_CREATED, and of another one nothing is fixed, reviewed for the issue or merged.
 */
export function isChangeOf(issueNumber: number, { branch, ownRepository, byAgent }: Origin): boolean {
  return ownRepository && byAgent && isBranchOf(issueNumber, branch);
}

/**
 * The issue that a change belongs to: the issue that its branch names, otherwise the first issue that its body closes. The branch comes
 * first, because anybody who may edit the body can write other issues into it.
 */
export function issueOfChange(change: {
  readonly branch: string;
  readonly closes: readonly number[];
}): number | undefined {
  return issueOfBranch(change.branch) ?? change.closes[0];
}
