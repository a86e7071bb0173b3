import { Schema } from "effect";
import { personFields, repositoryPersonFields } from "./gate/person-rules.ts";
import { RepositoryStack } from "./work.ts";

// Two files have the same settings. The repository's file has values; the operator's file has defaults and bounds for them. When an issue is
// approved, its settings are computed from both files and stored in ISSUE_APPROVED. `gate` is not among them: what holds is what the base
// branch has when a change is merged.

/** The path of the repository's file. The rig reads it from the default branch. */
export const agentConfigPath = ".rig-agent.yaml";
/** The path of the operator's file in the rig's own checkout. */
export const policyPath = "facts/policy.yaml";

const TestCommand = Schema.String.check(
  // An empty command would pass every change, and a shell ends a command at a NUL.
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

/** What happens to a change of which Review-E cannot read a part. `ask_person` is narrower: no agent works on it any more. */
const UnreadableFiles = Schema.Literals(["request_changes", "ask_person"]).annotate({
  description:
    "What follows when a changed file cannot be read (binary, submodule, symbolic link, Git LFS, cut, moved unseen): Review-E asks Dev-E for changes, or a person is asked. It is never approved.",
});

const limitsMeaning = "Limits after which the rig asks a person. A smaller number is narrower.";

/** Limits after which the rig stops and asks a person. */
export const Limits = Schema.Struct(limitFields).annotate({ description: limitsMeaning });
export type Limits = typeof Limits.Type;

/** The settings of one issue: the repository's values, and the operator's default for each absent value. */
export const Effective = Schema.Struct({
  stack: RepositoryStack,
  testCommand: TestCommand,
  limits: Limits,
  unreadableFiles: UnreadableFiles,
});
export type Effective = typeof Effective.Type;

const gateMeaning = "Which changes the merge gate leaves to a person.";

/** The repository's file, `.rig-agent.yaml`. An absent key gets the operator's default. */
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
  unreadableFiles: Schema.optionalKey(UnreadableFiles),
  gate: Schema.optionalKey(Schema.Struct(repositoryPersonFields).annotate({ description: gateMeaning })),
  tools: Schema.optionalKey(Schema.Array(Schema.String)).annotate({ description: "Read, but not used." }),
  buildCommand: Schema.optionalKey(Schema.String).annotate({ description: "Read, but not used." }),
  escalate: Schema.optionalKey(Schema.Array(Schema.String)).annotate({ description: "Read, but not used." }),
});
export type AgentConfig = typeof AgentConfig.Type;

/** A limit in the operator's file: its default, and the largest number that a repository may set. */
function withBound(limit: (typeof limitFields)[keyof Limits]) {
  return Schema.Struct({ default: limit, max: limit }).check(
    Schema.makeFilter(({ default: value, max }) => value <= max || "the default is above the max"),
  );
}

/** The login of a bot, as GitHub writes it. */
const BotLogin = Schema.String.check(
  Schema.makeFilter((login) => /^[\w-]+\[bot\]$/.test(login) || "expected the login of a bot, which ends with [bot]"),
);

/** What the operator says of the merge gate. */
const Gate = Schema.Struct({
  mode: Schema.Literals(["act", "shadow"]).annotate({
    description: "`act`: the gate merges. `shadow`: it evaluates and says what it finds, and merges nothing.",
  }),
  nothingRequired: Schema.Literals(["all_that_ran", "hold"]).annotate({
    description:
      "What follows where GitHub requires no check of the base branch: every check that ran has to pass, and one has to succeed; or the gate leaves the merge to a person.",
  }),
  testMergeResult: Schema.optionalKey(Schema.Boolean).annotate({
    description:
      "`true`, also where it is absent: a head is merged only with the newest commit of its base in it, on which its checks passed, one change of a base after another. `false`: only where GitHub requires it.",
  }),
  remindAfterDays: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).annotate({
    description:
      "Days after which people are reminded of a change that one of them holds himself, by a draft, a label, a freeze and the like: once, by a comment on the pull request.",
  }),
  ...personFields,
});
export type GatePolicy = typeof Gate.Type;

/**
 * The operator's file, `facts/policy.yaml`: the allowed stacks, the default test command, for each limit a default and a bound, in `gate` what
 * a repository may only narrow, and what is the operator's alone: the rest of `gate`, `fleet` and `labels`.
 */
export const Policy = Schema.Struct({
  stack: Schema.Struct({ allowed: Schema.Array(RepositoryStack) }),
  testCommand: Schema.Struct({ default: TestCommand }),
  limits: Schema.Struct({
    claimsPerAttemptMax: withBound(limitFields.claimsPerAttemptMax),
    failedAttemptsMax: withBound(limitFields.failedAttemptsMax),
    fixRoundsMax: withBound(limitFields.fixRoundsMax),
  }),
  unreadableFiles: Schema.Struct({ default: UnreadableFiles, allowed: Schema.Array(UnreadableFiles) }).check(
    Schema.makeFilter(({ default: value, allowed }) => allowed.includes(value) || "the default is not allowed"),
  ),
  fleet: Schema.Struct({
    bytesPerHourMax: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).annotate({
      description:
        "Bytes that one service may store on EVENTS, TEXT and DLQ in an hour of UTC. An agent that stores more is paused.",
    }),
  }),
  gate: Gate,
  labels: Schema.optionalKey(
    Schema.Struct({
      bots: Schema.Array(BotLogin).annotate({
        description:
          "Logins of the bots whose label `agent-ready` approves an issue, such as `triage[bot]`. Without the key none: only a person with write permission approves.",
      }),
    }),
  ),
});
export type Policy = typeof Policy.Type;
