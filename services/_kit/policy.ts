import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Context, Effect, Layer } from "effect";
import { parse } from "yaml";
import { readKeys } from "#contracts/known-keys.ts";
import { type Narrowed, narrow, Policy, policyPath } from "#contracts/policy.ts";
import { describe, StartRefused } from "./errors.ts";
import { setting } from "./settings.ts";

/** The operator's policy, as it was when the service started. Home of yaml. */
export class OperatorPolicy extends Context.Service<OperatorPolicy, Policy>()("rig/kit/OperatorPolicy") {}

/**
 * Reads the operator's policy from the file that `RIG_POLICY` names, else from `facts/policy.yaml` of this checkout. Refuses with
 * the keys that are wrong: to go on without bounds would allow everything.
 */
export const readPolicy = Effect.fn("readPolicy")(function* () {
  const path = yield* setting("RIG_POLICY", join(import.meta.dirname, "../..", policyPath));
  const text = yield* Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: () =>
      new StartRefused({
        what: `${path} cannot be read: it has to hold the operator's policy. Restore it, or let RIG_POLICY name the file that does.`,
      }),
  });
  const yaml = parseYaml(text);
  const read = "wrong" in yaml ? yaml : readKeys(Policy, yaml.value);
  if ("wrong" in read) {
    return yield* new StartRefused({ what: `${path}: ${read.wrong}. Correct it, then start the service again.` });
  }
  return read.value;
});

/** The policy for a service that needs it. */
export const policyLayer: Layer.Layer<OperatorPolicy, StartRefused> = Layer.effect(OperatorPolicy, readPolicy());

/** Narrows the operator's policy by the text of a `.rig-agent.yaml`. */
export function narrowByText(policy: Policy, text: string): Narrowed {
  const yaml = parseYaml(text);
  return "wrong" in yaml ? yaml : narrow(policy, yaml.value);
}

/** An empty file has no keys. Ten aliases are enough for a person; more of them could multiply until the memory is full. */
function parseYaml(text: string): { readonly value: unknown } | { readonly wrong: string } {
  try {
    return { value: parse(text, { maxAliasCount: 10 }) ?? {} };
  } catch (cause) {
    return { wrong: `not YAML: ${describe(cause)}` };
  }
}
