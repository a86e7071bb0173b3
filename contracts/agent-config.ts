import { Schema } from "effect";
import { RepositoryStack } from "./work.ts";

/**
 * `.rig-agent.yaml` in a repository's root: what an agent needs to work there. Absent keys have the defaults
 * that fit a Node project; a present key with a wrong value is an error that a person has to correct.
 */
export const AgentConfig = Schema.Struct({
  stack: RepositoryStack,
  tools: Schema.optionalKey(Schema.Array(Schema.String)),
  testCommand: Schema.optionalKey(Schema.NonEmptyString),
  buildCommand: Schema.optionalKey(Schema.String),
  escalate: Schema.optionalKey(Schema.Array(Schema.String)),
});
export type AgentConfig = typeof AgentConfig.Type;

/** The path of the file in a repository. */
export const agentConfigPath = ".rig-agent.yaml";
/** The test command of a repository that names none. */
export const defaultTestCommand = "npm test";
