import { isManualMerge, manualMergeLabel } from "#contracts/labels.ts";
import type { ForgeState, Other } from "./snapshot.ts";
import { eventsMax, sentenceOf } from "./undone.ts";

// What people want of a pull request, and of the others of its issue.

/** How many other pull requests of an issue are read, and how many branches. An issue has five attempts, and mostly one branch. */
export const othersMax = 10;

/** What people did on the other pull requests and nobody of them ended; empty where it is nothing. */
export function heldElsewhere({ others, othersCut, ...forge }: ForgeState): string {
  const held = others.flatMap((other) => {
    const reasons = reasonsOf(other, graphQlLacks(forge));
    return reasons.length === 0 ? [] : [`#${other.number}, which no person closed, still has: ${reasons.join(", ")}`];
  });
  const cut = othersCut ? [`the issue has more than ${othersMax} other pull requests: a person has to merge`] : [];
  return [...held, ...cut].join("; ");
}

function reasonsOf(
  { draft, labels, undone, eventsCut, threads, ...reviewed }: Other,
  untold: string,
): readonly string[] {
  const against = objectionsIn(reviewed);
  return [
    ...(draft ? ["the draft that a person made of it"] : []),
    ...(labels.some(isManualMerge) ? [`the label ${manualMergeLabel}`] : []),
    ...undone.map(sentenceOf),
    ...(eventsCut ? [`more than ${eventsMax} events`] : []),
    ...(against.length > 0 ? [`changes requested by ${against.map(nameIn).join(", ")}`] : []),
    ...(threads === null ? [`threads that are ${untold}`] : []),
    ...(threads !== null && threads.holding.length > 0
      ? [`${threads.holding.length} open review threads`, ...threads.notes]
      : []),
  ];
}

const usedUp = "the limit of GitHub's GraphQL API is used up";

/** Why something is not known that only GraphQL tells. */
export function graphQlLacks({ graphQlFault = usedUp }: Pick<ForgeState, "graphQlFault">): string {
  return `not known yet: ${graphQlFault}`;
}

type Reviewed = Pick<ForgeState, "reviews" | "author">;

/** The reviews that ask for changes, each reviewer's last one. */
export function objectionsIn(reviewed: Reviewed): ForgeState["reviews"] {
  return lastReviews(reviewed).filter(({ state }) => state === "CHANGES_REQUESTED");
}

/** Each reviewer's last review that counts, comments and those of the author aside. */
export function lastReviews({ reviews, author }: Reviewed): ForgeState["reviews"] {
  const said = reviews.filter((each) => each.trusted && each.reviewer !== author && each.state !== "COMMENTED");
  return [...new Map(said.map((review) => [review.reviewer, review])).values()];
}

/** The reviewer, and why the review counts where GitHub shows something else. */
export function nameIn({ reviewer, note }: ForgeState["reviews"][number]): string {
  return note === "" ? reviewer : `${reviewer} (${note})`;
}
