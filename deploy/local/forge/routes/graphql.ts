import type { ForgeContext } from "../context.ts";
import { ForgeFailure } from "../failure.ts";
import { answerGraphql } from "../graphql/engine.ts";
import type { View } from "../graphql/nodes.ts";
import { repositoryNode } from "../graphql/repository-node.ts";
import { mutationRoot, queryRoot } from "../graphql/roots.ts";
import { type Answer, type Call, ok, type Route, writerOf } from "./route.ts";

/** GraphQL on GitHub's published schema (https://docs.github.com/graphql). Its fields are in `graphql/`. */
export function graphqlRoute(context: ForgeContext): Route {
  return {
    method: "POST",
    path: "/graphql",
    operations: [],
    // A mutation has this word; a query that has it too only waits its turn.
    onlyReads: ({ body }) => !/\bmutation\b/.test(String(body.query)),
    handle: (call) => answerQuery(context, call),
  };
}

async function answerQuery(context: ForgeContext, call: Call): Promise<Answer> {
  const { query, variables, operationName } = call.body;
  if (typeof query !== "string" || query === "") {
    throw new ForgeFailure(400, "A query attribute must be specified and must be a string.");
  }
  const view: View = {
    context,
    viewer: writerOf(call),
    repositoryNode: (repository) => repositoryNode(view, repository),
  };
  const request = {
    query,
    variables: typeof variables === "object" && variables !== null ? (variables as Record<string, unknown>) : {},
    operationName: typeof operationName === "string" ? operationName : undefined,
  };
  return ok(await answerGraphql(request, { query: queryRoot(view), mutation: mutationRoot(view) }));
}
