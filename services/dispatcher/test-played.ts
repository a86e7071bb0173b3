import { Effect, Layer, Logger } from "effect";
import type { DataOf, FactType } from "#contracts/catalogue.ts";
import type { Publishes } from "#contracts/choreography.ts";
import { type Fact, type FactDraft, isOfKind } from "#contracts/envelope.ts";
import { Bus } from "#kit/bus/bus.ts";
import { memoryBus } from "#kit/bus/test-memory-bus.ts";
import { load, outgoing, publishFacts } from "#kit/facts/aggregate.ts";
import { firstCause } from "#kit/facts/stamp.ts";
import { type Person, playGitHub, type Standing } from "#kit/github/test-people.ts";
import { policyLayer } from "#kit/policy/policy.ts";
import type { Asked } from "#kit/test/test-answers.ts";
import { playedGitHub } from "#kit/test/test-github.ts";
import * as given from "./test-history.ts";
import { makeHandle } from "./work.ts";

// The dispatcher's handler with a GitHub that is played and a bus in memory, for the tests of a file.

const on = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;
const pr = { ...on, kind: "pr", number: 9 } as const;
export const inReview: readonly Fact[] = [...given.oneRun, given.opened("h1")];
export const underWay: readonly Fact[] = [
  given.approved,
  given.queued(1),
  given.assigned(1),
  given.prCreated(),
  ...given.reviewed(given.reviewPassed()),
];
export const runEnds: FactDraft = { type: "RUN_SUCCEEDED", on, data: given.succeeded(1).data };
export const mention = "@dev-e please rename it";
export const fix = ["ISSUE_QUEUED 2 fix", "work dev fix 2"];

/** Answers in the place of what the played GitHub would answer. */
export type Instead = (path: string) => { readonly status?: number; readonly body: object } | undefined;

/** Refuses to show the pull request. */
export function refuse(status: number): Instead {
  return (path) => (path.endsWith("/pulls/9") ? { status, body: { message: "No" } } : undefined);
}

/** The draft of a fact about issue 7 or its pull request 9, whatever its type. */
export function draft<Type extends FactType>(type: Type, data: object): FactDraft {
  const isOfPull = type.startsWith("PR_") || type.startsWith("REVIEW_") || type.startsWith("CI_");
  return { type, on: isOfPull ? pr : on, data } as unknown as FactDraft;
}

export function reviewed({ account }: Person, more: Partial<DataOf<"REVIEW_SUBMITTED">> = {}): FactDraft {
  const type = account?.type ?? "Other";
  const review = { reviewId: 1, reviewer: account?.login ?? "", reviewerType: type, state: "changes_requested" };
  return draft("REVIEW_SUBMITTED", { ...review, headSha: "h1", ...more });
}

export function commented(type: "PR_COMMENTED" | "ISSUE_COMMENTED", { account }: Person, more: object = {}): FactDraft {
  const comment = { commentId: 1, author: account?.login ?? "", action: "created", body: { text: mention }, ...more };
  return draft(type, type === "PR_COMMENTED" ? { where: "conversation", ...comment } : comment);
}

/** Starts a played GitHub for the tests of a file. */
export function playDispatcher() {
  const server = playedGitHub("dispatcher");
  return {
    /** The paths that GitHub was asked for. */
    asked: () => server.asked.map(pathOf),
    /** The decision after the webhook published this now, or after a fact from before, on this history and with this standing on GitHub. */
    decidedAfter: (
      draft: FactDraft | Fact,
      standing: Standing,
      history = inReview,
      { instead, ageMs = 0 }: { readonly instead?: Instead | undefined; readonly ageMs?: number } = {},
    ): Promise<readonly string[]> => {
      const play = playGitHub({ ...standing, pull: { user: { login: "dev-e[bot]", type: "Bot" }, ...standing.pull } });
      server.play((request) => instead?.(pathOf(request)) ?? play(request));
      const layer = Layer.mergeAll(policyLayer, memoryBus, Logger.layer([]));
      const deciding = Effect.provide(decidedOn(draft, history, ageMs), layer);
      return server.run(deciding, { RIG_AGENT_LOGINS: "dev-e[bot], robot-e" });
    },
  };
}

function pathOf({ path }: Asked): string {
  return decodeURIComponent(path.split("?")[0] ?? "");
}

const decidedOn = Effect.fn("decidedOn")(function* (draft: FactDraft | Fact, history: readonly Fact[], ageMs: number) {
  const bus = yield* Bus;
  yield* Effect.forEach(history, (fact) => bus.publish(outgoing(fact)));
  const service = draft.type === "RUN_SUCCEEDED" ? "dev-e" : "webhook";
  const key = { service, cause: firstCause("d"), step: "s" } as const;
  if ("id" in draft) yield* bus.publish(outgoing(draft));
  else yield* publishFacts(key, [draft as Publishes<"dev-e" | "webhook">]);
  const fact = (yield* load<"issue" | "pr">(draft.on as typeof on | typeof pr)).facts.at(-1);
  if (fact === undefined) throw new Error("the fact was not stored");
  const handle = yield* makeHandle;
  const occurredAt = new Date(Date.parse(fact.occurredAt) - ageMs).toISOString();
  const [answer] = yield* handle({ ...fact, occurredAt } as Parameters<typeof handle>[0]);
  if (answer === undefined) return [];
  const { facts } = yield* load(on);
  const ofIssue = facts.filter((each) => isOfKind("issue", each));
  return given.outcome(answer.decide(ofIssue, []));
});
