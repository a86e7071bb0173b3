import { type ForgeContext, type ForgeUser, type Role, userId } from "./context.ts";
import { forbidden } from "./failure.ts";
import type { RepositoryRecord } from "./records.ts";

const rolesUpwards: readonly Role[] = ["read", "triage", "write", "maintain", "admin"];

/** The role of a login in the repository. Repositories are public, so whoever has none may read; a fork belongs to its owner alone. */
export function roleOf(context: Pick<ForgeContext, "users">, repository: RepositoryRecord, login: string): Role {
  if (repository.owner === login) return "admin";
  const user = context.users.find((each) => each.login === login);
  if (user === undefined || repository.forkOf !== null) return "read";
  return user.role ?? "write";
}

/** True when the role includes the wanted one. */
export function includesRole(role: Role, wanted: Role): boolean {
  return rolesUpwards.indexOf(role) >= rolesUpwards.indexOf(wanted);
}

/** True when the login may write: its reviews count for the protection of a branch. */
export function mayPush(context: Pick<ForgeContext, "users">, repository: RepositoryRecord, login: string): boolean {
  return includesRole(roleOf(context, repository, login), "write");
}

/** Throws a 403 `ForgeFailure` in GitHub's words when the user's role is below the wanted one. */
export function refuseBelow(
  context: Pick<ForgeContext, "users">,
  repository: RepositoryRecord,
  user: ForgeUser,
  wanted: Role,
): void {
  if (includesRole(roleOf(context, repository, user.login), wanted)) return;
  throw forbidden(notAccessible(user));
}

/** What GitHub says to an App without the permission, and to a person without the right. */
export function notAccessible(user: ForgeUser): string {
  return user.type === "Bot" ? "Resource not accessible by integration" : "Must have admin rights to Repository.";
}

/**
 * What a user may do with protections and rulesets. A person needs the role admin. An App needs the permission "Administration", which
 * has nothing to do with what it may write (https://docs.github.com/rest/authentication/permissions-required-for-github-apps).
 */
export function administrationOf(
  context: Pick<ForgeContext, "users">,
  repository: RepositoryRecord,
  viewer: ForgeUser | null,
): "none" | "read" | "write" {
  if (viewer === null) return "none";
  if (roleOf(context, repository, viewer.login) === "admin") return "write";
  return viewer.type === "Bot" ? (viewer.administration ?? "read") : "none";
}

/** The App behind a bot: its slug is the login without `[bot]`. */
export function appOf(login: string): { readonly id: number; readonly slug: string } {
  const slug = login.replace(/\[bot\]$/, "");
  return { id: userId(`app ${slug}`), slug };
}
