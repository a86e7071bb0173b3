import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { GitHub } from "./github.ts";
import { orWhenAbsent } from "./repository-file.ts";

/** What GitHub says of an account now. */
export interface AccountStanding {
  /** `User`, `Bot` …; `none` for a login that GitHub does not know. */
  readonly type: string;
  /** Whether it may write to the repository: role write, maintain or admin. */
  readonly mayWrite: boolean;
}

/** A login that GitHub does not know, such as a deleted user's. */
export const unknownAccount: AccountStanding = { type: "none", mayWrite: false };

/**
 * Asks GitHub what a login is, and whether it may write to the repository. `author_association` of a delivery does not say it: a private
 * member of an organization is only a CONTRIBUTOR there, and an outsider with the role triage a COLLABORATOR.
 */
export const readAccount = Effect.fn("readAccount")(function* (at: RepositoryRef, login: string) {
  if (login === "") return unknownAccount;
  const github = yield* GitHub;
  const asking = github.call(
    `read the permission of ${login}`,
    at,
    async (octokit, repository): Promise<AccountStanding> => {
      const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({ ...repository, username: login });
      // GitHub answers with the names of three roles from before there were five: maintain is `write` here, triage is `read`.
      return { type: data.user?.type ?? "none", mayWrite: data.permission === "write" || data.permission === "admin" };
    },
  );
  return yield* Effect.catchTag(asking, "GitHubRefused", orWhenAbsent(unknownAccount));
});
