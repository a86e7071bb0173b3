import { notAccessible } from "../access.ts";
import { userAnswer } from "../answers/repository.ts";
import type { ForgeContext } from "../context.ts";
import { forbidden, notFound } from "../failure.ts";
import { type Answer, type Call, pageAnswer, type Route } from "./route.ts";

/** Who is in a team of an organization (https://docs.github.com/rest/teams/members#list-team-members). */
export function teamRoutes(context: ForgeContext): Route[] {
  return [
    {
      method: "GET",
      path: "/orgs/:org/teams/:slug/members",
      operations: ["teams/list-members-in-org"],
      handle: async (call) => listMembers(context, call),
    },
  ];
}

/** A team that nobody is in, or that is not shown to who asks, is as unknown as one that never was. */
function listMembers(context: ForgeContext, call: Call): Answer {
  const { viewer, params } = call;
  if (viewer?.type === "Bot" && viewer.members === "none") throw forbidden(notAccessible(viewer));
  const name = `${params.org}/${params.slug}`.toLowerCase();
  const members = viewer === null ? [] : context.users.filter(({ teams = [] }) => teams.includes(name));
  if (members.length === 0) throw notFound();
  return pageAnswer(call, members, ({ login }) => userAnswer(context, login));
}
