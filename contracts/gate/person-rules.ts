import { Schema } from "effect";
import { PathPattern } from "../path-pattern.ts";
import { narrowTiers, RepositoryTiers, Tiers } from "./tier-rules.ts";

// Which changes the policy leaves to a person. What always needs one, whatever the policy has, stands in always-person.ts.

/** 100: more patterns of one kind are a list that nobody reads, and each is compared with each changed path. */
const patternsMax = 100;

function paths(which: string) {
  return Schema.Array(PathPattern)
    .check(Schema.isMaxLength(patternsMax))
    .annotate({ description: `Patterns of the paths ${which}. A person merges a change of one.` });
}

const pathFields = {
  auth: paths("that say who gets in and who may do what"),
  payment: paths("that move money"),
  schema: paths("that say what the data looks like"),
  deletion: paths("that delete data"),
  policy: paths("that tell agents, bots or people what to do in this repository"),
  other: paths("that a person has to look at for another reason"),
};

/** The kinds of paths that the policy leaves to a person. */
export type PathKind = keyof typeof pathFields;
/** Their names. */
export const pathKinds = Object.keys(pathFields) as readonly PathKind[];

const pathsMeaning =
  "Patterns of the paths whose change a person merges, by kind. A repository adds patterns to the operator's.";

const Bound = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0));
const largeFields = {
  filesMax: Bound.annotate({
    description:
      "Files of a change above which a person merges it, or sets the label `large-pr-ok`. A smaller number is narrower.",
  }),
  linesMax: Bound.annotate({
    description: "The same for its lines, added and removed ones counted together. A smaller number is narrower.",
  }),
};

const largeMeaning = "From where on a change is large.";

/** The keys of `gate` in the operator's file: each is the bound of a repository's, and what holds where it has none. */
export const personFields = {
  personPaths: Schema.Struct(pathFields).annotate({ description: pathsMeaning }),
  largeChange: Schema.Struct(largeFields).annotate({ description: largeMeaning }),
  tiers: Tiers,
};
const PersonRules = Schema.Struct(personFields);
export type PersonRules = typeof PersonRules.Type;
/** Those of them that say which changes a person merges because of what they touch. */
export type FileRules = Pick<PersonRules, "personPaths" | "largeChange">;

/** The keys of `gate` in a repository's file. */
export const repositoryPersonFields = {
  personPaths: Schema.optionalKey(
    Schema.Struct({
      auth: Schema.optionalKey(pathFields.auth),
      payment: Schema.optionalKey(pathFields.payment),
      schema: Schema.optionalKey(pathFields.schema),
      deletion: Schema.optionalKey(pathFields.deletion),
      policy: Schema.optionalKey(pathFields.policy),
      other: Schema.optionalKey(pathFields.other),
    }).annotate({ description: pathsMeaning }),
  ),
  largeChange: Schema.optionalKey(
    Schema.Struct({
      filesMax: Schema.optionalKey(largeFields.filesMax),
      linesMax: Schema.optionalKey(largeFields.linesMax),
    }).annotate({ description: largeMeaning }),
  ),
  tiers: Schema.optionalKey(RepositoryTiers),
};
/** What a repository may add to the rules of which changes a person merges. */
export const RepositoryPersonRules = Schema.Struct(repositoryPersonFields);
export type RepositoryPersonRules = typeof RepositoryPersonRules.Type;

/** What holds for a repository: the patterns of both files, and of each number the smaller one. It is never looser than the operator's. */
export function narrowPersonRules(
  { personPaths, largeChange, tiers }: PersonRules,
  { personPaths: more = {}, largeChange: least = {}, tiers: narrower = {} }: RepositoryPersonRules,
): PersonRules {
  const { filesMax, linesMax } = largeChange;
  const both = (kind: PathKind) => [...new Set([...personPaths[kind], ...(more[kind] ?? [])])];
  return {
    personPaths: {
      auth: both("auth"),
      payment: both("payment"),
      schema: both("schema"),
      deletion: both("deletion"),
      policy: both("policy"),
      other: both("other"),
    },
    largeChange: {
      filesMax: Math.min(filesMax, least.filesMax ?? filesMax),
      linesMax: Math.min(linesMax, least.linesMax ?? linesMax),
    },
    tiers: narrowTiers(tiers, narrower),
  };
}
