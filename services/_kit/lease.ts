import { type KV, Kvm } from "@nats-io/kv";
import { Effect } from "effect";
import { type AggregateRef, leaseBucket, leaseKey } from "#contracts/subjects.ts";
import { Bus } from "./bus.ts";
import { Retryable } from "./errors.ts";

/** The leases of claims: hints whether a holder lives. Never a fence: the facts are. Home of the KV client. */
export interface Leases {
  /** Records that the holder of this claim lives; the server drops it after the bucket's time to live. */
  renew(on: AggregateRef, claimId: string): Effect.Effect<void, Retryable>;
  /** The claim whose holder was alive within the time to live, or null. */
  holder(on: AggregateRef): Effect.Effect<string | null, Retryable>;
  /** Deletes this claim's lease, so that the next claim need not wait for it to run out. A later claim's lease stays. */
  release(on: AggregateRef, claimId: string): Effect.Effect<void, Retryable>;
}

/** Opens the bucket, which the bus configuration made. */
export const openLeases = Effect.fn("openLeases")(function* () {
  const bus = yield* Bus;
  const bucket = yield* attempt("open the lease bucket", () =>
    new Kvm(bus.connection).open(leaseBucket, { allow_direct: true }),
  );
  return leasesIn(bucket);
});

function leasesIn(bucket: KV): Leases {
  return {
    renew: (on, claimId) => attempt("renew a lease", () => bucket.put(leaseKey(on), claimId)).pipe(Effect.asVoid),
    holder: (on) =>
      attempt("read a lease", async () => {
        const entry = await bucket.get(leaseKey(on));
        return entry === null || entry.operation !== "PUT" ? null : entry.string();
      }),
    release: (on, claimId) =>
      attempt("release a lease", async () => {
        const entry = await bucket.get(leaseKey(on));
        if (entry?.string() === claimId) await bucket.delete(leaseKey(on), { previousSeq: entry.revision });
      }),
  };
}

function attempt<A>(what: string, run: () => Promise<A>): Effect.Effect<A, Retryable> {
  return Effect.tryPromise({ try: run, catch: (cause) => new Retryable({ what, cause }) });
}
