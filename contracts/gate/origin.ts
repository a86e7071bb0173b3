import { isBranchOf } from "#contracts/issue-branch.ts";
import { type Check, no, yes } from "./condition.ts";
import type { Snapshot } from "./snapshot.ts";

/** An agent can name any pull request in PR_CREATED, so whose it is comes from GitHub: its repository, its branch and its author. */
export function originCheck({ on, forge }: Snapshot): Check {
  const { ownRepository, branch, author, byAgent } = forge;
  if (!ownRepository) return no("origin", "head-elsewhere", "the head is in another repository");
  if (!isBranchOf(on.number, branch))
    return no("origin", "other-branch", `the head is ${branch}, which is no branch of #${on.number}`);
  if (!byAgent) return no("origin", "other-author", `opened by ${author}, who is no agent of this rig`);
  return yes("origin", `opened by ${author} from the branch of #${on.number}`);
}

/** Whether the change is of the claim that counts: the body carries its epoch. */
export function epochCheck({ issue, forge }: Snapshot): Check {
  const { epoch } = forge;
  return epoch === issue.epoch
    ? yes("epoch", `of the current claim (epoch ${issue.epoch})`)
    : no("epoch", "other-epoch", `the body has epoch ${epoch ?? "none"}, the current claim is ${issue.epoch}`);
}
