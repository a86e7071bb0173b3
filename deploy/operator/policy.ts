import { readFile } from "node:fs/promises";
import { Effect } from "effect";
import { narrowByText, readPolicy } from "#kit/policy/policy.ts";
import type { Options } from "./command-line.ts";
import { printError, printJson } from "./print.ts";

async function readYaml(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${file} cannot be read (${cause.code}): name a .rig-agent.yaml`);
  });
}

/**
 * Prints the operator's policy as a service that starts here reads it or, with the path of a `.rig-agent.yaml`, what holds for a
 * repository with that file. Exit code 1 and the reason when the file asks for more than the policy allows.
 */
export async function showPolicy(file: string | undefined, { json }: Pick<Options, "json">): Promise<number> {
  const policy = await Effect.runPromise(readPolicy());
  const space = json ? undefined : 2;
  if (file === undefined) {
    printJson(policy, space);
    return 0;
  }
  const narrowed = narrowByText(policy, await readYaml(file));
  if ("wrong" in narrowed) {
    printError(`${file}: ${narrowed.wrong}.`);
    return 1;
  }
  printJson({ ...narrowed.effective, gate: narrowed.gate }, space);
  return 0;
}
