import { Effect } from "effect";
import { afterEach, expect, test, vi } from "vitest";
import { telemetry } from "./telemetry.ts";

afterEach(() => vi.restoreAllMocks());

/** The lines that a program writes to stderr, and its stdout. */
async function written(level: string | undefined, program: Effect.Effect<void>) {
  const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const stdout = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await Effect.runPromise(Effect.provide(program, telemetry(level)));
  return { lines: stderr.mock.calls.map(([line]) => String(line)), printed: stdout.mock.calls };
}

test("a log is one JSON object a line on stderr with its annotations; stdout stays free", async () => {
  const program = Effect.logWarning("claim\nlost").pipe(
    Effect.annotateLogs({ service: "dev-e", correlationId: "delivery-1" }),
  );
  const { lines, printed } = await written(undefined, program);
  expect(printed).toEqual([]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\{[^\n]*\}\n$/);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: "WARN",
    message: "claim\nlost",
    annotations: { service: "dev-e", correlationId: "delivery-1" },
  });
});

test("the level leaves out what is below it; an empty one counts as Info", async () => {
  const program = Effect.andThen(Effect.logDebug("d"), Effect.andThen(Effect.logInfo("i"), Effect.logError("e")));
  const logged = async (level: string) =>
    (await written(level, program)).lines.map((line) => (JSON.parse(line) as { message: string }).message);
  expect(await logged("Error")).toEqual(["e"]);
  vi.restoreAllMocks();
  expect(await logged("Debug")).toEqual(["d", "i", "e"]);
  vi.restoreAllMocks();
  expect(await logged("")).toEqual(["i", "e"]);
});

test("a level that is none refuses to start and says what to set", async () => {
  const refused = 'LOG_LEVEL is "debug", which is no level: set Debug, Info, Warn or Error, or unset it.';
  await expect(written("debug", Effect.void)).rejects.toThrow(refused);
});
