import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from "testcontainers";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type Engines, engineChecks } from "./test-engines.ts";

// The versions of the embedded engines: deploy/programs/release-pins.ts and PGlite's Postgres 18.
const images = { nats: "nats:2.14.5", postgres: "postgres:18" };

const engine = await getContainerRuntimeClient().then(
  () => "answers" as const,
  () => "absent" as const,
);
const absent = engine === "absent";
const name = `the official images ${images.nats} and ${images.postgres}`;
const note = absent ? " (skipped: no Docker engine answers here)" : "";
// Printed, because the summary of a test run only counts skipped tests.
if (absent) process.stderr.write(`${name}${note}\n`);

describe.skipIf(absent)(`${name}${note}`, () => {
  const started: StartedTestContainer[] = [];
  let engines: Engines;
  // 5 min: the first run pulls both images.
  beforeAll(async () => {
    engines = await startOfficialEngines(started);
  }, 300_000);
  afterAll(async () => {
    await Promise.all(started.map((container) => container.stop()));
  });

  test.each(engineChecks)("%s", (_, check) => check(engines));
});

async function startOfficialEngines(started: StartedTestContainer[]): Promise<Engines> {
  const limits = await readFile(join(import.meta.dirname, "../../../bus-config/generated/limits.conf"), "utf8");
  const [nats, postgres] = await Promise.all([
    new GenericContainer(images.nats)
      .withCopyContentToContainer([{ content: limits, target: "/etc/nats/limits.conf" }])
      .withCommand(["-js", "-c", "/etc/nats/limits.conf"])
      .withExposedPorts(4222)
      .withWaitStrategy(Wait.forLogMessage(/Server is ready/))
      .start()
      .then((container) => keep(started, container)),
    new GenericContainer(images.postgres)
      .withEnvironment({ POSTGRES_HOST_AUTH_METHOD: "trust" })
      .withExposedPorts(5432)
      // Twice: the image starts the server once to set itself up.
      .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
      .start()
      .then((container) => keep(started, container)),
  ]);
  return {
    natsUrl: `nats://${nats.getHost()}:${nats.getMappedPort(4222)}`,
    databaseUrl: `postgres://postgres@${postgres.getHost()}:${postgres.getMappedPort(5432)}/postgres?sslmode=disable`,
  };
}

/** Records a container as soon as it runs, so that it is stopped even if the other one does not start. */
function keep(started: StartedTestContainer[], container: StartedTestContainer): StartedTestContainer {
  started.push(container);
  return container;
}
