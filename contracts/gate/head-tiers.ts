import { Schema } from "effect";
import { type TierName, tierNames } from "./tier-rules.ts";

// The tiers of risk of the heads that the gate evaluated with all of their files.

/** The lowest tier that each head was of: an approval of it may be from then. A head that is not among them was not evaluated, or not all of its files were seen. */
export const HeadTiers = Schema.Record(Schema.String, Schema.Literals(tierNames));
export type HeadTiers = typeof HeadTiers.Type;

/** The tiers after one more evaluation. A label or a rule that raises the tier of a head raises it for no approval of before. */
export function withTier(
  tiers: HeadTiers,
  { headSha, tier }: { readonly headSha: string; readonly tier?: TierName | undefined },
): HeadTiers {
  if (tier === undefined) return tiers;
  const lowest = tierNames.find((name) => name === tier || name === tiers[headSha]) ?? tier;
  return { ...tiers, [headSha]: lowest };
}

/** The tiers of the heads that reviews are of. */
export function tiersReviewed(tiers: HeadTiers, reviews: readonly { readonly headSha: string }[]): HeadTiers {
  const heads = reviews.map(({ headSha }) => headSha);
  return Object.fromEntries(Object.entries(tiers).filter(([headSha]) => heads.includes(headSha)));
}
