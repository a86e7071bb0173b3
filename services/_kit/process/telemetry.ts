import { Layer, Logger, References } from "effect";

/**
 * Writes structured logs: one JSON object a line on stderr, with the annotations of `Effect.annotateLogs` (service, correlationId, fact).
 * stdout stays free for the output of a program. `level` is the setting `LOG_LEVEL`; an absent or unknown one counts as `Info`.
 */
export function telemetry(level: string | undefined): Layer.Layer<never> {
  const lines = Logger.map(Logger.formatJson, (line) => {
    process.stderr.write(`${line}\n`);
  });
  return Layer.mergeAll(
    Logger.layer([lines]),
    Layer.succeed(References.MinimumLogLevel, isLogLevel(level) ? level : "Info"),
  );
}

const levels = ["Debug", "Info", "Warn", "Error"] as const;

function isLogLevel(level: string | undefined): level is (typeof levels)[number] {
  return levels.some((known) => known === level);
}
