import { type GuardRuleId, guardRules } from "#contracts/guard-rules.ts";
import type { GuardContext } from "./context.ts";
import { hasMarks } from "./marks.ts";
import { runProgram } from "./programs.ts";
import { beginning, block, type Scope } from "./run.ts";
import { followCode } from "./shell-code.ts";
import { followNode } from "./walk.ts";

/** Whether a command may run; when not, the rule that it breaks, why, and what is allowed instead. */
export type Verdict =
  | { readonly verdict: "allow" }
  | {
      readonly verdict: "block";
      readonly rule: GuardRuleId;
      /** What of the command breaks the rule, and why that is one. */
      readonly reason: string;
      readonly instead: string;
    };

/**
 * Checks a command before it runs. It reads the text alone: no file, no link and no environment, so that the same command has the same verdict
 * everywhere. A guard is no sandbox: what a file of the repository does when it runs is held by the sandbox.
 */
export function guardCommand(command: string, context: GuardContext): Verdict {
  const scope = beginning(context, { node: followNode, program: runProgram });
  check(command, scope);
  const [finding] = scope.run.findings;
  if (finding === undefined) return { verdict: "allow" };
  const { blocks, reason, instead } = guardRules[finding.rule];
  return {
    verdict: "block",
    rule: finding.rule,
    reason: `\`${finding.what}\`: blocked is ${blocks}. ${reason}`,
    instead,
  };
}

function check(command: string, scope: Scope): undefined {
  if (hasMarks(command)) return block(scope, "unreadable-command", "a character of private use");
  try {
    followCode(command, scope, "the command");
  } catch (cause) {
    // What cannot be followed is not allowed: a stack that ends, or a bug of the guard.
    block(scope, "unreadable-command", cause instanceof Error ? cause.message : "the guard failed");
  }
}
