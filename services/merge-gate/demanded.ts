import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { type ForgeState, requirementsIn } from "#contracts/gate/snapshot.ts";
import { isStrict } from "#contracts/requirements.ts";
import { GitHub } from "#kit/github/github.ts";
import { type HeadTold, readHeadChecks } from "#kit/github/head-checks.ts";
import { readRequirements } from "#kit/github/requirements.ts";
import { OperatorPolicy } from "#kit/policy/policy.ts";
import { readBehind } from "./behind.ts";
import type { PullShown } from "./change-shown.ts";
import { type Comparing, heldAs } from "./compare.ts";
import { whatGraphQlTells } from "./lists.ts";
import { isOwnApp, verdictIn } from "./shown-verdict.ts";

/**
 * What the base requires of the head, what reported on that, and whether it has to have more of the base. Where GitHub does not tell what is
 * required, that is in `untold`, with what to repair; `graphQlAfterMs` and `graphQlFault` are why GraphQL cannot be asked for it.
 */
export const readDemanded = Effect.fn("readDemanded")(function* (
  change: Place,
  pull: PullShown,
  { head, comparing }: { readonly head: HeadTold | null; readonly comparing: Comparing },
) {
  const { asked: required, ...lacking } = yield* Effect.catchTag(
    readRequired(change, pull, head),
    ["GitHubRefused", "NotTold"],
    ({ message }) => Effect.succeed({ asked: { untold: message }, verdict: undefined, graphQlAfterMs: 0 }),
  );
  const { gate } = yield* OperatorPolicy;
  const requirements = requirementsIn({ required });
  // A merge queue of GitHub tests what it merges by itself.
  const isTested = gate.testMergeResult !== false && requirements?.mergeQueue == null;
  const strict = isTested || (requirements !== null && isStrict(requirements));
  const standing = yield* readBehind(change, pull, { strict, comparing }).pipe(
    // Without the comparison nobody knows what the merge would undo.
    Effect.catchTag(
      "GitHubRefused",
      heldAs(({ message }) => ({ untold: `${message}: give the App Contents (read)` })),
    ),
  );
  const demanded: Demanded =
    "untold" in standing ? { ...nothingCompared, required: standing } : { required, ...standing };
  const untold = demanded.required !== null && "untold" in demanded.required ? [demanded.required.untold] : [];
  return { demanded, untold, ...lacking };
});

type Demanded = Pick<ForgeState, "required" | "behind" | "mergeBase" | "baseSha">;

const nothingCompared = { behind: null, mergeBase: null, baseSha: null };

/** What is required and what reported, with who the gate is there, and its verdict as GitHub shows it; undefined where that is not told. */
export const readRequired = Effect.fn("readRequired")(function* (
  change: Place,
  { number, headSha, baseBranch: branch }: Pick<PullShown, "number" | "headSha" | "baseBranch">,
  known: HeadTold | null,
) {
  const github = yield* GitHub;
  const login = yield* github.login;
  const of = { number, headSha, branch };
  const asking = Effect.catchTag(readHeadChecks(change, of), "NotTold", ({ message }) =>
    Effect.succeed({ untold: message }),
  );
  const { asked: told, ...lacking } =
    known === null ? yield* whatGraphQlTells(asking) : { asked: known, graphQlAfterMs: 0 };
  if (told === null || "untold" in told) return { asked: told, verdict: undefined, ...lacking };
  const { requirements, head } = yield* readRequirements(change, of, told);
  const own = head.suites.find(({ app }) => isOwnApp(app, login));
  const asked = { requirements, head, gate: { login, appId: own?.appId ?? null } };
  return { asked, verdict: verdictIn(told, login), graphQlAfterMs: 0 };
});
