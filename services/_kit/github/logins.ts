import { Effect } from "effect";
import { setting } from "#kit/process/settings.ts";

/** Logins that the operator named. */
export interface Logins {
  readonly all: readonly string[];
  has(login: string): boolean;
}

// Agents are no members of the repository. The operator names their logins, so that nobody else passes for one of them.

/** The logins whose approval lets the gate merge: `RIG_REVIEWER_LOGINS`. */
export const reviewerLogins = loginsIn("RIG_REVIEWER_LOGINS", "rig-review-e[bot]");

/** The logins of the agents that open pull requests: `RIG_AGENT_LOGINS`. */
export const agentLogins = loginsIn("RIG_AGENT_LOGINS", "rig-dev-e[bot]");

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
