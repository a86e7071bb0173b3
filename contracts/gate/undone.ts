import { manualMergeLabel } from "#contracts/labels.ts";
import type { Undone } from "./snapshot.ts";

/** How many events of a pull request are read: ten pages. Nobody needs as many, but a stranger can make as many. */
export const eventsMax = 1_000;

const deeds = {
  label: { did: `the label ${manualMergeLabel}`, undid: "was taken off", again: "set it and take it off" },
  draft: { did: "the draft that a person made of it", undid: "was marked as ready", again: "do both again" },
  title: {
    did: "the title that a person marked as work in progress",
    undid: "was changed",
    again: "mark it and unmark it",
  },
  closing: { did: "what a person closed", undid: "was opened again", again: "close it and open it again" },
} as const;

/** Says why it holds, and what ends it. */
export function sentenceOf({ what, login }: Undone): string {
  const { did, undid, again } = deeds[what];
  const by = login === null ? `${undid}, and GitHub names no person` : `${undid} by ${login}, no person who may write`;
  return `${did} ${by}: a person has to ${again}`;
}
