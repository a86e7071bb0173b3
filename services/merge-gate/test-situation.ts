import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Result, Schema, Struct } from "effect";
import { parse } from "yaml";
import { factTypes } from "#contracts/catalogue.ts";
import { RepositoryTiers } from "#contracts/gate/tier-rules.ts";
import { Policy } from "#contracts/policy.ts";
import { people } from "#kit/github/test-people.ts";

// A row of docs/situations/: what GitHub shows where it differs from a change that has earned its merge, and what the gate does then.

const Text = Schema.String;
const Anything = Schema.Record(Text, Schema.Unknown);

/** A review. Without `commit` it is of the head; without `at` it is from before the gate looks; `by` is one of `people`. */
const Review = Schema.Struct({
  by: Text,
  state: Schema.Literals(["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]),
  commit: Schema.optionalKey(Text),
  at: Schema.optionalKey(Text),
  body: Schema.optionalKey(Text),
  /** What Review-E wrote into its own: the merge base of the diff that it saw, and the title of the issue that it knew. */
  mergeBase: Schema.optionalKey(Text),
  title: Schema.optionalKey(Text),
});

/** A review thread in which these people wrote. */
const Thread = Schema.Struct({
  by: Schema.Array(Text),
  resolvedBy: Schema.optionalKey(Text),
  outdated: Schema.optionalKey(Schema.Boolean),
});

/** How a check ends (https://docs.github.com/rest/checks/runs). */
const Conclusion = Schema.Literals([
  ...(["success", "failure", "neutral", "cancelled", "skipped"] as const),
  ...(["timed_out", "action_required", "stale", "startup_failure"] as const),
]);

/** A check run; without a conclusion it is under way. `suite`: the id of its suite, of which `workflow` is the file; runs without one are in the suite of their app. */
const Check = Schema.Struct({
  name: Text,
  status: Schema.optionalKey(Text),
  conclusion: Schema.optionalKey(Schema.NullOr(Conclusion)),
  app: Schema.optionalKey(Text),
  suite: Schema.optionalKey(Schema.Int),
  workflow: Schema.optionalKey(Text),
  startedAt: Schema.optionalKey(Text),
});

/** A check suite of its own, beside those of the checks. */
const Suite = Schema.Struct({
  id: Schema.Int,
  status: Text,
  conclusion: Schema.optionalKey(Schema.NullOr(Conclusion)),
  app: Schema.optionalKey(Text),
  workflow: Schema.optionalKey(Text),
});

const Status = Schema.Struct({ context: Text, state: Text, by: Schema.optionalKey(Text) });

const Commit = Schema.Struct({
  sha: Text,
  message: Schema.optionalKey(Text),
  verified: Schema.optionalKey(Schema.Boolean),
  author: Schema.optionalKey(Text),
  committer: Schema.optionalKey(Text),
  coAuthors: Schema.optionalKey(Schema.Array(Text)),
  parents: Schema.optionalKey(Schema.Array(Text)),
});

/** A push to the branch. */
const Push = Schema.Struct({ head: Text, by: Text, at: Schema.optionalKey(Text) });

/** A changed file: as many lines are added and removed as it says; `patch: false` for one that GitHub shows no patch of. `mode` and `oldMode` are git's. */
const File = Schema.Struct({
  filename: Text,
  from: Schema.optionalKey(Text),
  status: Schema.optionalKey(Schema.Literals(["added", "removed", "modified", "renamed"])),
  additions: Schema.optionalKey(Schema.Int),
  deletions: Schema.optionalKey(Schema.Int),
  patch: Schema.optionalKey(Schema.Boolean),
  mode: Schema.optionalKey(Text),
  oldMode: Schema.optionalKey(Text),
  lines: Schema.optionalKey(Schema.Array(Text)),
});

/** Another pull request of the issue. It is of Dev-E, from the issue's branch, and closed, if it does not say otherwise. */
const OtherPull = Schema.Struct({
  number: Schema.Int,
  state: Schema.optionalKey(Schema.Literals(["open", "closed"])),
  draft: Schema.optionalKey(Schema.Boolean),
  merged: Schema.optionalKey(Schema.Boolean),
  base: Schema.optionalKey(Text),
  branch: Schema.optionalKey(Text),
  head: Schema.optionalKey(Text),
  labels: Schema.optionalKey(Schema.Array(Text)),
  events: Schema.optionalKey(Schema.Array(Anything)),
  reviews: Schema.optionalKey(Schema.Array(Review)),
  threads: Schema.optionalKey(Schema.Array(Thread)),
});

/** An answer of GitHub's REST interface, whatever else is shown: the end of its path, its status, and its body, a text so many times. */
const Answer = Schema.Struct({
  path: Text,
  status: Schema.optionalKey(Schema.Int),
  body: Schema.optionalKey(Schema.Unknown),
  times: Schema.optionalKey(Schema.Int),
});

/** What GitHub shows. Lists replace those of the earned change; `pull`, `issue` and `repository` are merged into it, field by field. */
export const Shown = Schema.Struct({
  pull: Schema.optionalKey(Anything),
  issue: Schema.optionalKey(Anything),
  repository: Schema.optionalKey(Anything),
  reviews: Schema.optionalKey(Schema.Array(Review)),
  threads: Schema.optionalKey(Schema.Array(Thread)),
  checks: Schema.optionalKey(Schema.Array(Check)),
  suites: Schema.optionalKey(Schema.Array(Suite)),
  statuses: Schema.optionalKey(Schema.Array(Status)),
  /** The check runs of the base's newest commit. */
  onBase: Schema.optionalKey(Schema.Array(Check)),
  commits: Schema.optionalKey(Schema.Array(Commit)),
  files: Schema.optionalKey(Schema.Array(File)),
  events: Schema.optionalKey(Schema.Array(Anything)),
  pushes: Schema.optionalKey(Schema.Array(Push)),
  links: Schema.optionalKey(Schema.Array(Schema.Int)),
  rules: Schema.optionalKey(Schema.Array(Anything)),
  branch: Schema.optionalKey(Anything),
  protection: Schema.optionalKey(Anything),
  agentConfig: Schema.optionalKey(Text),
  compare: Schema.optionalKey(Anything),
  others: Schema.optionalKey(Schema.Array(OtherPull)),
  permissions: Schema.optionalKey(Schema.Record(Text, Text)),
  answers: Schema.optionalKey(Schema.Array(Answer)),
  /** Its entry in the merge queue of its base, which is there where `rules` have the rule `merge_queue`. */
  queued: Schema.optionalKey(
    Schema.Struct({
      by: Text,
      state: Schema.optionalKey(Text),
      position: Schema.optionalKey(Schema.Int),
    }),
  ),
  /** What GitHub says when it refuses to put it into the queue, or to take it out. */
  queueRefuses: Schema.optionalKey(Text),
  /** Whether the limit of GraphQL is used up. */
  graphQlUsedUp: Schema.optionalKey(Schema.Boolean),
  /** So many more checks that passed, files of one line, labels among the events, and links to its own issue. */
  manyChecks: Schema.optionalKey(Schema.Int),
  manyFiles: Schema.optionalKey(Schema.Int),
  manyEvents: Schema.optionalKey(Schema.Int),
  manyLinks: Schema.optionalKey(Schema.Int),
});
export type Shown = typeof Shown.Type;

/**
 * A fact that was appended after the run ended: its type, and of its data what differs from the plain one. `minutesAgo` (0 if absent). With
 * `after` it is appended right after the gate appended that.
 */
const Told = Schema.Struct({
  type: Schema.Literals(factTypes),
  data: Schema.optionalKey(Anything),
  minutesAgo: Schema.optionalKey(Schema.Finite),
  after: Schema.optionalKey(Schema.Literal("MERGE_REQUESTED")),
});
export type Told = typeof Told.Type;

/** What the policy says of the gate, field by field; of the tiers too. */
const policyFields = Struct.map(Policy.fields.gate.fields, Schema.optionalKey);

/**
 * One row. `verdict`: `merged`, or `held by` and the names of the reasons (docs/not-merged.md), in the order of the conditions, or what the gate
 * appended to the issue; `reason`: some of its words. `later`: what GitHub shows otherwise once it was asked to merge. `knows`: what the gate
 * knows otherwise, where neither GitHub nor a fact can say it in one look. `sends`: what it asks of the merge queue.
 * `deliveries`: how often the message is delivered while it is asked again.
 */
const Situation = Schema.Struct({
  rule: Text,
  github: Schema.optionalKey(Shown),
  later: Schema.optionalKey(Shown),
  knows: Schema.optionalKey(Anything),
  policy: Schema.optionalKey(Schema.Struct({ ...policyFields, tiers: Schema.optionalKey(RepositoryTiers) })),
  told: Schema.optionalKey(Schema.Array(Told)),
  deliveries: Schema.optionalKey(Schema.Int),
  verdict: Text,
  sends: Schema.optionalKey(Schema.Array(Schema.Literals(["enqueue", "dequeue"]))),
  reason: Schema.optionalKey(Text),
});
export type Situation = typeof Situation.Type;

const decode = Schema.decodeUnknownResult(Situation, { onExcessProperty: "error" });

const folder = join(import.meta.dirname, "../../docs/situations");

/** The files of rows. */
export const situationFiles = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

/** The rows of one file. Fails with the file, the rule and the field that is wrong. */
export async function situationsIn(file: string): Promise<readonly Situation[]> {
  const rows: readonly unknown[] = parse(await readFile(join(folder, file), "utf8"), { merge: true });
  return rows.map((row, at) =>
    Result.getOrThrowWith(decode(row), ({ message }) => {
      const { rule = `row ${at + 1}` } = row as { readonly rule?: string };
      return new Error(`docs/situations/${file}, "${rule}": ${message}`);
    }),
  );
}

type Many = "manyChecks" | "manyFiles" | "manyEvents" | "manyLinks";

/** What a situation may go without, or has in another form. */
type Missing = "agentConfig" | "answers" | "graphQlUsedUp" | "queued" | "queueRefuses";

/** What stands on GitHub: a situation with all that it leaves out. */
export interface Standing extends Required<Omit<Shown, "pull" | "issue" | "repository" | Missing | Many>> {
  readonly pull: Pull;
  readonly issue: Readonly<Record<string, unknown>>;
  readonly repository: Readonly<Record<string, unknown>>;
  readonly agentConfig: string | null;
  readonly queued: Shown["queued"] | null;
}

/** The fields of a pull request that the answers depend on, beside all others that GitHub's REST interface has. */
export interface Pull extends Readonly<Record<string, unknown>> {
  readonly state: string;
  readonly merged: boolean;
  readonly mergeable: boolean | null;
  readonly mergeable_state: string;
  readonly merged_by: Account | null;
  readonly user: Account | null;
  readonly commits: number;
  readonly labels: readonly { readonly name: string }[];
  readonly base: End;
  readonly head: End & { readonly sha: string };
}

/** One end of a pull request. The repository of a deleted fork is null. */
interface End extends Readonly<Record<string, unknown>> {
  readonly ref: string;
  readonly repo: { readonly id: number } | null;
}

interface Account {
  readonly login: string;
  readonly type: string;
}

/** Somebody on GitHub by the name that rows have; a name that is no known one is a user without permission. */
export function accountOf(name: string): Account {
  const login = names[name] ?? name;
  const known = people.find(({ account }) => account?.login === login);
  return known?.account ?? { login, type: login.endsWith("[bot]") ? "Bot" : "User" };
}

/** Short names of rows for the agents. */
const names: Readonly<Record<string, string>> = {
  "review-e": "rig-review-e[bot]",
  "dev-e": "rig-dev-e[bot]",
  gate: "merge-gate[bot]",
};
