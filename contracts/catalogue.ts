import { agentEvents } from "./events/agent.ts";
import { changeEvents } from "./events/change.ts";
import { ciEvents } from "./events/ci.ts";
import { costEvents } from "./events/cost.ts";
import { issueEvents } from "./events/issue.ts";
import { mergeEvents } from "./events/merge.ts";
import { reviewEvents } from "./events/review.ts";

/** Every fact that can stand on the stream EVENTS, by its type. */
export const catalogue = {
  ...issueEvents,
  ...agentEvents,
  ...changeEvents,
  ...reviewEvents,
  ...ciEvents,
  ...mergeEvents,
  ...costEvents,
} as const;

/** The name of a fact, UPPER_SNAKE, as operators know it. */
export type FactType = keyof typeof catalogue;
/** The decoded `data` of a fact. */
export type DataOf<Type extends FactType> = (typeof catalogue)[Type]["data"]["Type"];
/** The history that a fact belongs to. */
export type KindOf<Type extends FactType> = (typeof catalogue)[Type]["of"];

/** All fact types, in the order of the catalogue. */
export const factTypes = Object.keys(catalogue) as readonly FactType[];

/** Whether a string from the wire names a fact that this version of the rig knows. */
export function isFactType(type: string): type is FactType {
  return Object.hasOwn(catalogue, type);
}
