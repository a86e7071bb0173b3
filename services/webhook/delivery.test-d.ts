// `tsc -p .` checks this file and nothing runs it.
import type { EmitterWebhookEvent } from "@octokit/webhooks";
import type { deliverySchemas, KnownDelivery } from "#contracts/delivery.ts";

type Event = KnownDelivery["event"];

/** The events of which GitHub describes a payload that the rig could not decode: it demands a field that GitHub may leave out or null. */
type Undecodable = {
  [Name in Event]: EmitterWebhookEvent<Name>["payload"] extends (typeof deliverySchemas)[Name]["Encoded"]
    ? never
    : Name;
}[Event];

declare const none: [Undecodable] extends [never] ? "none" : Undecodable;
none satisfies "none";
