import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { Base } from "#contracts/base-line.ts";
import { isPassing } from "#contracts/checks.ts";
import { redChecksOf } from "#contracts/gate/base-red.ts";
import type { Required, Seen } from "#contracts/gate/snapshot.ts";
import { GitHub } from "#kit/github/github.ts";
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
function readRed(at: RepositoryRef, of: HeadOf, required: Required) {
  return Effect.map(readReported(at, of), (head) => redChecksOf(required, head));
}

/** Reads which required checks failed on a commit of the base, and which checks passed there; one that runs, was cancelled or never ran is neither. */
export function readEnded(at: RepositoryRef, of: HeadOf, required: Required) {
  return Effect.map(readReported(at, of), (head) => {
    const open = head.checks.filter(({ conclusion }) => !isPassing(conclusion)).map(({ name }) => name);
    const passed = head.checks.flatMap(({ name }) => (open.includes(name) ? [] : [name]));
    return { red: redChecksOf(required, head), passed };
  });
}

/** Reads which checks passed on a commit of the base. */
export function readPassed(at: RepositoryRef, of: HeadOf) {
  return Effect.map(readReported(at, of), ({ checks }) =>
    checks.flatMap(({ name, conclusion }) => (conclusion === "success" ? [name] : [])),
  );
}

const readReported = Effect.fn("readReported")(function* (at: RepositoryRef, of: HeadOf) {
  const told = yield* Effect.catchTag(readHeadChecks(at, of), ["GitHubRefused", "NotTold"], ({ message }) =>
    Effect.fail(notTold([message])),
  );
  return told.head;
});

/** Asks for the newest commit of a branch. A delivery may be late, or about a branch of the same name in a fork. */
export const newestOf = Effect.fn("newestOf")(function* ({ branch, ...at }: Pick<Base, "owner" | "repo" | "branch">) {
  const github = yield* GitHub;
  return yield* github.call("read the base branch", at, async (octokit, { owner, repo }) => {
    return (await octokit.rest.repos.getBranch({ owner, repo, branch })).data.commit.sha;
  });
});
