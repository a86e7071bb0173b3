import { Schema } from "effect";

// Who owns what a change touches, as far as the verdict depends on it. services/merge-gate/read-owners.ts reads it, owners.ts decides on it.

const Texts = Schema.Array(Schema.String);

/**
 * A line of CODEOWNERS that decides for changed files and names owners: `@user`, `@org/team` or an email address, as written. One of them is
 * enough. `paths` are the first of these files, `pathsCount` is how many it decides for.
 */
const OwnedFiles = Schema.Struct({ line: Schema.Int, owners: Texts, paths: Texts, pathsCount: Schema.Int });
export type OwnedFiles = typeof OwnedFiles.Type;

/** What was read of the file and of those who approved. Logins and names of teams are in lower case: GitHub does not tell them apart by case. */
const OwnersRead = Schema.Struct({
  /** Where the file stands; null where the base branch has none, so that nobody owns anything. */
  place: Schema.NullOr(Schema.String),
  lines: Schema.Array(OwnedFiles),
  /** The owners that approved some head and may write, but for the author. Only who may be an owner is asked for. */
  approvers: Texts,
  /** Of each team that a line names, `org/team`, those of the approvers that are in it; null where its members are not known. */
  teams: Schema.Array(Schema.Struct({ name: Schema.String, approvers: Schema.NullOr(Texts) })),
});
export type OwnersRead = typeof OwnersRead.Type;

/**
 * The code owners of a change, or why they are not known: GitHub refuses to tell them (`untold`), or does not load the file (`notLoaded`). null
 * where they are not asked for: no rule of the base that is shown requires their review, the files are not seen whole, or nothing of the pull request is merged.
 */
export const CodeOwners = Schema.NullOr(
  Schema.Union([
    OwnersRead,
    Schema.Struct({ untold: Schema.String }),
    Schema.Struct({ place: Schema.String, notLoaded: Schema.String }),
  ]),
);
export type CodeOwners = typeof CodeOwners.Type;
