import { open } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { findNatsServer } from "../../programs/binaries.ts";
import { percentile } from "./figures.ts";

const syncs = 100;
/** 8 KiB: about a stored delivery. */
const syncedBytes = 8 * 1_024;

/** What the figures were measured on: versions, cores, load, and what a write that is on the disk costs there. */
export async function machineLines(directory: string): Promise<readonly string[]> {
  // Before the measurements: a first use may have to fetch or build the server.
  const nats = await findNatsServer();
  const [one = 0, five = 0] = loadavg();
  const cores = cpus();
  return [
    `node ${process.version}, nats-server ${nats.version} (${nats.from}), ${process.platform} ${process.arch}`,
    `${cores.length} cores (${cores[0]?.model.trim() ?? "unknown"}), ${(totalmem() / 1e9).toFixed(0)} GB, load at start ${one.toFixed(2)} (1 min) ${five.toFixed(2)} (5 min)`,
    `a write of 8 KiB with fsync takes ${(await syncMs(directory)).toFixed(2)} ms (median of ${syncs}) in ${directory}`,
  ];
}

/** `sync_interval: always` makes each stored message wait for the disk, so rates of two machines compare only with this beside them. */
async function syncMs(directory: string): Promise<number> {
  const file = await open(join(directory, "sync"), "w");
  try {
    const bytes = Buffer.alloc(syncedBytes);
    const samples: number[] = [];
    for (let index = 0; index < syncs; index += 1) {
      const startedAt = performance.now();
      await file.write(bytes);
      await file.datasync();
      samples.push(performance.now() - startedAt);
    }
    return percentile(samples, 0.5);
  } finally {
    await file.close();
  }
}
