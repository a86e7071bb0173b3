import { agentConfigPath, type GatePolicy } from "#contracts/policy.ts";
import { type PersonReason, personReasons } from "./always-person.ts";
import { type Check, no, yes } from "./condition.ts";
import { narrowPersonRules } from "./person-rules.ts";
import type { HoldName } from "./reasons.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Whether a person has to merge because of what the change touches: by the rules of the operator, narrowed by the file that the base branch
 * has. What the head has of that file counts for nothing.
 */
export function personCheck({ forge }: Snapshot, policy: GatePolicy): Check {
  const { open, ownRepository, changed, peopleLabels, repositoryRules, baseBranch } = forge;
  // Then its files are not read, and another condition holds it.
  if (!open || !ownRepository) return yes("person", "not looked at, because nothing of it is merged");
  if ("untold" in repositoryRules)
    return no("person", "rules-unknown", `which changes need a person is not known: ${repositoryRules.untold}`);
  if ("wrong" in repositoryRules)
    return no(
      "person",
      "rules-wrong",
      `${agentConfigPath} of ${baseBranch} is wrong, so which changes need a person is unknown: ${repositoryRules.wrong}`,
    );
  const reasons = personReasons(changed, peopleLabels, narrowPersonRules(policy, repositoryRules.own));
  if (reasons.length === 0) return yes("person", "it touches nothing that needs a person");
  return no("person", holdOf(reasons), reasons.map(({ reason }) => reason).join("; "));
}

/** The name says what a person can do: a label or GitHub ends some of these holds, but only as long as nothing else is the reason. */
function holdOf(reasons: readonly PersonReason[]): HoldName {
  if (reasons.every(({ rule }) => rule === "large")) return "large-change";
  return reasons.every(({ rule }) => rule === "unseen") ? "files-cut" : "person-path";
}
