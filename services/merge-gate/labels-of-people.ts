import type { Trust } from "#kit/github/trust.ts";
import type { ChangeEvent } from "./undone.ts";

/**
 * The labels on a pull request that a person set, by the last event of each. An agent may set a label by its rights on GitHub, and `large-pr-ok`
 * lets the gate merge what it would leave to a person. One that no event tells of yet, or that was renamed since, is nobody's.
 */
export function labelsOfPeople(
  { isPerson }: Pick<Trust, "isPerson">,
  labels: readonly string[],
  events: readonly ChangeEvent[],
): readonly string[] {
  return labels.filter((label) => {
    const isOfLabel = ({ event, label: name }: ChangeEvent) =>
      event === "labeled" && name.toLowerCase() === label.toLowerCase();
    const last = events.findLast(isOfLabel);
    return last !== undefined && isPerson(last.actor);
  });
}
