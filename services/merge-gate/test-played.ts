import { Clock, Effect, Layer, Logger, Result } from "effect";
import { type Base, baseTopic } from "#contracts/base-line.ts";
import type { DataOf, FactType } from "#contracts/catalogue.ts";
import type { Fact } from "#contracts/envelope.ts";
import { freezes } from "#contracts/events/operations.ts";
import { type Evaluation, evaluate } from "#contracts/gate/evaluate.ts";
import { decodeSnapshot } from "#contracts/gate/snapshot.ts";
import type { GatePolicy } from "#contracts/policy.ts";
import { pullRequestBody } from "#contracts/pull-request-body.ts";
import { approvalOf, emptyText, factOf, labelOf } from "#contracts/test-facts.ts";
import { Bus } from "#kit/bus/bus.ts";
import { memoryBus } from "#kit/bus/test-memory-bus.ts";
import { load, outgoing } from "#kit/facts/aggregate.ts";
import { readText } from "#kit/facts/text.ts";
import { issueNode, listedNodes } from "#kit/github/test-change-node.ts";
import { openIssue, playGitHub, type Standing } from "#kit/github/test-people.ts";
import { runNode, statusNode, suiteNode } from "#kit/github/test-requirements.ts";
import { OperatorPolicy, policyLayer, readPolicy } from "#kit/policy/policy.ts";
import { playedGitHub } from "#kit/test/test-github.ts";
import { makeHandle } from "./work.ts";

// The gate's handler with a GitHub that is played and a bus in memory, for the tests of a file: pull request 9 of issue 7 has earned its merge.

const issue = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;
const reviewer = "rig-review-e[bot]";

/** A fact about issue 7 or its pull request 9, told so long ago. */
export function told<Type extends FactType>(type: Type, data: DataOf<Type>, ageMs = 0): Fact<Type> {
  const occurredAt = new Date(Date.now() - ageMs).toISOString();
  const plain = factOf(type, data, { occurredAt, id: `${type} ${ageMs} ${JSON.stringify(data)}` });
  if (plain.on.kind === "fleet") return { ...plain, on: isOfBase(data) ? baseTopic(data) : freezes };
  return { ...plain, on: { ...plain.on, repo: "shop", number: plain.on.kind === "pr" ? 9 : 7 } };
}

function isOfBase(data: object): data is Base {
  return "baseSha" in data && "branch" in data;
}

/** 10 h: what the rig did on the issue before. */
const beforeMs = 36_000_000;
const claim = { claimId: "c1", agentId: "dev-e", epoch: 1 };
const branch = "feature/issue-7";
const snapshot = { title: "Sell more (#7)", author: "rig-dev-e[bot]", branch, baseBranch: "main", closes: [7] };
export const change = { ...snapshot, headSha: "h1" };
const ended = told(
  "RUN_SUCCEEDED",
  { claimId: "c1", attempt: 1, prNumber: 9, headSha: "h1", turns: 1, summary: emptyText },
  beforeMs,
);
const opened = told("PR_OPENED", change, beforeMs);
const history: readonly Fact[] = [
  told("ISSUE_LABELED", labelOf(), beforeMs),
  told("ISSUE_APPROVED", approvalOf(), beforeMs),
  told("ISSUE_QUEUED", { attempt: 1, task: "implement", reason: "labelled", prNumber: null, headSha: null }, beforeMs),
  told("ISSUE_ASSIGNED", { ...claim, instanceId: "i", attempt: 1 }, beforeMs),
  opened,
  told("PR_CREATED", { ...claim, prNumber: 9, prUrl: "", branch }, beforeMs),
  ended,
];

/** What the gate appends when it merges. */
export const merges = ["MERGE_REQUESTED", "MERGED"];

/** What GitHub shows besides reviews, threads and events. */
export interface More {
  readonly issue?: object;
  readonly checks?: readonly (typeof green)[];
  /** GitHub's word on all that reported on the base's newest commit; nothing did, if absent. */
  readonly onBase?: string;
  readonly statuses?: readonly { readonly context: string; readonly state: string }[];
  /** The issue's other pull requests. They have neither events nor reviews. */
  readonly others?: readonly { readonly number: number }[];
}

export const approval = {
  id: 1,
  state: "APPROVED",
  body: "",
  commit_id: "h1",
  submitted_at: new Date().toISOString(),
  user: { login: reviewer, type: "Bot" },
};
/** A check run of the suite 4; `conclusion` is null while it runs. */
export const green: { readonly name: string; readonly conclusion: string | null } = {
  name: "test",
  conclusion: "success",
};

/** What GraphQL shows of the head: these checks, the suite of all of them, and these commit statuses. */
function headOf({ checks = [green], statuses = [] }: Pick<More, "checks" | "statuses">) {
  const ends = checks.map(({ conclusion }) => conclusion);
  const ended = { status: ends.includes(null) ? "IN_PROGRESS" : "COMPLETED", conclusion: endOf(ends) };
  const nodes = [
    ...checks.map(({ name, conclusion }) =>
      runNode(name, { status: conclusion === null ? "IN_PROGRESS" : "COMPLETED", conclusion: upper(conclusion) }),
    ),
    ...statuses.map(({ context, state }) => statusNode(context, { state: upper(state) })),
  ];
  const page = { pageInfo: { hasNextPage: false, endCursor: null } };
  const suites = [suiteNode({ databaseId: 4, ...ended, checkRuns: { totalCount: checks.length } })];
  return { statusCheckRollup: { contexts: { nodes, ...page } }, checkSuites: { nodes: suites, ...page } };
}

function endOf(ends: readonly (string | null)[]): string | null {
  if (ends.includes(null)) return null;
  return upper(ends.find((end) => end !== "success") ?? "success");
}

function upper(word: string | null): string | null {
  return word === null ? null : word.toUpperCase();
}

/** The head has one commit more than its base. */
const compared = { ahead_by: 1, behind_by: 0, base_commit: { sha: "b1" }, merge_base_commit: { sha: "b1" }, files: [] };

const head = { sha: "h1", commit: { message: "Sell more" }, parents: [{ sha: "b1" }] };

export function gitHubWith({ issue: shown = {}, checks, statuses, others = [], onBase, ...standing }: Standing & More) {
  const earned = {
    title: "Sell more (#7)",
    commits: 1,
    updated_at: "2026-01-02T03:04:05Z",
    body: pullRequestBody("", { issueNumber: 7, epoch: 1 }),
  };
  const { reviews = [approval], commits = [head], pull = {} } = standing;
  const play = playGitHub({ ...standing, reviews, commits, pull: { ...earned, ...pull } });
  return (asked: Parameters<typeof play>[0]) => {
    const path = decodeURIComponent(asked.path.split("?")[0] ?? "");
    const plain = play(asked);
    if (path === "/user") return { body: { login: "merge-gate[bot]" } };
    if (path.endsWith("/check-runs")) return { status: 201, body: { id: 1, total_count: 0, check_runs: [] } };
    if (path.endsWith("/merge")) return { body: { sha: "m1", merged: true, message: "" } };
    if (path.endsWith("/issues/7")) return { body: { ...(plain.body as object), ...shown } };
    if (path.endsWith("/pulls")) return { body: others };
    if (others.some(({ number }) => new RegExp(`/${number}/(events|reviews)$`).test(path))) return { body: [] };
    if (path.includes("/compare/")) return { body: compared };
    if (!path.endsWith("/graphql")) return plain;
    const { repository } = (
      plain.body as {
        data: { repository: { pullRequest: { baseRef: { target: object } } } };
      }
    ).data;
    const object = headOf({ ...(checks && { checks }), ...(statuses && { statuses }) });
    const lastCommit = { nodes: [{ commit: { oid: "h1", ...object } }] };
    const { baseRef } = repository.pullRequest;
    const target = { ...baseRef.target, baseRollup: onBase === undefined ? null : { state: onBase } };
    const pullRequest = { ...repository.pullRequest, lastCommit, baseRef: { ...baseRef, target } };
    const beside = { issue: issueNode({ ...openIssue, ...shown }), pullRequests: listedNodes(others) };
    return { body: { data: { repository: { ...repository, object, ...beside, pullRequest } } } };
  };
}

/** Starts a played GitHub for the tests of a file. */
export function playGate() {
  const server = playedGitHub("merge-gate");
  let bus: Bus["Service"] | undefined;
  return {
    /** The paths that GitHub was asked for. */
    asked: () => server.asked.map(({ path }) => path.split("?")[0]),
    /** What the gate appends to the issue when it looks at its change after these facts, with this on GitHub. */
    appendedAfter: (facts: readonly Fact[], shown: Standing & More = {}): Promise<readonly string[]> => {
      server.play(gitHubWith(shown));
      const layer = Layer.mergeAll(policyLayer, memoryBus, Logger.layer([]));
      return server.run(Effect.provide(appendedOn([...history, ...facts]), layer));
    },
    /**
     * What the gate finds and does when GitHub answers so and these facts were told, `after` right after it requested the merge; `gate` changes
     * the operator's policy, and `knows` what the gate knows. The message is delivered so many times while it is asked again. No retry waits.
     */
    lookAt: (answer: Parameters<typeof server.play>[0], more: Looking = {}): Promise<Look> => {
      server.play(answer);
      const { facts = [], after = [], gate = {}, knows, deliveries = 1 } = more;
      const policy = Layer.effect(
        OperatorPolicy,
        Effect.map(operatorPolicy, (read) => ({ ...read, gate: { ...read.gate, ...gate } })),
      );
      const onBus = after.length === 0 ? memoryBus : afterRequest(...after);
      const layer = Layer.mergeAll(policy, onBus, Logger.layer([]));
      const looking = Effect.flatMap(Bus, (now) => {
        bus = now;
        return lookOn([...history, ...facts], { knows, deliveries });
      });
      return server.run(Effect.provide(withoutWaits(looking), layer));
    },
    /** Tells a fact while the gate looks, for an answer of GitHub that comes after it. */
    tell: (fact: Fact): Promise<unknown> =>
      Effect.runPromise(Effect.orDie(bus?.publish(outgoing(fact)) ?? Effect.void)),
    /** The same when a fact is told right after the gate requested the merge: what it appends, and with which error it ends. */
    appendedUntil: (fact: Fact) => {
      server.play(gitHubWith({}));
      const layer = Layer.mergeAll(policyLayer, afterRequest(fact), Logger.layer([]));
      const looking = Effect.matchEffect(appendedOn(history), {
        onFailure: (error) => Effect.map(appended, (types) => ({ types, error })),
        onSuccess: (types) => Effect.succeed({ types, error: null }),
      });
      return server.run(Effect.provide(looking, layer));
    },
  };
}

/** The policy of this repository, read once for all looks. */
const operatorPolicy = Effect.runSync(Effect.cached(readPolicy()));

/** What was told, and what is otherwise than in the policy and than GitHub and the facts say. */
interface Looking {
  readonly facts?: readonly Fact[];
  readonly after?: readonly Fact[];
  readonly gate?: Partial<GatePolicy>;
  readonly knows?: Readonly<Record<string, object>> | undefined;
  readonly deliveries?: number;
}

/** What the gate did: its last verdict, what it appended to the issue, and the error with which it asks again, or gives up. */
export interface Look {
  readonly verdict: Evaluation | null;
  readonly appended: readonly string[];
  readonly error: { readonly _tag: string; readonly message: string } | null;
}

/** The clock goes on, and who sleeps wakes at once. */
function withoutWaits<A, E, R>(program: Effect.Effect<A, E, R>) {
  return Effect.flatMap(Effect.service(Clock.Clock), (clock) => {
    const sleepless = new Proxy(clock, {
      get: (target, name) => (name === "sleep" ? () => Effect.void : Reflect.get(target, name)),
    });
    return Effect.provideService(program, Clock.Clock, sleepless);
  });
}

const lookOn = Effect.fn("lookOn")(function* (
  facts: readonly Fact[],
  { knows, deliveries }: Pick<Looking, "knows"> & { readonly deliveries: number },
) {
  let ended = yield* Effect.result(appendedOn(facts, opened));
  for (let delivery = 2; delivery <= deliveries && Result.isFailure(ended); delivery += 1) {
    ended = yield* Effect.result(appendedOn([], opened));
  }
  const { facts: onChange } = yield* load({ ...issue, kind: "pr", number: 9 });
  const verdict = onChange.findLast((fact) => fact.type === "GATE_EVALUATED")?.data ?? null;
  const error = Result.isFailure(ended) ? ended.failure : null;
  const again = knows === undefined || verdict === null ? verdict : yield* evaluateKnowing(verdict, knows);
  return { verdict: again, appended: yield* appended, error } satisfies Look;
});

/** The verdict on what the gate saw, with these parts of its snapshot replaced. */
const evaluateKnowing = Effect.fn("evaluateKnowing")(function* (
  { snapshot }: Evaluation,
  knows: Readonly<Record<string, object>>,
) {
  const { gate } = yield* OperatorPolicy;
  const text = snapshot == null ? null : yield* readText(snapshot);
  const seen = Result.getOrThrow(decodeSnapshot(text ?? ""));
  const parts = Object.entries(knows).map(([part, more]) => [part, { ...seen[part as "issue"], ...more }]);
  return evaluate({ ...seen, ...Object.fromEntries(parts) }, gate);
});

const appendedOn = Effect.fn("appendedOn")(function* (
  facts: readonly Fact[],
  cause: typeof ended | typeof opened = ended,
) {
  const bus = yield* Bus;
  yield* Effect.forEach(facts, (fact) => bus.publish(outgoing(fact)));
  yield* (yield* makeHandle)(cause);
  return yield* appended;
});

const appended = Effect.map(load(issue), ({ facts }) =>
  facts.filter(({ actor }) => actor === "merge-gate").map(({ type }) => type),
);

/** The bus in memory, on which facts are stored right after the request for the merge. */
function afterRequest(...facts: readonly Fact[]): Layer.Layer<Bus> {
  const after = Effect.map(Bus, (bus) => {
    const publish: (typeof bus)["publish"] = (message) =>
      Effect.tap(bus.publish(message), () =>
        message.subject.endsWith(".MERGE_REQUESTED")
          ? Effect.forEach(facts, (fact) => bus.publish(outgoing(fact)))
          : Effect.void,
      );
    return new Proxy(bus, { get: (target, name) => (name === "publish" ? publish : Reflect.get(target, name)) });
  });
  return Layer.effect(Bus, after).pipe(Layer.provide(memoryBus));
}
