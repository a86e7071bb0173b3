import { issueAt, type Place, type RepositoryRef, shortName } from "#contracts/aggregates.ts";
import { closedByText, closingNothing } from "#contracts/closing.ts";
import type { MergeMethod } from "#contracts/requirements.ts";
import { hasQueue } from "./queue.ts";
import { type ForgeState, requirementsIn, type Snapshot } from "./snapshot.ts";

// How the gate merges, with which message, and what that closes.

/** How the gate merges: the first of the ways that GitHub leaves. */
export function mergeMethod(forge: ForgeState): MergeMethod {
  return requirementsIn(forge)?.mergeMethods[0] ?? "merge";
}

/**
 * The message of the commit that merges: as GitHub writes it by default, but the title, which others may edit, closes nothing. A rebase
 * takes none.
 */
export function mergeMessage({ owner }: Pick<RepositoryRef, "owner">, forge: ForgeState) {
  const { number, branch, title } = forge;
  const from = `pull request #${number} from ${owner}/${branch}`;
  if (mergeMethod(forge) === "squash")
    return { title: `${closingNothing(title)} (#${number})`, message: `Squash ${from}` };
  return { title: `Merge ${from}`, message: closingNothing(title) };
}

/** What the merge closes besides its issue, and by what: the body, a link made by hand, a commit's message, or the merge's own message. */
export function closedBesides({ on, forge }: Snapshot): readonly string[] {
  // A merge queue writes the title into its message as it is.
  const { title, message } = hasQueue(forge) ? { title: forge.title, message: "" } : mergeMessage(on, forge);
  const places = [
    ...forge.closedByBody.possible.map((place) => ({ place, by: "the body" })),
    ...(forge.linked?.places ?? []).map((place) => ({ place, by: "a link on GitHub" })),
    ...forge.commits.flatMap((commit) =>
      commit.closes.map((place) => ({ place, by: `commit ${commit.sha.slice(0, 7)}` })),
    ),
    ...closedByText(`${title}\n\n${message}`, on).map((place) => ({ place, by: "the message of the merge" })),
  ];
  const others = places.filter(({ place }) => !isOn(on, place));
  return others.map(({ place, by }) => {
    const isHere = place.owner === on.owner && place.repo === on.repo;
    return `${isHere ? `#${place.number}` : shortName(issueAt(place))} (${by})`;
  });
}

/** Whether both name the same issue. */
export function isOn(on: Place, { owner, repo, number }: Place): boolean {
  return owner === on.owner && repo === on.repo && number === on.number;
}
