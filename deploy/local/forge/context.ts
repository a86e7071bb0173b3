import { join } from "node:path";
import type { Deliveries } from "./deliveries.ts";
import { ForgeFailure } from "./failure.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { RepositoryRecord } from "./records.ts";
import type { ForgeStore } from "./store.ts";

/** Somebody who may use the forge: with this token, as this login. A bot's login ends in `[bot]`, as on GitHub. */
export interface ForgeUser {
  readonly login: string;
  readonly token: string;
  readonly type: "User" | "Bot";
  /** The role in every repository that somebody else owns and that is no fork. Default: `write`. The owner is always `admin`. */
  readonly role?: Role;
  /** A bot's permission "Administration": whether it reads protections, and sees who bypasses a ruleset. Default: `read`. */
  readonly administration?: "none" | "read" | "write";
  /** A bot's permission "Members": whether it reads who is in a team. Default: `read`. */
  readonly members?: "none" | "read";
  /** The teams that the user is in, as `org/team` in lower case. */
  readonly teams?: readonly string[];
  /** What `author_association` says of the login, where it is not what follows from the role: a private member is a `CONTRIBUTOR`. */
  readonly association?: Association;
}

/** How GitHub says that somebody relates to a repository. It is no permission. */
export type Association = "OWNER" | "MEMBER" | "COLLABORATOR" | "CONTRIBUTOR" | "FIRST_TIME_CONTRIBUTOR" | "NONE";

/** GitHub's roles in a repository (https://docs.github.com/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization). */
export type Role = "admin" | "maintain" | "write" | "triage" | "read";

/** The head of a branch after a push. */
export interface PushedHead {
  readonly branch: string;
  readonly sha: string;
  /** The head before it; null when the branch was made by this push. */
  readonly before: string | null;
  readonly pusher: string;
}

/** Runs the tests of what was pushed. Declared here and not where it runs them, since that needs the events, which need this file. */
export interface Checks {
  /** Makes the check suite of a commit, unless it has one, and sends `check_run.created`. It runs after `wake`. */
  add(context: ForgeContext, repository: RepositoryRecord, push: PushedHead): void;
  /** Starts queued runs. */
  wake(context: ForgeContext): void;
  /** Ends the running tests with all their children; their runs stay queued in the state. */
  close(): Promise<void>;
}

/** How much of a change GitHub shows (https://docs.github.com/repositories/creating-and-managing-repositories/repository-limits#diff-limits). */
export interface DiffLimits {
  /** A file whose patch has more lines or bytes comes without its patch. */
  readonly patchLinesMax: number;
  readonly patchBytesMax: number;
  /** A diff of more lines, bytes or files is refused whole with 406. `compare` lists no more files than this. */
  readonly diffLinesMax: number;
  readonly diffBytesMax: number;
  readonly filesMax: number;
}

/** What every part of the forge works with. `url` is known only once the server listens. */
export interface ForgeContext {
  url: string;
  readonly dataDirectory: string;
  readonly users: readonly ForgeUser[];
  readonly store: ForgeStore;
  readonly deliveries: Deliveries;
  readonly checks: Checks;
  readonly rateLimits: RateLimits;
  readonly limits: DiffLimits;
}

/** The base of the REST URLs of a repository, in the layout of GitHub Enterprise Server. */
export function apiUrl(context: ForgeContext, repository: RepositoryRecord): string {
  return `${context.url}/api/v3/repos/${repository.owner}/${repository.name}`;
}

/** The base of the web URLs of a repository. Nothing is served there but git. */
export function webUrl(context: ForgeContext, repository: RepositoryRecord): string {
  return `${context.url}/${repository.owner}/${repository.name}`;
}

/** The bare repository's directory. */
export function gitDirectory(context: Pick<ForgeContext, "dataDirectory">, repository: RepositoryRecord): string {
  return join(context.dataDirectory, "repos", repository.directory);
}

/** The time now, in the form in which GitHub writes times: seconds, UTC. */
export function timeNow(): string {
  return new Date().toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** A number for a login that stays the same whatever other users there are. */
export function userId(login: string): number {
  let hash = 2_166_136_261;
  for (const character of login.toLowerCase()) hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619) >>> 0;
  return hash;
}

/** The address that GitHub gives commits made in a user's name. */
export function emailOf(login: string): string {
  return `${userId(login)}+${login}@users.noreply.github.com`;
}

/**
 * Who sends a request: `token T`, `Bearer T`, or Basic with the token as password, as git sends it
 * (https://docs.github.com/rest/authentication/authenticating-to-the-rest-api). Null without a header.
 * Throws a 401 `ForgeFailure` for a token of nobody.
 */
export function viewerOf(context: Pick<ForgeContext, "users">, authorization: string | undefined): ForgeUser | null {
  if (authorization === undefined) return null;
  const token = tokenIn(authorization);
  const user = context.users.find((each) => each.token === token);
  if (user === undefined) throw new ForgeFailure(401, "Bad credentials");
  return user;
}

function tokenIn(authorization: string): string {
  const [scheme = "", value = ""] = authorization.trim().split(/\s+/, 2);
  if (scheme.toLowerCase() !== "basic") return value;
  const pair = Buffer.from(value, "base64").toString("utf8");
  return pair.slice(pair.indexOf(":") + 1);
}
