import { Effect, Schema } from "effect";

/**
 * Something outside of the rig did not answer or refused for now (network, lock, rate limit). `delayMs` is the wait that the other side asked
 * for.
 * Kind: retryable.
 * What to do: nothing if it ends soon. Otherwise repair what the log names after `retry scheduled` or `part restarts`. After about an hour
 * the messages become dead letters: replay them.
 */
export class Retryable extends Schema.TaggedError<Retryable>()("Retryable", {
  what: Schema.String,
  delayMs: Schema.optionalKey(Schema.Int),
  cause: Schema.optionalKey(Schema.Defect()),
}) {
  override get message(): string {
    const what = `${this.what}${this.cause === undefined ? "" : `: ${describe(this.cause)}`}`;
    return `${what}. It is tried again.`;
  }
}

/**
 * A fact is too new for this rig, and only another version of the rig reads it. Its message is delivered `updateDeliveriesMax` times, and it
 * is a dead letter at once where `updateWaitsMax` others of its consumer wait already.
 * Kind: retryable.
 * What to do: update the rig, then replay the dead letters (`npm run rig -- replay N`).
 */
export class NeedsUpdate extends Schema.TaggedError<NeedsUpdate>()("NeedsUpdate", { what: Schema.String }) {
  override get message(): string {
    return `${this.what}. Until then nothing is decided on that history; replay it after that.`;
  }
}

/**
 * The message can never be handled: it cannot be decoded, or a decision on it would be wrong.
 * Kind: poison.
 * What to do: read the reason (`npm run rig -- doctor`), repair its cause, then `npm run rig -- replay N`; or `dismiss
 * N` when the message is not needed.
 */
export class Poison extends Schema.TaggedError<Poison>()("Poison", { what: Schema.String }) {
  override get message(): string {
    return `${this.what}. The message is kept on the stream DLQ.`;
  }
}

/**
 * A setting is missing or wrong, or NATS cannot be reached for a minute, so that the service cannot start.
 * Kind: refuses to start.
 * What to do: follow the message: it names the setting and its purpose.
 */
export class StartRefused extends Schema.TaggedError<StartRefused>()("StartRefused", { what: Schema.String }) {
  override get message(): string {
    return this.what;
  }
}

/** Calls something outside of the rig (network, disk, a process). An exception becomes `Retryable`. The signal is aborted when the caller is interrupted. */
export function outside<A>(what: string, call: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, Retryable> {
  return Effect.tryPromise({ try: call, catch: (cause) => new Retryable({ what, cause }) });
}

/** The wait of a `Retry-After` header in whole ms, at most an hour; `fallbackMs` when the header is absent or a date. */
export function waitMs(retryAfter: string | null | undefined, fallbackMs: number): number {
  const seconds = Number(retryAfter || "NaN");
  const ms = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : fallbackMs;
  return Math.ceil(Math.min(ms, 3_600_000));
}

/** Describes any thrown value in one line, with its causes. */
export function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause === undefined ? "" : ` (${describe(cause.cause)})`;
  return `${cause.message || cause.name}${inner}`;
}
