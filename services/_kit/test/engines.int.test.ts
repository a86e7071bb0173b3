import { afterAll, beforeAll, describe, test } from "vitest";
import { startTestDatabase, type TestDatabase } from "#kit/project/test-database.ts";
import { engineChecks } from "./test-engines.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

describe("the embedded engines: the pinned nats-server and PGlite", () => {
  let server: TestServer;
  let database: TestDatabase;
  beforeAll(async () => {
    [server, database] = await Promise.all([startTestServer(), startTestDatabase()]);
  });
  afterAll(async () => {
    await database.stop();
    await server.remove();
  });

  test.each(engineChecks)("%s", (_, check) => check({ natsUrl: server.url, databaseUrl: database.url }));
});
