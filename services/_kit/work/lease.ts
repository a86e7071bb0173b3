import { type KV, Kvm } from "@nats-io/kv";
import { Effect } from "effect";
import type { ChangeRef, IssueRef } from "#contracts/aggregates.ts";
import { leaseBucket, leaseKey } from "#contracts/subjects.ts";
import { Bus } from "#kit/bus/bus.ts";
import { outside, type Retryable } from "#kit/errors.ts";

/** The leases of claims. A lease is only a hint that the holder of a claim lives; the fence is the claim's epoch in the facts. Only this file imports the KV client. */
export interface Leases {
  /** Writes that the holder of this claim lives. The server deletes the entry after 12 s (the bucket's time to live). */
  renew(on: IssueRef | ChangeRef, claimId: string): Effect.Effect<void, Retryable>;
  /** The id of the claim that renewed the lease within the last 12 s, or null. */
  holder(on: IssueRef | ChangeRef): Effect.Effect<string | null, Retryable>;
  /** Deletes the lease of this claim, so that the next claim does not wait until it ends. The lease of a later claim is not deleted. */
  release(on: IssueRef | ChangeRef, claimId: string): Effect.Effect<void, Retryable>;
}

/** Opens the bucket of leases, which `bus-config/apply.ts` created. Fails with `Retryable` while the bus is away. */
export const openLeases = Effect.fn("openLeases")(function* () {
  const bus = yield* Bus;
  const bucket = yield* outside("open the lease bucket", () =>
    new Kvm(bus.connection).open(leaseBucket, { allow_direct: false }),
  );
  return leasesIn(bucket);
});

function leasesIn(bucket: KV): Leases {
  return {
    renew: (on, claimId) => outside("renew a lease", () => bucket.put(leaseKey(on), claimId)).pipe(Effect.asVoid),
    holder: (on) =>
      outside("read a lease", async () => {
        const entry = await bucket.get(leaseKey(on));
        return entry === null || entry.operation !== "PUT" ? null : entry.string();
      }),
    release: (on, claimId) =>
      outside("release a lease", async () => {
        const entry = await bucket.get(leaseKey(on));
        if (entry?.string() === claimId) await bucket.delete(leaseKey(on), { previousSeq: entry.revision });
      }),
  };
}
