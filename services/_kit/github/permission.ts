import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { GitHub } from "./github.ts";
import { orWhenAbsent } from "./repository-file.ts";

/**
 * Whether this login may write to the repository: role write, maintain or admin, asked of GitHub now. `author_association` of a delivery
 * does not say it: a private member of an organization is only a CONTRIBUTOR there, and an outsider with the role triage a COLLABORATOR.
 * A login that GitHub does not know, such as a deleted user's or an App's, may not.
 */
export const mayWrite = Effect.fn("mayWrite")(function* (at: RepositoryRef, login: string) {
  if (login === "") return false;
  const github = yield* GitHub;
  const permission = github.call(`read the permission of ${login}`, at, async (octokit, repository) => {
    return (await octokit.rest.repos.getCollaboratorPermissionLevel({ ...repository, username: login })).data
      .permission;
  });
  // GitHub answers with the names of three roles from before there were five: maintain is `write` here, triage is `read`.
  const known = yield* Effect.catchTag(permission, "GitHubRefused", orWhenAbsent("none"));
  return known === "write" || known === "admin";
});
