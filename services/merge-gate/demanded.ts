import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { GitHub, type GitHubRefused } from "#kit/github/github.ts";
import type { HeadTold } from "#kit/github/head-checks.ts";
import { readRequirements } from "#kit/github/requirements.ts";
import { OperatorPolicy } from "#kit/policy/policy.ts";
import { readBehind } from "./behind.ts";
import type { PullShown } from "./change-shown.ts";
import { isOwnApp } from "./check-run.ts";
import type { Comparing } from "./compare.ts";
import { whatGraphQlTells } from "./lists.ts";

/**
 * What the base requires of the head, what reported on that, and whether it has to have more of the base. Where GitHub does not tell what is
 * required, that is in `untold`, with what to repair; `graphQlAfterMs` is how long GraphQL cannot be asked for it.
 */
export const readDemanded = Effect.fn("readDemanded")(function* (
  change: Place,
  pull: PullShown,
  { head, comparing }: { readonly head: HeadTold | null; readonly comparing: Comparing },
) {
  const { asked: required, graphQlAfterMs } = yield* whatGraphQlTells(
    Effect.catchTag(readRequired(change, pull, head), ["GitHubRefused", "NotTold"], ({ message }) =>
      Effect.succeed({ untold: message }),
    ),
  );
  const { gate } = yield* OperatorPolicy;
  const isDemanded = required !== null && "requirements" in required && required.requirements.strict;
  const strict = gate.testMergeResult !== false || isDemanded;
  const standing = yield* readBehind(change, pull, { strict, comparing }).pipe(
    Effect.catchTag("GitHubRefused", comparisonUntold),
  );
  const demanded: Demanded =
    "untold" in standing ? { ...nothingCompared, required: standing } : { required, ...standing };
  const untold = demanded.required !== null && "untold" in demanded.required ? [demanded.required.untold] : [];
  return { demanded, untold, graphQlAfterMs };
});

type Demanded = Pick<ForgeState, "required" | "behind" | "mergeBase" | "baseSha">;

const nothingCompared = { behind: null, mergeBase: null, baseSha: null };

/** Without the comparison nobody knows what the merge would undo. What GitHub may not know yet is asked for again at once. */
function comparisonUntold(refused: GitHubRefused) {
  const untold = `${refused.message}: give the App Contents (read)`;
  return refused.status === 404 || refused.status === 422 ? Effect.fail(refused) : Effect.succeed({ untold });
}

/** What is required and what reported, with who the gate is there. */
const readRequired = Effect.fnUntraced(function* (
  change: Place,
  { number, headSha, baseBranch: branch }: PullShown,
  known: HeadTold | null,
) {
  const github = yield* GitHub;
  const login = yield* github.login;
  const { requirements, head } = yield* readRequirements(change, { number, headSha, branch }, known);
  const own = head.suites.find(({ app }) => isOwnApp(app, login));
  return { requirements, head, gate: { login, appId: own?.appId ?? null } };
});
