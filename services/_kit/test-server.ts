import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTethered, type Tethered } from "../../deploy/local/engines/tether.ts";
import { findNatsServer } from "../../deploy/programs/binaries.ts";
import { freePort } from "./http.ts";

/** A nats-server without accounts that can be stopped and started again on the same port and the same store. */
export interface TestServer {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it for good and removes its store. */
  remove(): Promise<void>;
}

/** Starts the pinned nats-server on a free loopback port with an empty store. */
export async function startTestServer(): Promise<TestServer> {
  const { path } = await findNatsServer();
  const store = await mkdtemp(join(tmpdir(), "rig-server-"));
  const port = await freePort();
  const limits = join(import.meta.dirname, "../../bus-config/generated/limits.conf");
  const args = ["-a", "127.0.0.1", "-p", `${port}`, "-js", "-sd", store, "-c", limits];
  let server: Tethered | undefined;
  const started: TestServer = {
    url: `nats://127.0.0.1:${port}`,
    start: async () => {
      let announce = () => {};
      const ready = new Promise<void>((resolve) => {
        announce = resolve;
      });
      const onLine = (line: string) => {
        if (line.includes("Server is ready")) announce();
      };
      server = await startTethered({ name: "nats-server", file: path, args, onLine });
      await Promise.race([ready, server.exited]);
    },
    stop: async () => {
      await server?.stop();
    },
    remove: async () => {
      await server?.stop();
      await rm(store, { recursive: true, force: true });
    },
  };
  await started.start();
  return started;
}
