import type { EventName, EventRecord, RepositoryRecord } from "../records.ts";
import { connection } from "./connection.ts";
import type { Field, Fields } from "./engine.ts";
import { actorNode, type View } from "./nodes.ts";

// What happened to a pull request, as GraphQL lists it (https://docs.github.com/graphql/reference/unions#pullrequesttimelineitems). Of what
// the timeline of GitHub has besides, the forge has comments, reviews and commits in lists of their own.

/** The names of types of what the forge notes. */
const types: Readonly<Partial<Record<EventName, string>>> = {
  labeled: "LabeledEvent",
  unlabeled: "UnlabeledEvent",
  renamed: "RenamedTitleEvent",
  closed: "ClosedEvent",
  reopened: "ReopenedEvent",
  merged: "MergedEvent",
  base_ref_changed: "BaseRefChangedEvent",
  convert_to_draft: "ConvertToDraftEvent",
  ready_for_review: "ReadyForReviewEvent",
  review_dismissed: "ReviewDismissedEvent",
  head_ref_force_pushed: "HeadRefForcePushedEvent",
  head_ref_deleted: "HeadRefDeletedEvent",
  review_requested: "ReviewRequestedEvent",
  review_request_removed: "ReviewRequestRemovedEvent",
};

/** The list of the events of one pull request, oldest first; `itemTypes` leaves those of these kinds. */
export function timelineField(view: View, repository: RepositoryRecord, number: number): Field {
  return connection(
    "timelineItems",
    ({ itemTypes }) =>
      repository.events
        .filter((each) => each.number === number && types[each.event] !== undefined)
        .filter(({ event }) => itemTypes == null || (itemTypes as readonly string[]).includes(itemTypeOf(event))),
    (each) => eventNode(view, each),
    ["itemTypes"],
  );
}

/** `LabeledEvent` is the item type `LABELED_EVENT`. */
function itemTypeOf(event: EventName): string {
  return (types[event] ?? "").replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
}

function eventNode(view: View, { id, event, actor, createdAt, label, rename, dismissed }: EventRecord): Fields {
  return {
    __typename: types[event],
    id: `EV_${id}`,
    createdAt,
    actor: () => actorNode(view, actor),
    ...(label === undefined ? {} : { label: { __typename: "Label", ...label } }),
    ...(rename === undefined ? {} : { previousTitle: rename.from, currentTitle: rename.to }),
    ...(dismissed === undefined
      ? {}
      : {
          previousReviewState: dismissed.state.toUpperCase(),
          dismissalMessage: dismissed.message,
          review: { __typename: "PullRequestReview", fullDatabaseId: String(dismissed.reviewId) },
        }),
  };
}
