import { eventAnswer, eventPayload, timelineOf } from "../answers/timeline.ts";
import type { ForgeContext } from "../context.ts";
import { issueOf } from "../store.ts";
import { repositoryIn } from "./repository.ts";
import { type Answer, type Call, numberIn, pageAnswer, pageOf, type Route } from "./route.ts";

/** What happened to issues and pull requests (https://docs.github.com/rest/issues/events, https://docs.github.com/rest/issues/timeline). */
export function timelineRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo/issues";
  return [
    {
      method: "GET",
      path: `${at}/events`,
      operations: ["issues/list-events-for-repo"],
      handle: async (call) => listAll(context, call),
    },
    {
      method: "GET",
      path: `${at}/:number/events`,
      operations: ["issues/list-events"],
      handle: async (call) => listEvents(context, call),
    },
    {
      method: "GET",
      path: `${at}/:number/timeline`,
      operations: ["issues/list-events-for-timeline"],
      handle: (call) => getTimeline(context, call),
    },
  ];
}

/** Of the whole repository, newest first. */
function listAll(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  return pageAnswer(call, repository.events.toReversed(), (each) => eventAnswer(context, repository, each));
}

function listEvents(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const { number } = issueOf(repository, numberIn(call));
  const found = repository.events.filter((each) => each.number === number);
  return pageAnswer(call, found, (each) => eventPayload(context, repository, each));
}

async function getTimeline(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const page = pageOf(call, await timelineOf(context, repository, issueOf(repository, numberIn(call))));
  return { status: 200, body: page.items, headers: page.headers };
}
