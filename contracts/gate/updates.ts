import { Schema } from "effect";

// A head that was only brought up to date: a merge of its base into a head that a reviewer approved, in which nobody changed anything.

/** A merge commit that is nothing but a clean merge of a head and a commit of the base, which begin to differ at the merge base. */
export const Update = Schema.Struct({
  headSha: Schema.String,
  from: Schema.String,
  base: Schema.String,
  mergeBase: Schema.String,
});
export type Update = typeof Update.Type;

/**
 * Whether the diff of the head begins where it began for the review, through all updates in between, newest first: each began where the one before
 * ended. `reviewed` and `now` are the merge bases of the reviewed head and of the head; null for one that is not named.
 */
export function isSameDiff(
  updates: readonly Update[],
  { reviewed, now }: { readonly reviewed: string | null; readonly now: string | null },
): boolean {
  const begun = [now, ...updates.map(({ mergeBase }) => mergeBase)];
  const ended = [...updates.map(({ base }) => base), reviewed];
  return begun.every((sha, at) => sha === null || (ended[at] ?? null) === null || sha === ended[at]);
}
