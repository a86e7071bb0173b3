import { agentConfigPath, type GatePolicy } from "#contracts/policy.ts";
import { personReasons } from "./always-person.ts";
import { type Check, no, yes } from "./condition.ts";
import { narrowPersonRules } from "./person-rules.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Whether a person has to merge because of what the change touches: by the rules of the operator, narrowed by the file that the base branch
 * has. What the head has of that file counts for nothing.
 */
export function personCheck({ forge }: Snapshot, policy: GatePolicy): Check {
  const { changed, peopleLabels, repositoryRules, baseBranch } = forge;
  if ("wrong" in repositoryRules)
    return no(
      "person",
      "rules-wrong",
      `${agentConfigPath} of ${baseBranch} is wrong, so which changes need a person is unknown: ${repositoryRules.wrong}`,
    );
  const reasons = personReasons(changed, peopleLabels, narrowPersonRules(policy, repositoryRules.own));
  const why = reasons.map(({ reason }) => reason).join("; ");
  if (why === "") return yes("person", "it touches nothing that needs a person");
  return no("person", reasons.every(({ rule }) => rule === "large") ? "large-change" : "person-path", why);
}
