import { AgentConfig, type Effective, type Limits, type Policy, policyPath } from "#contracts/policy.ts";
import { readKeys } from "#kit/process/read-keys.ts";

/** What holds for a repository, or what is wrong with its file: sentences for the person who wrote it. */
export type Narrowed = { readonly effective: Effective } | { readonly wrong: string };

/**
 * Computes what holds for a repository from the policy and its parsed YAML file. A value outside of the operator's bound is refused
 * and never cut down to it, because a person who is not told would count on what the file says.
 */
export function narrow(policy: Policy, file: unknown): Narrowed {
  const read = readKeys(AgentConfig, file);
  if ("wrong" in read) return read;
  const { stack, testCommand = policy.testCommand.default, limits = {} } = read.value;
  const { unreadableFiles = policy.unreadableFiles.default } = read.value;
  const faults = [
    choiceFault("stack", stack, policy.stack.allowed),
    choiceFault("unreadableFiles", unreadableFiles, policy.unreadableFiles.allowed),
    ...limitNames.map((name) => limitFault(policy, name, limits[name])),
  ];
  const wrong = faults.filter((fault) => fault !== null).join(". ");
  if (wrong !== "") return { wrong };
  return {
    effective: {
      stack,
      testCommand,
      limits: {
        claimsPerAttemptMax: limits.claimsPerAttemptMax ?? policy.limits.claimsPerAttemptMax.default,
        failedAttemptsMax: limits.failedAttemptsMax ?? policy.limits.failedAttemptsMax.default,
        fixRoundsMax: limits.fixRoundsMax ?? policy.limits.fixRoundsMax.default,
      },
      unreadableFiles,
    },
  };
}

const limitNames = ["claimsPerAttemptMax", "failedAttemptsMax", "fixRoundsMax"] as const;

function choiceFault(key: "stack" | "unreadableFiles", value: string, allowed: readonly string[]): string | null {
  if (allowed.includes(value)) return null;
  const bound = allowed.length === 0 ? `no ${key}` : `only ${allowed.join(", ")}`;
  return `${key} is "${value}", but the operator of this rig allows ${bound}. Only the operator can add one, at ${key}.allowed in ${policyPath}`;
}

function limitFault(policy: Policy, name: keyof Limits, value: number | undefined): string | null {
  const { max } = policy.limits[name];
  if (value === undefined || value <= max) return null;
  return `limits.${name} is ${value}, but the operator of this rig allows at most ${max}. Only the operator can raise that, at limits.${name}.max in ${policyPath}`;
}
