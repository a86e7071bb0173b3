import { Schema } from "effect";
import { PathPattern } from "../path-pattern.ts";

// Which changes are of which tier of risk, and what each tier needs. The tier of a change is computed in tiers.ts.

/** The tiers, the lowest first. */
export const tierNames = ["low", "medium", "high"] as const;
export type TierName = (typeof tierNames)[number];

/** 100 of each: more is a list that nobody reads. */
const entriesMax = 100;

/** 6: as many approvals as GitHub itself can require. */
const approvalsMax = 6;

const needFields = {
  approvals: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: approvalsMax })).annotate({
    description:
      "Approvals that a change of this tier needs beside Review-E's, of people who may write and have no part in it; 0 to 6. A larger number is narrower. A higher tier needs them too.",
  }),
  person: Schema.Boolean.annotate({
    description: "Whether a person merges a change of this tier, and of each higher one. `true` is narrower.",
  }),
};

const Bound = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0));
const Label = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(50));

const entryFields = {
  paths: Schema.Array(PathPattern).check(Schema.isMaxLength(entriesMax)).annotate({
    description: "Patterns of paths: a change of one is of this tier or a higher one. A repository adds patterns.",
  }),
  labels: Schema.Array(Label).check(Schema.isMaxLength(entriesMax)).annotate({
    description:
      "Labels: a change with one on its pull request or its issue is of this tier or a higher one. A repository adds labels.",
  }),
  kinds: Schema.Array(Schema.Literals(["added", "removed", "renamed"])).annotate({
    description:
      "What GitHub says that happens to a file: a change in which it happens to one is of this tier or a higher one. A repository adds kinds.",
  }),
  filesOver: Bound.annotate({
    description: "A change of more files is of this tier or a higher one. A smaller number is narrower.",
  }),
  linesOver: Bound.annotate({
    description: "The same for its lines, added and removed ones counted together. A smaller number is narrower.",
  }),
};

const tiersMeaning =
  "The tiers of risk, and what each needs. A change is of the highest tier of which something applies to it, and of the highest one where a person has to merge it.";

const Needs = Schema.Struct(needFields).annotate({ description: "What every change needs." });
const Tier = Schema.Struct({ ...entryFields, ...needFields });

/** The tiers in the operator's file: what holds, and the bound of a repository's. */
export const Tiers = Schema.Struct({
  low: Needs,
  medium: Tier.annotate({ description: "Which changes are riskier, and what they need." }),
  high: Tier.annotate({ description: "Which changes are the riskiest, and what they need." }),
}).annotate({ description: tiersMeaning });
export type Tiers = typeof Tiers.Type;

const ownNeeds = {
  approvals: Schema.optionalKey(needFields.approvals),
  person: Schema.optionalKey(needFields.person),
};
const OwnTier = Schema.Struct({
  paths: Schema.optionalKey(entryFields.paths),
  labels: Schema.optionalKey(entryFields.labels),
  kinds: Schema.optionalKey(entryFields.kinds),
  filesOver: Schema.optionalKey(entryFields.filesOver),
  linesOver: Schema.optionalKey(entryFields.linesOver),
  ...ownNeeds,
});

/** The tiers in a repository's file. */
export const RepositoryTiers = Schema.Struct({
  low: Schema.optionalKey(Schema.Struct(ownNeeds).annotate({ description: "What every change needs." })),
  medium: Schema.optionalKey(OwnTier.annotate({ description: "Which changes are riskier, and what they need." })),
  high: Schema.optionalKey(OwnTier.annotate({ description: "Which changes are the riskiest, and what they need." })),
}).annotate({ description: tiersMeaning });
export type RepositoryTiers = typeof RepositoryTiers.Type;

/** What holds for a repository: the entries of both files, of each size the smaller one, of the needs the greater ones. */
export function narrowTiers(tiers: Tiers, { low = {}, medium = {}, high = {} }: RepositoryTiers): Tiers {
  return {
    low: narrowNeeds(tiers.low, low),
    medium: narrowTier(tiers.medium, medium),
    high: narrowTier(tiers.high, high),
  };
}

function narrowNeeds(now: typeof Needs.Type, own: Partial<typeof Needs.Type>): typeof Needs.Type {
  return {
    approvals: Math.max(now.approvals, own.approvals ?? 0),
    person: now.person || own.person === true,
  };
}

function narrowTier(now: typeof Tier.Type, own: Partial<typeof Tier.Type>): typeof Tier.Type {
  return {
    paths: [...new Set([...now.paths, ...(own.paths ?? [])])],
    labels: [...new Set([...now.labels, ...(own.labels ?? [])])],
    kinds: [...new Set([...now.kinds, ...(own.kinds ?? [])])],
    filesOver: Math.min(now.filesOver, own.filesOver ?? now.filesOver),
    linesOver: Math.min(now.linesOver, own.linesOver ?? now.linesOver),
    ...narrowNeeds(now, own),
  };
}

/** A value of a repository's file that is looser than the operator's, and the key of both. */
export interface LooserTier {
  readonly key: string;
  readonly value: number | boolean;
  readonly allows: string;
}

/** What a repository's file sets looser than the operator allows. It is refused, never cut to the bound. */
export function looserIn(tiers: Tiers, own: RepositoryTiers): readonly LooserTier[] {
  return tierNames.flatMap((name): readonly LooserTier[] => {
    const said = own[name] ?? {};
    const key = `gate.tiers.${name}`;
    const { approvals, person } = tiers[name];
    const needs: readonly LooserTier[] = [
      ...(said.approvals !== undefined && said.approvals < approvals
        ? [{ key: `${key}.approvals`, value: said.approvals, allows: `at least ${approvals}` }]
        : []),
      ...(said.person === false && person ? [{ key: `${key}.person`, value: said.person, allows: "only true" }] : []),
    ];
    return name === "low" ? needs : [...needs, ...looserSizes(key, tiers[name], own[name] ?? {})];
  });
}

const sizes = ["filesOver", "linesOver"] as const;

function looserSizes(key: string, tier: typeof Tier.Type, own: Partial<typeof Tier.Type>): readonly LooserTier[] {
  return sizes.flatMap((size) => {
    const value = own[size];
    if (value === undefined || value <= tier[size]) return [];
    return [{ key: `${key}.${size}`, value, allows: `at most ${tier[size]}` }];
  });
}
