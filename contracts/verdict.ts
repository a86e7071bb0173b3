import { Schema } from "effect";

/** The answer of a reviewing model. The summary must not be empty, because it names the wanted changes. */
export const Verdict = Schema.Struct({
  verdict: Schema.Literals(["approve", "request_changes"]),
  summary: Schema.NonEmptyString.annotate({ description: "One paragraph for the author." }),
  comments: Schema.Array(
    Schema.Struct({
      path: Schema.String,
      line: Schema.Int.annotate({ description: "A line number of the new file that the diff shows." }),
      body: Schema.String,
    }),
  ),
});
export type Verdict = typeof Verdict.Type;

/**
 * The JSON Schema of the verdict, for the request to the model. Structured outputs need `additionalProperties: false` and allow no limits on
 * lengths or numbers (https://docs.claude.com/en/docs/build-with-claude/structured-outputs). The limits are checked when the answer is decoded.
 */
export const verdictSchema = JSON.parse(
  JSON.stringify(Schema.toJsonSchemaDocument(Verdict, { onExcessProperty: "error" }).schema, (key, value) =>
    ["minLength", "minimum", "maximum"].includes(key) ? undefined : value,
  ),
) as Readonly<Record<string, unknown>>;
