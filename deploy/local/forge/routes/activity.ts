import { userAnswer } from "../answers/repository.ts";
import type { Schemas } from "../answers/schemas.ts";
import type { ForgeContext } from "../context.ts";
import { zeroSha } from "../git/git.ts";
import type { PushRecord } from "../records.ts";
import { repositoryIn } from "./repository.ts";
import { type Answer, type Call, ok, pageOf, type Route } from "./route.ts";

/** Who changed the branches (https://docs.github.com/rest/repos/repos#list-repository-activities). */
export function activityRoutes(context: ForgeContext): Route[] {
  const path = "/repos/:owner/:repo/activity";
  return [
    { method: "GET", path, operations: ["repos/list-activities"], handle: async (call) => getActivity(context, call) },
  ];
}

/** The newest first. GitHub's further pages have cursors instead of numbers; here there is one page. */
function getActivity(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const branch = call.query.get("ref")?.replace(/^refs\/heads\//, "");
  const pushes = (repository.pushes ?? []).filter((each) => branch === undefined || each.branch === branch);
  return ok(pageOf(call, pushes.toReversed()).items.map((each) => activityOf(context, each)));
}

function activityOf(context: ForgeContext, push: PushRecord): Schemas["activity"] {
  const { id, branch, before, after, actor, createdAt: timestamp } = push;
  const ref = `refs/heads/${branch}`;
  return {
    id,
    node_id: `PU_${id}`,
    before,
    after,
    ref,
    timestamp,
    activity_type: typeOf(push),
    actor: userAnswer(context, actor),
  };
}

function typeOf({ before, after, forced }: PushRecord): Schemas["activity"]["activity_type"] {
  if (before === zeroSha) return "branch_creation";
  if (after === zeroSha) return "branch_deletion";
  return forced ? "force_push" : "push";
}
