import { emitterEventNames } from "@octokit/webhooks";
import type { FactType } from "#contracts/catalogue.ts";
import { rowOf } from "#contracts/choreography.ts";
import { type DeliveryMeaning, deliveryMeanings } from "#contracts/delivery-meanings.ts";

/** Every event of GitHub's webhooks, as `@octokit/webhooks` lists them. */
const gitHubEvents = [...new Set(emitterEventNames.map((name) => name.split(".")[0] ?? ""))].toSorted();

/** docs/deliveries.md: what each of GitHub's events becomes. */
export function deliveriesPage(): string {
  const known = Object.keys(deliveryMeanings).toSorted();
  const others = gitHubEvents.filter((event) => !known.includes(event));
  const facts = [...new Set(Object.values(deliveryMeanings).flatMap((meaning) => Object.values(meaning.facts).flat()))];
  const found = facts.filter((type) => rowOf("reconciler").publishes.includes(type));
  const lost = facts.filter((type) => !found.includes(type));
  return [
    "<!-- Generated from contracts/delivery-meanings.ts by bus-config/generate.ts. Do not edit: npm run generate -->",
    "# Deliveries",
    "",
    "What each event of GitHub's webhooks becomes. Subscribe one webhook of the repository or organization to the events of the first table but `installation`. That one GitHub sends to each App by itself: give every App the same webhook address and secret, and subscribe it to nothing. Every signed delivery that is JSON is stored on the stream GITHUB as it came, whatever it is about; another one is a dead letter.",
    "",
    "A fact follows only where a delivery is about work of the rig: a label is `agent-ready`, a status stands on the branch of an issue.",
    "",
    `When the delivery never came, \`reconciler\` publishes ${named(found)}. It does not publish ${named(lost)}. Where a merge waits for a thread that was resolved, or for a comment that was deleted, it publishes \`GATE_OUTDATED\`. Nothing else follows from a lost deletion of a comment; of a moved repository and a changed installation only the log of reconciler tells then ([operating.md](operating.md)).`,
    "",
    "| event | action | fact | other deliveries of the event |",
    "| --- | --- | --- | --- |",
    ...Object.entries(deliveryMeanings).flatMap(([event, meaning]) => rowsOf(event, meaning)),
    "",
    "## Stored, and nothing follows",
    "",
    "The rig does not subscribe to these. A delivery of one that comes all the same is stored, and no fact follows:",
    "",
    `${others.map((event) => `\`${event}\``).join(", ")}.`,
    "",
  ].join("\n");
}

function named(types: readonly FactType[]): string {
  return types.map((type) => `\`${type}\``).join(", ");
}

function rowsOf(event: string, { facts, otherwise }: DeliveryMeaning): readonly string[] {
  const actions = Object.entries(facts);
  if (actions.length === 0) return [`| \`${event}\` | | none | ${otherwise} |`];
  return actions.map(([action, types], index) => {
    const named = types.map((type) => `\`${type}\``).join(" or ");
    const first = index === 0;
    return `| ${first ? `\`${event}\`` : ""} | ${action === "-" ? "" : `\`${action}\``} | ${named} | ${first ? otherwise : ""} |`;
  });
}
