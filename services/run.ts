import { Cause, Effect, Exit, Fiber } from "effect";
import { rowOf, type ServiceName, serviceNames } from "#contracts/choreography.ts";
import { describe } from "#kit/errors.ts";
import { type Exported, type Service, serviceOf } from "#kit/process/service.ts";
import { telemetry } from "#kit/process/telemetry.ts";

// Runs any set of services in one process: `node services/run.ts NAME...`. Production runs one name each.

/** 10 s: a handler that runs when the signal comes may end; after it the process goes, and the bus redelivers. */
const stopGraceMs = 10_000;

async function main(names: readonly string[]): Promise<void> {
  const wrong = names.filter((name) => !isService(name));
  if (names.length === 0 || wrong.length > 0) {
    const said = wrong.length > 0 ? `No service is called ${wrong.join(", ")}.` : "Say which services to run.";
    process.stderr.write(`${said} Services: ${serviceNames.join(" ")}\n`);
    process.exit(64);
  }
  const services = await Promise.all(names.filter(isService).map(loadService));
  const all = Effect.all(
    services.map(({ program }) => program),
    { concurrency: "unbounded", discard: true },
  );
  const fiber = Effect.runFork(all.pipe(Effect.provide(telemetry(process.env.LOG_LEVEL))));
  stopOnRequest(() => Fiber.interrupt(fiber));
  const exit = await Effect.runPromise(Fiber.await(fiber));
  if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) {
    process.stderr.write(`${describe(Cause.squash(exit.cause))}\n`);
    process.exit(1);
  }
  process.exit(0);
}

/** SIGTERM and SIGINT stop cleanly. */
function stopOnRequest(interrupt: () => Effect.Effect<unknown>): void {
  let asked = false;
  const stop = () => {
    if (asked) return;
    asked = true;
    setTimeout(() => process.exit(0), stopGraceMs).unref();
    void Effect.runPromise(interrupt());
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

async function loadService(name: ServiceName): Promise<Service> {
  const module = (await import(`./${rowOf(name).program ?? name}/main.ts`)) as { default: Exported };
  return serviceOf(name, module.default);
}

function isService(name: string): name is ServiceName {
  return serviceNames.some((known) => known === name);
}

await main(process.argv.slice(2));
