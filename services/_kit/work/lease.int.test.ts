import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { issueOf } from "#contracts/test-facts.ts";
import { eventually, startWorld, type World } from "#kit/test/test-world.ts";
import { openLeases } from "./lease.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ leaseTtlMs: 300 });
});
afterAll(() => world.stop());

type Leases = Effect.Success<ReturnType<typeof openLeases>>;
const withLeases = <A, E>(use: (leases: Leases) => Effect.Effect<A, E>) =>
  world.as("dev-e", Effect.flatMap(openLeases(), use));

test("a lease names the claim that renewed it last", async () => {
  const on = issueOf(1, "next.js");
  expect(await withLeases(({ holder }) => holder(on))).toBeNull();
  const renewed = withLeases(({ renew, holder }) =>
    Effect.andThen(renew(on, "a"), Effect.andThen(renew(on, "b"), holder(on))),
  );
  expect(await renewed).toBe("b");
  expect(await withLeases(({ holder }) => holder({ ...on, kind: "pr" }))).toBeNull();
});

test("a lease that is not renewed ends by itself", async () => {
  await withLeases(({ renew }) => renew(issueOf(2), "a"));
  await eventually(async () => expect(await withLeases(({ holder }) => holder(issueOf(2)))).toBeNull());
});

test("a lease that was released has no holder, and can be renewed by another claim", async () => {
  const on = issueOf(3);
  const given = withLeases(({ renew, release, holder }) =>
    Effect.andThen(renew(on, "a"), Effect.andThen(release(on, "a"), holder(on))),
  );
  expect(await given).toBeNull();
  expect(await withLeases(({ release, holder }) => Effect.andThen(release(on, "a"), holder(on)))).toBeNull();
  expect(await withLeases(({ renew, holder }) => Effect.andThen(renew(on, "b"), holder(on)))).toBe("b");
});

test("the holder of a lost claim does not release the lease of the next one", async () => {
  const on = issueOf(4);
  const kept = withLeases(({ renew, release, holder }) =>
    Effect.andThen(renew(on, "newer"), Effect.andThen(release(on, "older"), holder(on))),
  );
  expect(await kept).toBe("newer");
});
