import { agentFacts } from "./events/agent.ts";
import { changeFacts } from "./events/change.ts";
import { ciFacts } from "./events/ci.ts";
import { costFacts } from "./events/cost.ts";
import { issueFacts } from "./events/issue.ts";
import { mergeFacts } from "./events/merge.ts";
import { operationsFacts } from "./events/operations.ts";
import { reviewFacts } from "./events/review.ts";

/** Every fact that can stand on the stream EVENTS, by its type. */
export const catalogue = {
  ...issueFacts,
  ...agentFacts,
  ...changeFacts,
  ...reviewFacts,
  ...ciFacts,
  ...mergeFacts,
  ...costFacts,
  ...operationsFacts,
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
