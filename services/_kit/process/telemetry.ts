import { Layer, Logger, References } from "effect";
import { StartRefused } from "#kit/errors.ts";

/**
 * Writes structured logs: one JSON object a line on stderr, with the annotations of `Effect.annotateLogs` (service, correlationId, fact).
 * stdout stays free for the output of a program. `level` is the setting `LOG_LEVEL`; an absent or empty one counts as `Info`. Fails with
 * `StartRefused` when it is no level.
 */
export function telemetry(level: string | undefined): Layer.Layer<never, StartRefused> {
  const refusal = refuseLogLevel(level);
  if (refusal !== null) return Layer.effectDiscard(new StartRefused({ what: refusal }));
  const lines = Logger.map(Logger.formatJson, (line) => {
    process.stderr.write(`${line}\n`);
  });
  return Layer.mergeAll(
    Logger.layer([lines]),
    Layer.succeed(References.MinimumLogLevel, isLogLevel(level) ? level : "Info"),
  );
}

/** Why a value of `LOG_LEVEL` is no level; null when it is one, and when it is absent or empty. */
export function refuseLogLevel(value: string | undefined): string | null {
  if (!value || isLogLevel(value)) return null;
  return `LOG_LEVEL is "${value}", which is no level: set ${levels.slice(0, -1).join(", ")} or ${levels.at(-1)}, or unset it.`;
}

const levels = ["Debug", "Info", "Warn", "Error"] as const;

function isLogLevel(level: string | undefined): level is (typeof levels)[number] {
  return levels.some((known) => known === level);
}
