import type { Verdict } from "#contracts/verdict.ts";
import { type FilesShown, type Unreadable, unreadableFiles } from "#kit/github/unreadable-files.ts";

/** The commits of a head that its base does not have, as far as GitHub lists them, and how many there are. */
export interface CommitHistory {
  readonly commits: readonly { readonly sha: string; readonly parents: readonly string[] }[];
  readonly commitsCount: number;
  /** How many of its commits the merge base does not have that GitHub's diff begins at. */
  readonly sinceMergeBase: number;
}

/** What GitHub says of a change: its files, and the commits. */
export interface Comparison extends FilesShown {
  readonly history: CommitHistory;
  /** The SHA of the commit that the diff begins at. */
  readonly mergeBase: string;
}

/** Names what a reviewer cannot read in a change: its files, and what its merge may change besides. */
export function unreadableIn({ history, ...shown }: Comparison): readonly Unreadable[] {
  return [...historyFaults(history), ...unreadableFiles(shown)];
}

/**
 * What a merge of this head may change and its diff does not show. The diff begins at one merge base; with several of them, or with commits of
 * others that reach the base later, git merges from another one. A merge of the base into the head is fine: only one parent is the head's own.
 */
function historyFaults({ commits, commitsCount, sinceMergeBase }: CommitHistory): readonly Unreadable[] {
  const own = new Set(commits.map(({ sha }) => sha));
  const joins = commits.filter(({ parents }) => parents.filter((parent) => own.has(parent)).length > 1);
  const mend = "put its changes on one commit that has only the base below it";
  return [
    ...(commits.length < commitsCount ? [`has ${commitsCount} commits, of which ${commits.length} are looked at`] : []),
    ...joins.map(({ sha }) => `the commit ${sha.slice(0, 7)} merges commits that the base does not have: ${mend}`),
    ...(sinceMergeBase === commitsCount ? [] : [`the head and its base have several merge bases: ${mend}`]),
  ].map((why) => ({ path: null, why }));
}

/** 20: more names make a review that nobody reads. */
const namesMax = 20;

/** What cannot be read as a list in Markdown. A path is the author's text, so it stands in code that it cannot end. */
export function listOf(unreadable: readonly Unreadable[]): string {
  const more = unreadable.length - namesMax;
  const names = unreadable
    .slice(0, namesMax)
    .map(({ path, why }) => `- ${path === null ? "" : `${inCode(path)} `}${why}`);
  return [...names, ...(more > 0 ? [`- and ${more} more`] : [])].join("\n");
}

function inCode(path: string): string {
  return `\`${path.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}`]/gu, "?")}\``;
}

/** The verdict on a change of which a part cannot be read: whatever the model says of the rest, it is not approved. */
export function refused(unreadable: readonly Unreadable[], verdict: Verdict | null): Verdict {
  const summary = [
    "Review-E cannot read all of this change, so it does not approve it:",
    listOf(unreadable),
    "",
    "Take these files out or make them text that the diff shows, or let a person merge.",
    ...(verdict === null ? [] : ["", "On the rest:", "", verdict.summary]),
  ];
  return { verdict: "request_changes", summary: summary.join("\n"), comments: verdict?.comments ?? [] };
}
