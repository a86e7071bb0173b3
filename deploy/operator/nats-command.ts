import { spawn } from "node:child_process";
import { join } from "node:path";
import { findNatsCli } from "../programs/binaries.ts";
import type { RigPlaces } from "./places.ts";
import { printError } from "./print.ts";

/**
 * Runs the `nats` command with the operator's connection and passes everything on: input, output, signals, exit code. It is found or
 * got as nats-server is; a build with go takes some minutes the first time, which it says on stderr.
 */
export async function natsCommand(places: RigPlaces, args: readonly string[]): Promise<number> {
  const cli = await findNatsCli({ onSlow: printError });
  const key = places.natsKeysDirectory === undefined ? [] : ["--nkey", join(places.natsKeysDirectory, "operator.nk")];
  // No context: what the operator's machine has set up for other servers must not mix with this one.
  const child = spawn(cli.path, ["--no-context", "--server", places.natsUrl, ...key, ...args], { stdio: "inherit" });
  // Ctrl-C reaches the command too, as it shares our terminal; we stay until it has ended.
  const stay = () => undefined;
  process.on("SIGINT", stay);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
