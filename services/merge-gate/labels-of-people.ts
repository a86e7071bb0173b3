import { isSameLabel } from "#contracts/labels.ts";
import type { ChangeEvent, Judged } from "./undone.ts";

/**
 * The labels on a pull request that a person who may write set, by the last event of each. Others may set a label by its rights on GitHub, and `large-pr-ok`
 * lets the gate merge what it would leave to a person. One that no event tells of yet, or that was renamed since, is nobody's.
 */
export function labelsOfPeople(
  { isWriter }: Pick<Judged, "isWriter">,
  labels: readonly string[],
  events: readonly ChangeEvent[],
): readonly string[] {
  return labels.filter((label) => {
    const isOfLabel = ({ event, label: name }: ChangeEvent) => event === "labeled" && isSameLabel(name, label);
    const last = events.findLast(isOfLabel);
    return last !== undefined && isWriter(last.actor);
  });
}

/** Those of these labels that were on a pull request, are not any more, and that nobody took off who may write: an agent lowers no risk so. */
export function labelsTakenOff(
  { isWriter }: Pick<Judged, "isWriter">,
  wanted: readonly string[],
  { labels, events }: { readonly labels: readonly string[]; readonly events: readonly ChangeEvent[] },
): readonly string[] {
  const plain = (name: string) => name.toLowerCase();
  return wanted.filter((label) => {
    if (labels.some((on) => plain(on) === plain(label))) return false;
    const last = events.findLast(({ event, label: name }) => event === "unlabeled" && plain(name) === plain(label));
    return last !== undefined && !isWriter(last.actor);
  });
}
