import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { RequiredCheck } from "#contracts/checks.ts";
import { nothingShown, readBranchRules } from "./branch-rules.ts";
import { checksShown } from "./protection-demands.ts";
import { demandOfRules } from "./rule-demands.ts";

/** What GitHub requires of a head before a merge into a branch, as far as checks go. */
export interface Required {
  readonly checks: readonly RequiredCheck[];
  /** Whether a ruleset demands that the head contains the tip of the branch. Of the classic protection only its admins read it. */
  readonly strict: boolean;
}

/**
 * Reads the checks that GitHub requires before a merge into this branch, and nothing else of what `readRequirements` reads: those of its
 * rulesets, and those of its classic protection. Fails with `GitHubRefused` where they may not be read, whatever the status, and with
 * `NotTold` where the branch is protected and nothing of it is shown. [docs/requirements.md](../../../docs/requirements.md) has what each
 * answer means.
 */
export const readRequiredChecks = Effect.fn("readRequiredChecks")(function* (at: RepositoryRef, branch: string) {
  const { rules, shown } = yield* readBranchRules(at, branch);
  if (shown === "hidden" || (shown === "rulesets" && rules.length === 0)) return yield* nothingShown(branch);
  const { checks, strict } = demandOfRules(rules, null);
  return { checks: [...checks, ...checksShown(shown)], strict } satisfies Required;
});
