import { findNatsServer } from "../../programs/binaries.ts";
import { startTethered, type Tethered } from "./tether.ts";

/** Starts the pinned nats-server for a test and waits until it is ready; `url` has the port that it took on loopback. */
export async function startReadyServer(
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<{ readonly server: Tethered; readonly url: string }> {
  const { path } = await findNatsServer();
  const lines: string[] = [];
  const ready = Promise.withResolvers<void>();
  const onLine = (line: string) => {
    lines.push(line);
    if (line.includes("Server is ready")) ready.resolve();
  };
  const settings = env === undefined ? {} : { env };
  const server = await startTethered({ name: "nats-server", file: path, args, onLine, ...settings });
  await Promise.race([ready.promise, server.exited]);
  const port = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(lines.join("\n"))?.[1];
  if (port === undefined) throw new Error(`nats-server did not start:\n${lines.join("\n")}`);
  return { server, url: `nats://127.0.0.1:${port}` };
}
