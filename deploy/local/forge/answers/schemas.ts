import type { components } from "@octokit/openapi-types";

/**
 * The shapes of GitHub's answers, generated from GitHub's OpenAPI description: what `octokit` believes it gets.
 * Every answer of the forge is built against one of them, so a missing or misspelt field does not compile.
 * Home of `@octokit/openapi-types`.
 */
export type Schemas = components["schemas"];
