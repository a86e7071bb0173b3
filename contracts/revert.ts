import type { DataOf } from "./catalogue.ts";

// The issue that proposes to revert a merge which broke the base. A person approves it by the label as any other issue.

/** A merge that broke its base. */
export type Broken = DataOf<"BASE_BROKEN">;

/** Which issue proposes the revert of this merge: a line of its body. */
function revertLine(mergeSha: string): string {
  return `Rig-Reverts: ${mergeSha}`;
}

/** Whether an issue with this body proposes the revert of this merge. */
export function isRevertOf(body: string, mergeSha: string): boolean {
  return body.split(/\r?\n/).includes(revertLine(mergeSha));
}

/** The issue that proposes the revert of a merge. Names of checks come from workflows, so they stand in code. */
export function revertIssue({ prNumber, mergeSha, branch, checks }: Broken): {
  readonly title: string;
  readonly body: string;
} {
  const named = checks.map((name) => `\`${name.replaceAll(/[`\r\n]/g, " ")}\``).join(", ");
  const on = `\`${branch.replaceAll("`", " ")}\``;
  return {
    title: `Revert #${prNumber}, which broke ${branch}`,
    body: [
      `The merge of #${prNumber} made ${mergeSha} on ${on}. There these required checks fail, and on the commit before they did not: ${named}.`,
      `Until they pass again on ${on}, only a change that mends it is merged.`,
      `What to do: undo the whole change of that commit by \`git revert ${mergeSha}\`, with \`-m 1\` where it is a merge commit, and nothing else.`,
      "Set the label `agent-ready` and an agent does it, reviewed and tested as any other change, before all others. Or mend it another way, and set `fixes-main` on that pull request. Or run the check again, if it failed by chance, and close this issue.",
      revertLine(mergeSha),
    ].join("\n\n"),
  };
}
