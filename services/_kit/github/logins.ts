import { Effect } from "effect";
import { choreography, type Row } from "#contracts/choreography.ts";
import type { Role } from "#contracts/work.ts";
import { setting } from "#kit/process/settings.ts";

/** Logins that the operator named. */
export interface Logins {
  readonly all: readonly string[];
  has(login: string): boolean;
}

// Agents are no members of the repository. The operator names their logins, so that nobody else passes for one of them.

/** The logins whose approval lets the gate merge: `RIG_REVIEWER_LOGINS`, or else the bots of the rows that claim reviews. */
export const reviewerLogins = loginsIn("RIG_REVIEWER_LOGINS", botsThatClaim("review"));

/** The logins of the agents that open pull requests: `RIG_AGENT_LOGINS`, or else the bots of the rows that claim issues. */
export const agentLogins = loginsIn("RIG_AGENT_LOGINS", botsThatClaim("dev"));

/** The logins of a role's agents where the operator names none, as in a setting: the App of a row is `rig-<name>`. Another choreography is for tests. */
export function botsThatClaim(role: Role, rows: Readonly<Record<string, Row>> = choreography): string {
  const names = Object.keys(rows).filter((name) => rows[name]?.claims.some((claim) => claim.role === role));
  return names.map((name) => `rig-${name}[bot]`).join(",");
}

function loginsIn(name: string, fallback: string): Effect.Effect<Logins> {
  return Effect.map(setting(name, fallback), (logins) => {
    const all = logins
      .split(",")
      .map(plainLogin)
      .filter((login) => login !== "");
    return { all, has: (login) => all.includes(plainLogin(login)) };
  });
}

/** GitHub does not tell logins apart by case. */
export function plainLogin(login: string): string {
  return login.trim().toLowerCase();
}
