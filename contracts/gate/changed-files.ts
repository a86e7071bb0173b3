import { Schema } from "effect";

/**
 * One changed file, as far as the rules need it. `previousPath`: where it was renamed or copied from; null otherwise. `unreadable`: why nobody
 * can read in the diff what changes in it; null where everybody can. `isSubmodule`: whether it is, or was, a link to a commit of another
 * repository. `packageChanges`: what it adds to what is installed or to what runs then, such as "the dependency left-pad"; mostly empty.
 */
const ChangedFile = Schema.Struct({
  path: Schema.String,
  previousPath: Schema.NullOr(Schema.String),
  status: Schema.String,
  additions: Schema.Int,
  deletions: Schema.Int,
  unreadable: Schema.NullOr(Schema.String),
  isSubmodule: Schema.Boolean,
  packageChanges: Schema.Array(Schema.String),
});
export type ChangedFile = typeof ChangedFile.Type;

/** The changed files of a pull request. `unseen`: what GitHub does not show of them, one sentence each, such as that its list is cut. */
export const ChangedFiles = Schema.Struct({
  files: Schema.Array(ChangedFile),
  unseen: Schema.Array(Schema.String),
});
export type ChangedFiles = typeof ChangedFiles.Type;
