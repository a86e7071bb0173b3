import { Effect } from "effect";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { issueClaims } from "#contracts/claims.ts";
import { approvalOf, draftOf, issueOf, workItem } from "#contracts/test-facts.ts";
import { eventually, startWorld, type World } from "#kit/test/test-world.ts";
import { claimWork } from "./claim.ts";
import { openLeases } from "./lease.ts";
import { succeed } from "./test-claiming.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** Records the subjects of all requests on that service's connection, in their order. */
async function requestsOf(service: string): Promise<() => readonly string[]> {
  const { connection } = await world.busOf(service);
  const spies = [vi.spyOn(connection, "request"), vi.spyOn(connection, "requestMany")];
  return () =>
    spies
      .flatMap(({ mock }) => mock.calls.map(([subject], at) => ({ subject, order: mock.invocationCallOrder[at] ?? 0 })))
      .sort((a, b) => a.order - b.order)
      .map(({ subject }) => subject);
}

test("a check of a claim sends no direct get, which any server with the stream answers, and one request when nothing is new", async () => {
  const asked = await requestsOf("dev-e");
  const perCheck: (readonly string[])[] = [];
  world.start(
    "dev-e",
    claimWork("dev-e", issueClaims, (held) =>
      Effect.gen(function* () {
        for (let check = 0; check < 2; check += 1) {
          const before = asked().length;
          yield* held.check();
          perCheck.push(asked().slice(before));
        }
        yield* succeed(held);
      }),
    ),
  );
  const queued = { attempt: 1, task: "implement", reason: "", prNumber: null, headSha: null } as const;
  await world.publish("dispatcher", draftOf("ISSUE_APPROVED", 1, approvalOf()), draftOf("ISSUE_QUEUED", 1, queued));
  await world.enqueue(workItem({ number: 1 }));
  await eventually(async () => expect((await world.history(issueOf(1))).at(-1)?.type).toBe("RUN_SUCCEEDED"));
  const leader = "$JS.API.STREAM.MSG.GET.EVENTS";
  // The first check reads ISSUE_APPROVED, ISSUE_QUEUED and ISSUE_ASSIGNED, and that nothing follows.
  expect(perCheck).toEqual([[leader, leader, leader, leader], [leader]]);
});

test("a lease is read from the leader of its stream, and no follower may answer", async () => {
  const asked = await requestsOf("review-e");
  await world.as(
    "review-e",
    Effect.flatMap(openLeases(), ({ holder }) => holder({ ...issueOf(2), kind: "pr" })),
  );
  expect(asked().filter((subject) => subject.includes("GET"))).toEqual(["$JS.API.STREAM.MSG.GET.KV_LEASE"]);
  expect((await world.manager.streams.info("KV_LEASE")).config.allow_direct).toBe(false);
});
