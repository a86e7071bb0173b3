import { Schema } from "effect";
import { RepositoryStack } from "./work.ts";

// One set of settings in two files. The repository's file has values; the operator's has the same keys with a default and a bound
// for each value. What holds for an issue is computed from both when the issue is approved, and stands in ISSUE_APPROVED.

/** The path of the repository's file in its repository; it is read from the default branch. */
export const agentConfigPath = ".rig-agent.yaml";
/** The path of the operator's file in the rig's own repository. */
export const policyPath = "facts/policy.yaml";

const TestCommand = Schema.String.check(
  // Nothing but blanks would pass every change, and a shell takes a NUL for the end.
  Schema.makeFilter((command) => (/\S/.test(command) && !command.includes("\0")) || "expected a command line"),
  Schema.isMaxLength(1_000),
).annotate({
  description:
    "Command line that runs the repository's tests, for `sh -c`; at most 1000 characters. Dev-E runs it before it pushes.",
});

const limitFields = {
  claimsPerAttemptMax: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).annotate({
    description: "Claims of one attempt that end without a result before the attempt counts as failed; at least 1.",
  }),
  failedAttemptsMax: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).annotate({
    description: "Failed attempts of an issue before a person is asked; at least 1.",
  }),
  fixRoundsMax: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({
    description:
      "Fixes of an issue's change before a person is asked, for reviews, checks and conflicts counted together; 0 or more.",
  }),
};

const limitsMeaning = "Limits after which the rig asks a person. A smaller number is narrower.";

/** Limits after which the rig stops by itself and asks a person. */
export const Limits = Schema.Struct(limitFields).annotate({ description: limitsMeaning });
export type Limits = typeof Limits.Type;

/** The settings that hold for one issue: the repository's values, and the operator's defaults where it has none. */
export const Effective = Schema.Struct({ stack: RepositoryStack, testCommand: TestCommand, limits: Limits });
export type Effective = typeof Effective.Type;

/** `.rig-agent.yaml`, the repository's file. A key that is absent has the operator's default. */
export const AgentConfig = Schema.Struct({
  stack: RepositoryStack,
  testCommand: Schema.optionalKey(TestCommand),
  limits: Schema.optionalKey(
    Schema.Struct({
      claimsPerAttemptMax: Schema.optionalKey(limitFields.claimsPerAttemptMax),
      failedAttemptsMax: Schema.optionalKey(limitFields.failedAttemptsMax),
      fixRoundsMax: Schema.optionalKey(limitFields.fixRoundsMax),
    }).annotate({ description: limitsMeaning }),
  ),
  tools: Schema.optionalKey(Schema.Array(Schema.String)).annotate({ description: "Read, but not used." }),
  buildCommand: Schema.optionalKey(Schema.String).annotate({ description: "Read, but not used." }),
  escalate: Schema.optionalKey(Schema.Array(Schema.String)).annotate({ description: "Read, but not used." }),
});
export type AgentConfig = typeof AgentConfig.Type;

/** The default of a limit and its bound: a repository may name any number up to `max`. */
function bounded(limit: (typeof limitFields)[keyof Limits]) {
  return Schema.Struct({ default: limit, max: limit }).check(
    Schema.makeFilter(({ default: value, max }) => value <= max || "the default is above the max"),
  );
}

/** `facts/policy.yaml`, the operator's file: the same keys as in `AgentConfig`, with what is allowed and what is the default. */
export const Policy = Schema.Struct({
  stack: Schema.Struct({ allowed: Schema.Array(RepositoryStack) }),
  testCommand: Schema.Struct({ default: TestCommand }),
  limits: Schema.Struct({
    claimsPerAttemptMax: bounded(limitFields.claimsPerAttemptMax),
    failedAttemptsMax: bounded(limitFields.failedAttemptsMax),
    fixRoundsMax: bounded(limitFields.fixRoundsMax),
  }),
});
export type Policy = typeof Policy.Type;
