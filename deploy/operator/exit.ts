import { printError } from "./print.ts";

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
    printError(error instanceof Error ? error.message : String(error));
    if (process.env.RIG_STACK !== undefined) printError(error);
    process.exit(1);
  }
}
