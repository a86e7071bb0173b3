import type { ForgeContext } from "../context.ts";
import { branchRoutes } from "./branch.ts";
import { checkRoutes } from "./check.ts";
import { commentRoutes } from "./comment.ts";
import { commitRoutes } from "./commit.ts";
import { compareRoutes } from "./compare.ts";
import { graphqlRoute } from "./graphql.ts";
import { issueRoutes } from "./issue.ts";
import { mergeRoutes } from "./merge.ts";
import { objectRoutes } from "./object.ts";
import { ownershipRoutes } from "./ownership.ts";
import { pullRoutes } from "./pull.ts";
import { repositoryRoutes } from "./repository.ts";
import { reviewRoutes } from "./review.ts";
import { reviewCommentRoutes } from "./review-comment.ts";
import type { Route } from "./route.ts";
import { rulesetRoutes } from "./ruleset.ts";
import { teamRoutes } from "./team.ts";
import { timelineRoutes } from "./timeline.ts";

/** Every endpoint of the forge. */
export function forgeRoutes(context: ForgeContext): Route[] {
  return [
    ...repositoryRoutes(context),
    ...ownershipRoutes(context),
    ...teamRoutes(context),
    ...branchRoutes(context),
    ...rulesetRoutes(context),
    ...commitRoutes(context),
    ...compareRoutes(context),
    ...objectRoutes(context),
    ...checkRoutes(context),
    ...timelineRoutes(context),
    ...commentRoutes(context),
    ...issueRoutes(context),
    ...pullRoutes(context),
    ...mergeRoutes(context),
    ...reviewRoutes(context),
    ...reviewCommentRoutes(context),
    graphqlRoute(context),
  ];
}
