import { join, resolve } from "node:path";
import type { Rig } from "../local/rig-up.ts";

/** Where a rig keeps everything: `.rig/<name>` in the checkout, or the directory that the operator named. */
export function dataDirectoryOf(name: string): string {
  const root = join(import.meta.dirname, "../..");
  return name.includes("/") ? resolve(name) : join(root, ".rig", name);
}

/** What runs where, and what of it is not the real thing. */
export function banner(rig: Rig, tookMs: number): readonly string[] {
  const { places, startedInMs } = rig;
  const parts = Object.entries(startedInMs).map(([name, ms]) => `${name} ${ms} ms`);
  const model = places.scriptedModel
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

/** Stops on Ctrl-C and SIGTERM, once; a second signal while it stops changes nothing. Exit code 130 as shells expect. */
export function onStopSignal(stop: () => Promise<void>): void {
  let asked = false;
  const once = () => {
    if (asked) return;
    asked = true;
    console.log("\nStopping …");
    void stop().finally(() => process.exit(130));
  };
  process.on("SIGINT", once);
  process.on("SIGTERM", once);
}

/** Ends the process with the code of a command; an error is one line that says what to do, not a stack. */
export async function endWith(command: Promise<number>): Promise<void> {
  try {
    process.exit(await command);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    if (process.env.RIG_STACK !== undefined) console.error(error);
    process.exit(1);
  }
}
