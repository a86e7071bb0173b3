import { appOf, includesRole, roleOf } from "../access.ts";
import {
  type Association,
  accountTypeOf,
  apiUrl,
  type ForgeContext,
  type ForgeUser,
  type Role,
  userId,
  webUrl,
} from "../context.ts";
import type { LabelRecord, RepositoryRecord } from "../records.ts";
import { repositoryLinks } from "./links.ts";
import type { Schemas } from "./schemas.ts";

/** A user, bot or (when nobody has that login) organization (https://docs.github.com/rest/users/users). */
export function userAnswer(context: ForgeContext, login: string) {
  const id = userId(login);
  const api = `${context.url}/api/v3/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: `U_${id}`,
    avatar_url: avatarUrl(context, login),
    gravatar_id: "",
    url: api,
    html_url: `${context.url}/${encodeURIComponent(login)}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: accountTypeOf(context, login),
    site_admin: false,
  } satisfies Schemas["simple-user"];
}

/** The picture of a login. That of an App's bot is the App's own, as on GitHub, and names its id. */
export function avatarUrl(context: ForgeContext, login: string): string {
  const place = login.endsWith("[bot]") ? `in/${appOf(login).id}` : `u/${userId(login)}`;
  return `${context.url}/avatars/${place}`;
}

/** Who asks, with the public profile fields (https://docs.github.com/rest/users/users#get-the-authenticated-user). */
export function viewerAnswer(context: ForgeContext, login: string): Schemas["public-user"] {
  return {
    ...userAnswer(context, login),
    name: login,
    company: null,
    blog: null,
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: context.store.state.repositories.filter((each) => each.owner === login).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: "2024-01-01T00:00:00Z",
    updated_at: "2024-01-01T00:00:00Z",
  };
}

/** A repository as it stands inside other answers and in webhooks. */
export function repositoryAnswer(context: ForgeContext, repository: RepositoryRecord) {
  const openIssues = repository.issues.filter((each) => each.state === "open").length;
  const forks = context.store.state.repositories.filter((each) => each.forkOf === repository.id).length;
  const properties: Record<string, string> = {};
  return {
    id: repository.id,
    node_id: `R_${repository.id}`,
    name: repository.name,
    full_name: `${repository.owner}/${repository.name}`,
    owner: userAnswer(context, repository.owner),
    ...repositoryLinks(apiUrl(context, repository), webUrl(context, repository)),
    private: false,
    visibility: "public",
    description: null,
    fork: repository.forkOf !== null,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    size: 0,
    forks,
    forks_count: forks,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: openIssues,
    open_issues_count: openIssues,
    default_branch: "main",
    is_template: false,
    topics: [] satisfies string[],
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    web_commit_signoff_required: false,
    pushed_at: repository.pushedAt,
    created_at: repository.createdAt,
    updated_at: repository.updatedAt,
    custom_properties: properties,
  } satisfies Schemas["repository"] & Pick<Schemas["full-repository"], "custom_properties">;
}

/** What `GET /repos/{owner}/{repo}` answers (https://docs.github.com/rest/repos/repos#get-a-repository). */
export function fullRepositoryAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  viewer: ForgeUser | null,
): Schemas["full-repository"] {
  const methods = repository.mergeMethods;
  const origin = repository.forkOf === null ? null : context.store.repositoryById(repository.forkOf);
  const originAnswer =
    origin === null ? {} : { parent: repositoryAnswer(context, origin), source: repositoryAnswer(context, origin) };
  return {
    ...repositoryAnswer(context, repository),
    ...originAnswer,
    permissions: permissionsOf(viewer === null ? "read" : roleOf(context, repository, viewer.login)),
    allow_merge_commit: methods.includes("merge"),
    allow_squash_merge: methods.includes("squash"),
    allow_rebase_merge: methods.includes("rebase"),
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    subscribers_count: 0,
    network_count: 0,
  };
}

/** A label (https://docs.github.com/rest/issues/labels). */
export function labelAnswer(context: ForgeContext, repository: RepositoryRecord, label: LabelRecord) {
  return {
    id: label.id,
    node_id: `LA_${label.id}`,
    url: `${apiUrl(context, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    description: label.description,
    color: label.color,
    default: false,
  } satisfies Schemas["label"];
}

/** How a login relates to the repository: a user whose role is only `read` is no collaborator. */
export function associationOf(context: ForgeContext, repository: RepositoryRecord, login: string): Association {
  if (repository.owner === login) return "OWNER";
  const said = context.users.find((each) => each.login === login)?.association;
  return said ?? (roleOf(context, repository, login) === "read" ? "NONE" : "COLLABORATOR");
}

/** https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user */
export function permissionAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  login: string,
): Schemas["repository-collaborator-permission"] {
  const role = roleOf(context, repository, login);
  // GitHub keeps the names from before there were five roles.
  const permission = role === "maintain" ? "write" : role === "triage" ? "read" : role;
  return {
    permission,
    role_name: role,
    user: { ...userAnswer(context, login), role_name: role, permissions: permissionsOf(role) },
  };
}

function permissionsOf(role: Role) {
  return {
    pull: true,
    triage: includesRole(role, "triage"),
    push: includesRole(role, "write"),
    maintain: includesRole(role, "maintain"),
    admin: role === "admin",
  };
}

/** No reactions, which is what everything on the forge has. */
export function reactionsAnswer(subjectUrl: string): Schemas["reaction-rollup"] {
  const url = `${subjectUrl}/reactions`;
  return {
    url,
    total_count: 0,
    "+1": 0,
    "-1": 0,
    laugh: 0,
    hooray: 0,
    confused: 0,
    heart: 0,
    rocket: 0,
    eyes: 0,
  };
}
