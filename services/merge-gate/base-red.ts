import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { redChecksOf } from "#contracts/gate/base-red.ts";
import type { Required, Seen } from "#contracts/gate/snapshot.ts";
import { type HeadOf, readHeadChecks } from "#kit/github/head-checks.ts";
import { baseOf } from "./decide-line.ts";
import type { Fresh } from "./forge.ts";
import { notTold } from "./not-yet.ts";

/**
 * Reads which required checks failed on the newest commit of the base: one request, and none where GitHub showed with the change that all that
 * reported there passed, or that nothing did. What GitHub does not tell is asked for again: it told the same of the head.
 */
export const readBaseRed = Effect.fn("readBaseRed")(function* (
  seen: Pick<Seen, "on"> & { readonly forge: Pick<Fresh, "baseRollup" | keyof Seen["forge"]> },
) {
  const base = baseOf(seen);
  const { required, number, baseRollup } = seen.forge;
  if (base === null || baseRollup === "success" || baseRollup === "") return [];
  if (required === null || "untold" in required) return [];
  return yield* readRed(base, { number, headSha: base.baseSha, branch: base.branch }, required);
});

/** Reads which required checks failed on a commit of the base. */
export const readRed = Effect.fn("readRed")(function* (at: RepositoryRef, of: HeadOf, required: Required) {
  const told = yield* Effect.catchTag(readHeadChecks(at, of), ["GitHubRefused", "NotTold"], ({ message }) =>
    Effect.fail(notTold([message])),
  );
  return redChecksOf(required, told.head);
});
