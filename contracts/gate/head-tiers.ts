import { Schema } from "effect";
import { type TierName, tierNames } from "./tier-rules.ts";

// The tiers of risk of the heads that the gate evaluated with all of their files.

const Tier = Schema.Literals(tierNames);

/**
 * The tier of a head by all rules, and by the operator's alone: a repository that raises the tier of an early head must not make an approval of it count
 * for what the operator calls riskier.
 */
const HeadTier = Schema.Struct({ tier: Tier, operatorTier: Tier });
export type HeadTier = typeof HeadTier.Type;

/** The lowest tiers that each head was of: an approval of it may be from then. A head that is not among them was not evaluated, or not all of its files were seen. */
export const HeadTiers = Schema.Record(Schema.String, HeadTier);
export type HeadTiers = typeof HeadTiers.Type;

/** The tiers after one more evaluation. A label or a rule that raises the tier of a head raises it for no approval of before. */
export function withTier(
  tiers: HeadTiers,
  { headSha, tier, operatorTier }: { readonly headSha: string } & { readonly [Name in keyof HeadTier]?: TierName },
): HeadTiers {
  if (tier === undefined || operatorTier === undefined) return tiers;
  const { [headSha]: before = { tier, operatorTier } } = tiers;
  return {
    ...tiers,
    [headSha]: { tier: lower(tier, before.tier), operatorTier: lower(operatorTier, before.operatorTier) },
  };
}

function lower(one: TierName, other: TierName): TierName {
  return tierNames.indexOf(one) < tierNames.indexOf(other) ? one : other;
}

const lowest: HeadTier = { tier: "low", operatorTier: "low" };

/** Whether a head was of a lower tier than this one, by either of the rules. One that is not known counts as the lowest. */
export function isLower(before: HeadTier = lowest, now: HeadTier): boolean {
  const rank = (of: HeadTier, name: keyof HeadTier) => tierNames.indexOf(of[name]);
  return rank(before, "tier") < rank(now, "tier") || rank(before, "operatorTier") < rank(now, "operatorTier");
}

/** The tiers of the heads that reviews are of. */
export function tiersReviewed(tiers: HeadTiers, reviews: readonly { readonly headSha: string }[]): HeadTiers {
  const heads = reviews.map(({ headSha }) => headSha);
  return Object.fromEntries(Object.entries(tiers).filter(([headSha]) => heads.includes(headSha)));
}
