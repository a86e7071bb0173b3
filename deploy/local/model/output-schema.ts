import { isObject } from "./content.ts";
import { invalidRequest } from "./messages-api.ts";
import type { JsonObject } from "./playbook.ts";

// What the API's structured outputs do not take, as the SDK's own transformJSONSchema knows it
// (https://platform.claude.com/docs/en/build-with-claude/structured-outputs).
const unsupportedKeywords = ["minimum", "maximum", "multipleOf", "minLength", "maxLength", "maxItems", "oneOf"];
// A verdict is three deep. Recursive schemas are not supported by the API either.
const depthMax = 32;

/**
 * Refuses the schemas that the real API refuses, so that a schema which works here works there: an object without
 * `additionalProperties: false`, and the keywords above. `path` names the schema in the error.
 * Throws `ApiError` (invalid_request_error).
 */
export function checkOutputSchema(schema: JsonObject, path: string, depth = 0): void {
  if (depth > depthMax) invalidRequest(`${path}: a schema may be at most ${depthMax} levels deep`);
  for (const keyword of unsupportedKeywords) {
    if (keyword in schema) invalidRequest(`${path}.${keyword}: this keyword is not supported in structured outputs`);
  }
  if (schema.type === "object" && schema.additionalProperties !== false) {
    invalidRequest(`${path}: for an object, additionalProperties must be set to false`);
  }
  for (const [name, property] of Object.entries(isObject(schema.properties) ? schema.properties : {})) {
    if (isObject(property)) checkOutputSchema(property, `${path}.properties.${name}`, depth + 1);
  }
  if (isObject(schema.items)) checkOutputSchema(schema.items, `${path}.items`, depth + 1);
}

/**
 * Makes sure that a scripted JSON answer has the fields which the schema requires, as the real API guarantees it.
 * Looks at the top level only. Throws `ApiError` (invalid_request_error) that names the scene.
 */
export function checkJsonAnswer(text: string, schema: JsonObject, sceneName: string): void {
  const answer: unknown = JSON.parse(text);
  const names = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const missing = names.filter((name) => !isObject(answer) || !(name in answer));
  if (missing.length > 0) {
    invalidRequest(
      `The scripted model's scene ${sceneName} has no answer for the fields that the schema requires: ${missing.join(", ")}`,
    );
  }
}
