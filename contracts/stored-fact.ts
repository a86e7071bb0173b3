import { Result } from "effect";
import { publishersOf } from "./choreography.ts";
import { decodeFact, type Fact, type Undecodable } from "./envelope.ts";
import { aggregatePrefix, factSubject, token } from "./subjects.ts";

/**
 * A message on EVENTS or TICKS that is not read as a fact. `foreign`: no fact, or not the one that its subject names. A service skips it and
 * logs `foreign message skipped`; a projection parks it. `unsupported`: a fact of a type or version that this rig does not read. A service
 * makes no decision on that history: after `updateDeliveriesMax` deliveries it keeps the message as a dead letter. A projection parks the fact.
 * Kind: retryable.
 * What to do: read the reason (`npm run rig -- doctor`). For `unsupported`, update the rig, then replay. For `foreign`, find out who holds the key of the
 * service that may publish on the subject, because the broker lets no other one do so.
 */
export interface Unreadable {
  readonly _tag: "Unreadable";
  readonly kind: "foreign" | "unsupported";
  readonly reason: string;
}

/**
 * Decodes a message and refuses it when envelope and subject differ. The broker checks subjects and not payloads, so only the subject proves
 * who published which type about which aggregate: an envelope that says something else is `foreign`. The subject of a type with one publisher
 * does not name it; there the actor has to be a row that publishes the type, or did so in the past.
 */
export function readFact(subject: string, payload: Uint8Array): Result.Result<Fact, Unreadable> {
  const decoded = decodeFact(payload);
  if (Result.isFailure(decoded)) return unreadable(subject, decoded.failure);
  const { on, type, actor } = decoded.success;
  const named = factSubject(on, type, actor);
  if (named !== subject) return foreign(`its envelope says ${named}`);
  if (!publishersOf(type).includes(actor)) return foreign(`${actor} does not publish ${type}`);
  return Result.succeed(decoded.success);
}

/**
 * Reads a fact that a person replays from a dead letter. The message is not on the fact's subject any more, so the fact itself names its
 * subject; the operator's command replays only what EVENTS holds.
 */
export function readReplay(payload: Uint8Array): Result.Result<Fact, Unreadable> {
  const decoded = decodeFact(payload);
  if (Result.isFailure(decoded)) return unreadable("", decoded.failure);
  const { on, type, actor } = decoded.success;
  return readFact(factSubject(on, type, actor), payload);
}

function unreadable(subject: string, { reason, unsupported }: Undecodable): Result.Result<never, Unreadable> {
  if (unsupported === undefined) return foreign(reason);
  const { on, type, actor } = unsupported;
  const address = `${aggregatePrefix(on)}.${type}`;
  // An older rig does not know whether the subjects of a type name the emitter.
  const agrees = subject === address || subject === `${address}.${token(actor)}`;
  return agrees
    ? Result.fail({ _tag: "Unreadable", kind: "unsupported", reason })
    : foreign(`its envelope says ${address}`);
}

function foreign(reason: string): Result.Result<never, Unreadable> {
  return Result.fail({ _tag: "Unreadable", kind: "foreign", reason });
}
