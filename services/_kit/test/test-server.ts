import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "#kit/process/http.ts";
import { startReadyServer } from "../../../deploy/local/engines/test-nats-server.ts";

/** A nats-server without accounts that can be stopped and started again on the same port and the same store. */
export interface TestServer {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it and removes its store. */
  remove(): Promise<void>;
}

/** Starts the pinned nats-server on a free loopback port with an empty store. */
export async function startTestServer(): Promise<TestServer> {
  const store = await mkdtemp(join(tmpdir(), "rig-server-"));
  const limits = join(import.meta.dirname, "../../../bus-config/generated/limits.conf");
  const args = ["-a", "127.0.0.1", "-p", `${await freePort()}`, "-js", "-sd", store, "-c", limits];
  let running = await startReadyServer(args);
  return {
    url: running.url,
    start: async () => {
      running = await startReadyServer(args);
    },
    stop: () => running.server.stop(),
    remove: async () => {
      await running.server.stop();
      await rm(store, { recursive: true, force: true });
    },
  };
}
