import { narrowPersonRules, type RepositoryPersonRules } from "#contracts/gate/person-rules.ts";
import { looserIn } from "#contracts/gate/tier-rules.ts";
import {
  AgentConfig,
  type Effective,
  type GatePolicy,
  type Limits,
  type Policy,
  policyPath,
} from "#contracts/policy.ts";
import { readKeys } from "#kit/process/read-keys.ts";

/**
 * What holds for a repository, or what is wrong with its file: sentences for the person who wrote it. `effective` holds from an approval on,
 * `gate` while the base branch has that file. `own`: what of the gate's rules the file itself adds.
 */
export type Narrowed =
  | { readonly effective: Effective; readonly gate: GatePolicy; readonly own: RepositoryPersonRules }
  | { readonly wrong: string };

/**
 * Computes what holds for a repository from the policy and its parsed YAML file. A value outside of the operator's bound is refused
 * and never cut down to it, because a person who is not told would count on what the file says.
 */
export function narrow(policy: Policy, file: unknown): Narrowed {
  const read = readKeys(AgentConfig, file);
  if ("wrong" in read) return read;
  const { stack, testCommand = policy.testCommand.default, limits = {} } = read.value;
  const { unreadableFiles = policy.unreadableFiles.default, gate = {} } = read.value;
  const wrong = faultsIn(policy, { stack, unreadableFiles, limits, gate }).join(". ");
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
    gate: { ...policy.gate, ...narrowPersonRules(policy.gate, gate) },
    own: gate,
  };
}

type Values = Required<Pick<AgentConfig, "stack" | "unreadableFiles" | "limits" | "gate">>;

/** What is outside of the operator's bounds, one sentence each. */
function faultsIn(policy: Policy, { stack, unreadableFiles, limits, gate }: Values): readonly string[] {
  return [
    choiceFault("stack", stack, policy.stack.allowed),
    choiceFault("unreadableFiles", unreadableFiles, policy.unreadableFiles.allowed),
    ...limitNames.map((name) => {
      const key = `limits.${name}`;
      return limitFault({ key, value: limits[name], max: policy.limits[name].max, bound: `${key}.max` });
    }),
    ...largeNames.map((name) => {
      const key = `gate.largeChange.${name}`;
      return limitFault({ key, value: gate.largeChange?.[name], max: policy.gate.largeChange[name], bound: key });
    }),
    ...looserIn(policy.gate.tiers, gate.tiers ?? {}).map(
      ({ key, value, allows }) =>
        `${key} is ${value}, but the operator of this rig allows ${allows}. Only the operator can change that, at ${key} in ${policyPath}`,
    ),
  ].filter((fault) => fault !== null);
}

const limitNames = ["claimsPerAttemptMax", "failedAttemptsMax", "fixRoundsMax"] as const satisfies (keyof Limits)[];
const largeNames = ["filesMax", "linesMax"] as const;

function choiceFault(key: "stack" | "unreadableFiles", value: string, allowed: readonly string[]): string | null {
  if (allowed.includes(value)) return null;
  const bound = allowed.length === 0 ? `no ${key}` : `only ${allowed.join(", ")}`;
  return `${key} is "${value}", but the operator of this rig allows ${bound}. Only the operator can add one, at ${key}.allowed in ${policyPath}`;
}

/** A number of a repository's file, and the bound of the operator's file under its key. */
interface Bounded {
  readonly key: string;
  readonly value: number | undefined;
  readonly max: number;
  readonly bound: string;
}

function limitFault({ key, value, max, bound }: Bounded): string | null {
  if (value === undefined || value <= max) return null;
  return `${key} is ${value}, but the operator of this rig allows at most ${max}. Only the operator can raise that, at ${bound} in ${policyPath}`;
}
