import { Schema } from "effect";
import { type TierName, tierNames } from "./tier-rules.ts";

// The tiers of risk of the heads that the gate evaluated with all of their files.

/** The tier of each head. A head that is not among them was not evaluated, or not all of its files were seen. */
export const HeadTiers = Schema.Record(Schema.String, Schema.Literals(tierNames));
export type HeadTiers = typeof HeadTiers.Type;

/** The tiers after one more evaluation. */
export function withTier(
  tiers: HeadTiers,
  { headSha, tier }: { readonly headSha: string; readonly tier?: TierName | undefined },
): HeadTiers {
  return tier === undefined ? tiers : { ...tiers, [headSha]: tier };
}

/** The tiers of the heads that reviews are of. */
export function tiersReviewed(tiers: HeadTiers, reviews: readonly { readonly headSha: string }[]): HeadTiers {
  const heads = reviews.map(({ headSha }) => headSha);
  return Object.fromEntries(Object.entries(tiers).filter(([headSha]) => heads.includes(headSha)));
}
