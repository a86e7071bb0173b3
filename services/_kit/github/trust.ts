import { Cache, Duration, Effect, Exit } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { Retryable } from "#kit/errors.ts";
import type { GitHub, GitHubRefused, NotTold } from "./github.ts";
import { agentLogins, type Logins, plainLogin, reviewerLogins } from "./logins.ts";
import { type AccountStanding, readAccount } from "./permission.ts";

/** An account as GitHub's REST API names it: an App's login ends in `[bot]`. The login is empty when the account is deleted. */
export interface Account {
  readonly login: string;
  /** `User` for a person, `Bot` for an App, or anything else that GitHub names. */
  readonly type: string;
}

/** Who may object: whose reviews, threads and comments may hold a merge or lead to work. */
export interface Trust {
  /** Whether the operator named this login in `RIG_REVIEWER_LOGINS`. Its approvals count too. */
  isAppointed(login: string): boolean;
  /** The agents that open pull requests, as the operator named them in `RIG_AGENT_LOGINS`. None of them may object, whatever its permission. */
  readonly agents: Logins;
  /**
   * Whether this is a person: a user whom the operator named neither as an agent nor as a reviewer. What agents and Apps undo of a person's
   * stands. GraphQL names who resolved a thread without the `[bot]`, so a user with the name of a named App is no person here.
   */
  isPerson(account: Account): boolean;
  /**
   * Whether this account may object, hold a merge with a thread, or give an agent a task: a person who may write to the repository, or an
   * appointed reviewer. No App and no agent may by its permission: the operator names those that review.
   */
  mayObject(at: RepositoryRef, account: Account): Effect.Effect<boolean, Retryable | GitHubRefused | NotTold>;
  /** What GitHub says of this login, asked at most once within `permissionAge`. */
  readAccount(at: RepositoryRef, login: string): Effect.Effect<AccountStanding, Retryable | GitHubRefused | NotTold>;
}

/** 5 s: a decision asks once for each login, however many reviews and threads it has, and a permission that was taken away ends soon. */
const permissionAge = "5 seconds";

/** Reads who is appointed, and asks GitHub for the permission of everybody else when it matters. */
export const makeTrust: Effect.Effect<Trust, never, GitHub> = Effect.gen(function* () {
  const appointed = yield* reviewerLogins;
  const agents = yield* agentLogins;
  const named = new Set([...appointed.all, ...agents.all].map(nameOf));
  const accounts = yield* Cache.makeWith(readCachedAccount, {
    capacity: 1_000,
    timeToLive: (exit) => (Exit.isSuccess(exit) ? permissionAge : Duration.zero),
  });
  const read = ({ owner, repo }: RepositoryRef, login: string) =>
    Cache.get(accounts, `${owner}/${repo}/${plainLogin(login)}`);
  return {
    isAppointed: appointed.has,
    agents,
    isPerson: ({ login, type }) =>
      type === "User" && login !== "" && !login.endsWith("[bot]") && !named.has(nameOf(login)),
    mayObject: (at, { login, type }) => {
      if (appointed.has(login)) return Effect.succeed(true);
      if (login === "" || type !== "User" || agents.has(login)) return Effect.succeed(false);
      return Effect.map(read(at, login), ({ mayWrite }) => mayWrite);
    },
    readAccount: read,
  };
});

/** The name of an account as GraphQL has it: that of an App without `[bot]`. */
export function nameOf(login: string): string {
  return plainLogin(login).replace(/\[bot\]$/, "");
}

/** The key of a cache entry has to be a plain value; neither an owner, a repository nor a login has a slash in it. */
function readCachedAccount(key: string) {
  const [owner = "", repo = "", login = ""] = key.split("/");
  return readAccount({ owner, repo }, login);
}
