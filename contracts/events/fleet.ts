import { Schema } from "effect";
import type { RefOf } from "../aggregates.ts";
import { defineFact } from "../fact-definition.ts";
import { AgentId, Instant, Name, Owner, Repo } from "../fields.ts";

/** The history of what happened to the rig's access to GitHub, and of what was missing when GitHub was compared with what the rig knows. */
export const gitHubTopic = { kind: "fleet", topic: "github" } as const satisfies RefOf<"fleet">;

const MissingFact = Schema.Struct({
  type: Name.annotate({ description: "Type of the fact that was missing, such as `PR_CLOSED`." }),
  number: Schema.Int.annotate({ description: "Number of the issue or pull request that it is about." }),
  lateSeconds: Schema.Int.annotate({
    description: "Seconds from the moment when it happened on GitHub to the instant of the tick.",
  }),
});

/** The history of pauses and of their ends. */
export const pauses = { kind: "fleet", topic: "pauses" } as const satisfies RefOf<"fleet">;

const Until = Instant.annotate({
  description: "When the pause ends: ISO 8601 in UTC. The server delivers work to the agent again from then on.",
});

/** Facts about the rig as a whole. */
export const fleetFacts = {
  RECONCILED: defineFact({
    of: "fleet",
    version: 2,
    description:
      "A repository on GitHub was compared with what the rig knows of it, and deliveries had not come, or something could not be compared. What the deliveries would have said was published before this fact.",
    data: Schema.Struct({
      owner: Owner,
      repo: Repo,
      missing: Schema.Array(MissingFact).annotate({
        description: "The facts that were missing and were published, in that order.",
      }),
      notCompared: Schema.Array(Schema.Int).annotate({
        description:
          "Numbers of the issues and pull requests whose comparison failed three times in a row, the third time now. The reconciler's log says why (`not compared`). Each is tried again, in the end every 10 minutes, and is named once.",
      }),
      requests: Schema.Int.annotate({ description: "Number of requests to GitHub that the comparison took." }),
      unchanged: Schema.Int.annotate({
        description:
          "How many of these requests GitHub answered with 304: nothing changed since the last time, and it does not count them.",
      }),
    }),
  }),
  REPOSITORY_MOVED: defineFact({
    of: "fleet",
    description:
      "A repository has another name or owner. Histories stay under the old one: what is under way there is finished by a person.",
    data: Schema.Struct({
      fromOwner: Name.annotate({ description: "Login of the owner before." }),
      fromRepo: Name.annotate({ description: "Name of the repository before." }),
      owner: Owner,
      repo: Repo,
    }),
  }),
  INSTALLATION_CHANGED: defineFact({
    of: "fleet",
    description:
      "An App of the rig was installed somewhere, suspended, or taken away. Without it GitHub refuses its calls there.",
    data: Schema.Struct({
      action: Schema.Literals(["created", "deleted", "suspend", "unsuspend"]).annotate({
        description: "What happened, in GitHub's word.",
      }),
      installationId: Schema.Int.annotate({ description: "GitHub's id of the installation." }),
      appId: Schema.Int.annotate({ description: "GitHub's id of the App." }),
      account: Name.annotate({
        description: "Login of the user or organization, or slug of the enterprise; empty where GitHub names none.",
      }),
    }),
  }),
  FLEET_PAUSED: defineFact({
    of: "fleet",
    description:
      "An agent gets no new work until the named moment. The server holds the pause, on the agent's consumers of the stream WORK.",
    data: Schema.Struct({
      agentId: AgentId,
      cause: Schema.Literals(["bytes"]).annotate({
        description: "Why: `bytes`, because the agent's service stored more bytes in one hour than the policy allows.",
      }),
      hour: Schema.String.check(Schema.isMaxLength(13)).annotate({
        description: "The hour in which they were stored, in UTC, such as `2026-01-02T03`.",
      }),
      bytes: Schema.Int.annotate({ description: "Bytes that were counted in that hour when the pause began." }),
      bytesMax: Schema.Int.annotate({
        description: "Bytes that `fleet.bytesPerHourMax` of the policy allows in an hour.",
      }),
      until: Until,
    }),
  }),
  FLEET_RESUMED: defineFact({
    of: "fleet",
    description: "The pause of an agent is over: it gets work again.",
    data: Schema.Struct({ agentId: AgentId, until: Until }),
  }),
} as const;
