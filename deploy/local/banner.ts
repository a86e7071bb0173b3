import { dataDirectoryOf, type RigPlaces, rigCommand } from "../operator/places.ts";
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

/** How the rig was started: the data directory as it was named, if one was, and the issues that the command `file` knows. */
interface Started {
  readonly data: string | undefined;
  readonly issues: readonly { readonly key: string; readonly description: string }[];
}

/** What a person can do with the rig that runs now. */
export function whatNext({ forgeUrl }: Pick<RigPlaces, "forgeUrl">, { data, issues }: Started): readonly string[] {
  const rig = rigCommand(data);
  const file =
    forgeUrl === undefined
      ? ["  Label an issue agent-ready on GitHub; its repository needs a .rig-agent.yaml."]
      : issues.map(({ key, description }) => `  ${rig} file ${key.padEnd(10)}  ${description}`);
  return [
    "File an issue:",
    ...file,
    "Look at it:",
    `  ${rig} issues           every issue and where it stands`,
    `  ${rig} issue 1          one issue with its history`,
    `  ${rig} events --follow  the facts as they happen`,
    `  ${rig} doctor           what is wrong and what to do`,
    `Data and logs: ${dataDirectoryOf(data ?? "start")}`,
    "Stop with Ctrl-C.",
  ];
}
