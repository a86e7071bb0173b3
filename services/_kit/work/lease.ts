import { type KV, Kvm } from "@nats-io/kv";
import { Effect } from "effect";
import type { ChangeRef, IssueRef } from "#contracts/aggregates.ts";
import { leaseBucket, leaseKey } from "#contracts/subjects.ts";
import { Bus } from "#kit/bus/bus.ts";
import { outside, type Retryable } from "#kit/errors.ts";

/** The leases of claims: hints whether a holder lives. Never a fence: the facts are. Home of the KV client. */
export interface Leases {
  /** Says that the holder of this claim lives; forgotten by the server after the bucket's time to live. */
  renew(on: IssueRef | ChangeRef, claimId: string): Effect.Effect<void, Retryable>;
  /** The claim whose holder was alive within the time to live, or null. */
  holder(on: IssueRef | ChangeRef): Effect.Effect<string | null, Retryable>;
  /** Gives this claim's lease up, so that the next claim need not wait for it to run out. A later claim's lease stays. */
  release(on: IssueRef | ChangeRef, claimId: string): Effect.Effect<void, Retryable>;
}

/** Opens the bucket, which the bus configuration made. */
export const openLeases = Effect.fn("openLeases")(function* () {
  const bus = yield* Bus;
  const bucket = yield* outside("open the lease bucket", () =>
    new Kvm(bus.connection).open(leaseBucket, { allow_direct: true }),
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
