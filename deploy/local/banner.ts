import type { Rig } from "./rig-up.ts";

/** What runs where, and what of it is not the real thing. */
export function banner(rig: Rig, tookMs: number): readonly string[] {
  const { places, startedInMs } = rig;
  const parts = Object.entries(startedInMs).map(([name, ms]) => `${name} ${ms} ms`);
  const model = rig.scriptedModel
    ? "  model     SCRIPTED: it plays a playbook and understands nothing. Set ANTHROPIC_API_KEY for a real one."
    : "  model     a real model";
  return [
    `The rig is up after ${tookMs} ms (${parts.join(", ")}).`,
    `  bus       ${places.natsUrl}`,
    `  database  ${places.databaseUrl}`,
    `  forge     ${places.forgeUrl ?? "GitHub"}`,
    `  webhook   ${places.webhookUrl}`,
    model,
    "",
  ];
}
