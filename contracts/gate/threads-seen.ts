import { Schema } from "effect";

/**
 * The review threads that no person resolved: those that hold the merge, and how many nobody wrote in who may object; `notes` say what
 * GitHub does not show as open; `comments`: the ids of all comments on lines that GitHub shows. null while nobody can say: only GraphQL
 * knows, and it does not answer.
 */
export const ThreadsSeen = Schema.NullOr(
  Schema.Struct({
    holding: Schema.Array(
      Schema.Struct({ id: Schema.String, isResolved: Schema.Boolean, comments: Schema.Array(Schema.Int) }),
    ),
    leftAside: Schema.Int,
    notes: Schema.Array(Schema.String),
    comments: Schema.Array(Schema.Int),
  }),
);
