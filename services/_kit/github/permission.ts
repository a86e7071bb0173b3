import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { GitHub, type GitHubRefused, NotTold } from "./github.ts";
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
 * member of an organization is only a CONTRIBUTOR there, and an outsider with the role triage a COLLABORATOR. Fails with `NotTold`
 * where GitHub does not tell the permission of a user: that is not to say that the account has none.
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
  return yield* Effect.catchTag(asking, "GitHubRefused", (refused) =>
    refused.status === 404 ? unlessUser(refused, { at, login }) : Effect.fail(refused),
  );
});

/**
 * What a 404 says of a login. GitHub answers with it for an account that is gone and for an App, which may nothing, but also where the
 * token may not read the permission of a user (https://docs.github.com/rest/collaborators/collaborators describes it only as "not found").
 */
const unlessUser = Effect.fn("unlessUser")(function* (
  refused: GitHubRefused,
  { at, login }: { readonly at: RepositoryRef; readonly login: string },
) {
  const github = yield* GitHub;
  const asking = github.call(`read the account ${login}`, at, async (octokit): Promise<string> => {
    return (await octokit.rest.users.getByUsername({ username: login })).data.type;
  });
  const type = yield* Effect.catchTag(asking, "GitHubRefused", orWhenAbsent("none"));
  if (type !== "User") return unknownAccount;
  const reason = `it answered 404 ${refused.reason}, although the account exists: give the App Metadata (read) on this repository`;
  return yield* new NotTold({ what: refused.what, reason });
});
