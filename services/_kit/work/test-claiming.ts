import { Deferred, Effect, Fiber, Logger } from "effect";
import { TestClock } from "effect/testing";
import { type Publishes, publishersOf, rowNames } from "#contracts/choreography.ts";
import { issueClaims } from "#contracts/claims.ts";
import type { FactDraft } from "#contracts/envelope.ts";
import { workSubject } from "#contracts/subjects.ts";
import { approvalOf, draftOf, issueOf, workItem } from "#contracts/test-facts.ts";
import { answerMessage, type HandlingError } from "#kit/bus/answer-message.ts";
import { Bus } from "#kit/bus/bus.ts";
import type { BusMessage } from "#kit/bus/bus-message.ts";
import type { Outgoing } from "#kit/bus/protocol.ts";
import { memoryBus } from "#kit/bus/test-memory-bus.ts";
import { makeUpdateWaits } from "#kit/bus/update-waits.ts";
import { load, publishFacts } from "#kit/facts/aggregate.ts";
import { claimOne } from "./claim.ts";
import type { ClaimLost, Held } from "./held.ts";
import type { Leases } from "./lease.ts";

/** The run of a test's agent. */
export type Run = (
  held: Held<"issue", Publishes<"dev-e", "issue">>,
) => Effect.Effect<void, HandlingError | ClaimLost, Bus>;

/** Appends RUN_SUCCEEDED if the claim is still held. */
export const succeed: Run = ({ claim, item, append }) => {
  const result = { prNumber: 1, headSha: "s", turns: 1, summary: { text: "" } };
  return append("end", [
    draftOf("RUN_SUCCEEDED", item.number, { claimId: claim.claimId, attempt: item.attempt, ...result }),
  ]);
};

const on = issueOf(1);
export const item = workItem({ number: 1 });
/** The facts of the issue once the item is claimed. */
export const claimedAt = ["ISSUE_APPROVED", "ISSUE_QUEUED", "ISSUE_ASSIGNED"];

/** One item in the hand of an agent: what the bus was answered, and the lease that is held. */
interface Scene {
  readonly running: Fiber.Fiber<void>;
  /** `ack`, or `nak` with its delay. */
  readonly answers: readonly string[];
  readonly leases: Map<string, string>;
  /** In a scene that begins `while claiming`: lets the append of the claim end. */
  readonly claiming: Deferred.Deferred<void>;
}

/** When a scene begins, and how the agent reads its claims. */
interface SceneOptions {
  readonly begins?: "claimed" | "while claiming";
  readonly claims?: typeof issueClaims;
  /** The claim that holds the lease when the item arrives. */
  readonly livingClaimId?: string;
}

/** Plays a scene: an agent with this run gets the item of a queued attempt, at its `deliveryCount`th delivery. */
export function play(
  run: Run,
  deliveryCount: number,
  scene: (of: Scene) => Effect.Effect<void, unknown, Bus>,
  { begins = "claimed", claims = issueClaims, livingClaimId }: SceneOptions = {},
): Promise<void> {
  const program = Effect.gen(function* () {
    yield* publish(
      draftOf("ISSUE_APPROVED", 1, approvalOf()),
      draftOf("ISSUE_QUEUED", 1, { attempt: 1, task: "implement", reason: "", prNumber: null, headSha: null }),
    );
    const [answers, held] = [[] as string[], new Map<string, string>()];
    if (livingClaimId !== undefined) held.set(`${on.number}`, livingClaimId);
    const claimant = {
      service: "dev-e",
      claims,
      run,
      leases: playedLeases(held),
      instanceId: "i",
    } as const;
    const message = playedMessage(deliveryCount, answers);
    const claiming = yield* Deferred.make<void>();
    if (begins === "claimed") yield* Deferred.succeed(claiming, undefined);
    const bus = yield* Bus;
    const heldBack = (outgoing: Outgoing) => Effect.andThen(Deferred.await(claiming), bus.publish(outgoing));
    // Not a copy: the bus in memory has getters that throw.
    const slowBus: Bus["Service"] = Object.create(bus, { publish: { value: heldBack } });
    const claimed = Effect.provideService(claimOne(claimant, message), Bus, slowBus);
    const running = yield* Effect.forkChild(answerMessage(message, claimed, makeUpdateWaits()));
    yield* TestClock.adjust(0);
    yield* scene({ running, answers, leases: held, claiming });
    yield* Fiber.interrupt(running);
  });
  return Effect.runPromise(Effect.provide(program, [memoryBus, TestClock.layer(), Logger.layer([])]));
}

function playedMessage(deliveryCount: number, answers: string[]): BusMessage {
  return {
    stream: "WORK",
    consumer: "dev-e-dev-node-normal",
    subject: workSubject(item),
    sequence: 1,
    deliveryCount,
    payload: new TextEncoder().encode(JSON.stringify(item)),
    headers: {},
    ack: async () => void answers.push("ack"),
    nak: (delayMs) => void answers.push(`nak ${delayMs}`),
    term: () => void answers.push("term"),
    working: () => undefined,
  };
}

function playedLeases(held: Map<string, string>): Leases {
  return {
    renew: (at, claimId) => Effect.sync(() => void held.set(`${at.number}`, claimId)),
    holder: (at) => Effect.sync(() => held.get(`${at.number}`) ?? null),
    release: (at, claimId) =>
      Effect.sync(() => {
        if (held.get(`${at.number}`) === claimId) held.delete(`${at.number}`);
      }),
  };
}

export const publish = Effect.fnUntraced(function* (...drafts: readonly FactDraft[]) {
  const cause = { id: "elsewhere", correlationId: "elsewhere", traceparent: item.traceparent };
  for (const draft of drafts) {
    const service = rowNames.find((name) => publishersOf(draft.type).includes(name)) ?? "operator";
    yield* publishFacts({ service, cause, step: draft.type }, [draft]);
  }
});
export const facts = () => Effect.map(load(on), (history) => history.facts);
export const types = () => Effect.map(facts(), (history) => history.map(({ type }) => type));
export const lastFact = () => Effect.map(facts(), (history) => history.at(-1));
