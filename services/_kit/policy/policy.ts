import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Context, Effect, Layer } from "effect";
import { type Document, parseAllDocuments, visit } from "yaml";
import { Policy, policyPath } from "#contracts/policy.ts";
import { describe, StartRefused } from "#kit/errors.ts";
import { readKeys } from "#kit/process/read-keys.ts";
import { setting } from "#kit/process/settings.ts";
import { type Narrowed, narrow, type OwnRules, ownRules } from "./narrow.ts";

/** The operator's policy, as it was when the service started. */
export class OperatorPolicy extends Context.Service<OperatorPolicy, Policy>()("rig/kit/OperatorPolicy") {}

/**
 * Reads the operator's policy from this file, else from the one that `RIG_POLICY` names, else from `facts/policy.yaml` of this checkout. Fails with `StartRefused`,
 * which names the wrong keys: a service without bounds would allow everything.
 */
export const readPolicy = Effect.fn("readPolicy")(function* (file?: string) {
  const path = file ?? (yield* setting("RIG_POLICY", join(import.meta.dirname, "../../..", policyPath)));
  const text = yield* Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: () =>
      new StartRefused({
        what: `${path} cannot be read: it has to hold the operator's policy. ${file === undefined ? "Restore it, or let RIG_POLICY name the file that does" : `Name a file that does, such as ${policyPath}`}.`,
      }),
  });
  const yaml = parseYaml(text);
  const read = "wrong" in yaml ? yaml : readKeys(Policy, yaml.value);
  if ("wrong" in read) {
    const how = file === undefined ? "Correct it, then start the service again" : "Correct it";
    return yield* new StartRefused({ what: `${path}: ${read.wrong}. ${how}.` });
  }
  return read.value;
});

/** Provides the policy to a service. */
export const policyLayer: Layer.Layer<OperatorPolicy, StartRefused> = Layer.effect(OperatorPolicy, readPolicy());

/** Computes the settings for a repository from the operator's policy and the text of its `.rig-agent.yaml` (see `narrow`). */
export function narrowByText(policy: Policy, text: string): Narrowed {
  const yaml = parseYaml(text);
  return "wrong" in yaml ? yaml : narrow(policy, yaml.value);
}

/** Reads from the text of a `.rig-agent.yaml` what it adds to the rules of the gate (see `ownRules`). */
export function ownRulesByText(policy: Policy, text: string): OwnRules {
  const yaml = parseYaml(text);
  return "wrong" in yaml ? yaml : ownRules(policy, yaml.value);
}

/** 64 Ki characters: a file that a person writes has a few hundred characters, and the faults of a huge one would take long to describe. */
const fileCharactersMax = 64 * 1024;

/**
 * Parses plain YAML 1.2; an empty file has no keys. Aliases, tags and directives are refused, because with them a file can refer to itself,
 * grow without limit, or mean other values than a person reads in it.
 */
function parseYaml(text: string): { readonly value: unknown } | { readonly wrong: string } {
  if (text.length > fileCharactersMax) return { wrong: `it is longer than ${fileCharactersMax} characters` };
  try {
    const [document, ...more] = parseAllDocuments(text, { version: "1.2", schema: "core", logLevel: "silent" });
    if (document === undefined) return { value: {} };
    if (more.length > 0) return { wrong: "not YAML: a second document (---); write one" };
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) return { wrong: `not YAML: ${describe(problem)}` };
    if (hasTag(document)) return { wrong: "not YAML: a tag (!…); write the plain value" };
    if (document.directives?.yaml.explicit === true) return { wrong: "not YAML: a %YAML directive; leave it out" };
    return { value: document.toJS({ maxAliasCount: 0 }) ?? {} };
  } catch (cause) {
    return { wrong: `not YAML: ${describe(cause)}` };
  }
}

function hasTag(document: Document): boolean {
  let found = false;
  visit(document, {
    Node: (_key, { tag }) => {
      if (tag === undefined) return undefined;
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}
