import { Layer, Logger, References } from "effect";

/**
 * Structured logs: one JSON object a line on stderr, with whatever `Effect.annotateLogs` says (service,
 * correlationId, fact). stdout stays free for what a program prints. `LOG_LEVEL` is `Info` unless set.
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
