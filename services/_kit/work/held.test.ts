import { Effect, Result } from "effect";
import { expect, test } from "vitest";
import type { RowName } from "#contracts/choreography.ts";
import { issueClaims } from "#contracts/claims.ts";
import type { Claim } from "#contracts/events/agent.ts";
import { approvalOf, draftOf, workItem } from "#contracts/test-facts.ts";
import { Bus } from "#kit/bus/bus.ts";
import { memoryBus } from "#kit/bus/test-memory-bus.ts";
import { publishFacts } from "#kit/facts/aggregate.ts";
import { firstCause } from "#kit/facts/stamp.ts";
import { hold } from "./held.ts";
import type { Leases } from "./lease.ts";

const leases: Leases = { renew: () => Effect.void, holder: () => Effect.succeed(null), release: () => Effect.void };
const claimOf = (epoch: number): Claim => {
  return { claimId: `claim-${epoch}`, epoch, agentId: "dev-e", instanceId: "i", attempt: 1 };
};
const queued = { attempt: 1, task: "implement", reason: "", prNumber: null, headSha: null } as const;
const publish = (service: RowName, step: string, ...drafts: Parameters<typeof publishFacts>[1]) =>
  publishFacts({ service, cause: firstCause("test"), step }, drafts);

test("a check before a visible effect fails on a claim that is lost, also where a follower still shows it as held", async () => {
  const checks = Effect.gen(function* () {
    yield* publish(
      "dispatcher",
      "dispatch",
      draftOf("ISSUE_APPROVED", 1, approvalOf()),
      draftOf("ISSUE_QUEUED", 1, queued),
    );
    yield* publish("dev-e", "first", draftOf("ISSUE_ASSIGNED", 1, claimOf(1)));
    const bus = yield* Bus;
    const old = yield* bus.read("EVENTS", "evt.>");
    // Not a copy: the bus in memory has getters that throw.
    const behind: Bus["Service"] = Object.create(bus, { read: { value: () => Effect.succeed(old) } });
    const claimed = { item: workItem({ number: 1 }), claim: claimOf(1), cause: firstCause("claim-1") };
    const { held } = yield* hold({ service: "dev-e", claims: issueClaims, leases }, claimed);
    const check = Effect.result(Effect.provideService(held.check(), Bus, behind));
    const before = yield* check;
    yield* publish("dev-e", "second", draftOf("ISSUE_ASSIGNED", 1, claimOf(2)));
    return [before, yield* check];
  });
  const [before, after] = await Effect.runPromise(Effect.provide(checks, memoryBus));
  expect(before && Result.isSuccess(before)).toBe(true);
  expect(after && Result.isFailure(after) && after.failure._tag).toBe("ClaimLost");
});
