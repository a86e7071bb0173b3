import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { GitHub } from "#kit/github/github.ts";
import { readRequirements } from "#kit/github/requirements.ts";
import { OperatorPolicy } from "#kit/policy/policy.ts";
import { readBehind } from "./behind.ts";
import type { PullShown } from "./change-shown.ts";
import { isOwnApp } from "./check-run.ts";
import { whatGraphQlTells } from "./lists.ts";

/**
 * What the base requires of the head, what reported on that, and whether it has to have more of the base. Where GitHub does not tell what is
 * required, that is in `untold`, with what to repair; `graphQlAfterMs` is how long GraphQL cannot be asked for it.
 */
export const readDemanded = Effect.fn("readDemanded")(function* (change: Place, pull: PullShown) {
  const { asked: required, graphQlAfterMs } = yield* whatGraphQlTells(
    Effect.catchTag(readRequired(change, pull), ["GitHubRefused", "NotTold"], ({ message }) =>
      Effect.succeed({ untold: message }),
    ),
  );
  const { gate } = yield* OperatorPolicy;
  const isDemanded = required !== null && "requirements" in required && required.requirements.strict;
  const strict = gate.testMergeResult !== false || isDemanded;
  const standing = yield* readBehind(change, pull, { strict });
  const untold = required !== null && "untold" in required ? [required.untold] : [];
  const demanded: Pick<ForgeState, "required" | "behind" | "mergeBase" | "baseSha"> = { required, ...standing };
  return { demanded, untold, graphQlAfterMs };
});

/** What is required and what reported, with who the gate is there. */
const readRequired = Effect.fnUntraced(function* (change: Place, { number, headSha, baseBranch: branch }: PullShown) {
  const github = yield* GitHub;
  const login = yield* github.login;
  const { requirements, head } = yield* readRequirements(change, { number, headSha, branch });
  const own = head.suites.find(({ app }) => isOwnApp(app, login));
  return { requirements, head, gate: { login, appId: own?.appId ?? null } };
});
