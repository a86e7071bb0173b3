import { findNatsServer } from "../deploy/programs/binaries.ts";

/** Finds nats-server once, before the workers start: each of them would build or fetch it for itself. */
export async function setup(): Promise<void> {
  const { path, version, from } = await findNatsServer();
  process.stdout.write(`nats-server ${version} from ${from}: ${path}\n`);
}
