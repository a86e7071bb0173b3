import { agentFacts } from "./events/agent.ts";
import { baseFacts } from "./events/base.ts";
import { changeFacts } from "./events/change.ts";
import { ciFacts } from "./events/ci.ts";
import { commentFacts } from "./events/comment.ts";
import { costFacts } from "./events/cost.ts";
import { fleetFacts } from "./events/fleet.ts";
import { issueFacts } from "./events/issue.ts";
import { mergeFacts } from "./events/merge.ts";
import { operationsFacts } from "./events/operations.ts";
import { reviewFacts } from "./events/review.ts";
import { timeFacts } from "./events/time.ts";

/** The families of facts, in the order in which an issue meets them. Each has one file in contracts/events/. */
export const families = {
  issue: issueFacts,
  agent: agentFacts,
  change: changeFacts,
  comment: commentFacts,
  review: reviewFacts,
  ci: ciFacts,
  merge: mergeFacts,
  base: baseFacts,
  cost: costFacts,
  time: timeFacts,
  fleet: fleetFacts,
  operations: operationsFacts,
} as const;

/** Every fact that can be published, by its type. Facts are stored on the stream EVENTS, ticks on the stream TICKS. */
export const catalogue = {
  ...families.issue,
  ...families.agent,
  ...families.change,
  ...families.comment,
  ...families.review,
  ...families.ci,
  ...families.merge,
  ...families.base,
  ...families.cost,
  ...families.time,
  ...families.fleet,
  ...families.operations,
} as const;

/** The name of a fact, UPPER_SNAKE, as operators know it. */
export type FactType = keyof typeof catalogue;
/** The decoded `data` of a fact. */
export type DataOf<Type extends FactType> = (typeof catalogue)[Type]["data"]["Type"];
/** The kind of aggregate whose history a fact belongs to. */
export type KindOf<Type extends FactType> = (typeof catalogue)[Type]["of"];

/** All fact types, in the order of the catalogue. */
export const factTypes = Object.keys(catalogue) as readonly FactType[];

/** The type of a fact that is stored on EVENTS: every type except `TICK`. */
export type EventsFactType = { [Type in FactType]: KindOf<Type> extends "tick" ? never : Type }[FactType];
/** All fact types that are stored on EVENTS. */
export const eventsFactTypes = factTypes.filter((type): type is EventsFactType => catalogue[type].of !== "tick");

/** Whether a string names a fact type that this version of the rig knows. */
export function isFactType(type: string): type is FactType {
  return Object.hasOwn(catalogue, type);
}
