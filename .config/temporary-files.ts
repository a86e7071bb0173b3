import { accessSync, constants, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestProject } from "vitest/node";

// 2 GiB: all tests together hold at most some hundred MB at a time, and a container often gives no more than 64 MB in all.
const freeBytesMin = 2 * 1024 ** 3;
const memory = "/dev/shm";

/**
 * The directory of this run for temporary files. In memory, where Linux has room there: an empty Postgres has 1,000 files, which ext4
 * makes with 0.3 to 0.5 s of CPU while others are being removed, and memory with 0.03 s. Elsewhere it is in the system's own place.
 */
export const temporaryDirectory = join(holdsFiles(memory) ? memory : tmpdir(), `rig-tests-${process.pid}`);

/** Whether there is room, and what is written there may be executed: the forge's hooks are programs. */
function holdsFiles(directory: string): boolean {
  const probe = join(directory, `rig-probe-${process.pid}`);
  try {
    const { bavail, bsize } = statfsSync(directory);
    if (bavail * bsize < freeBytesMin) return false;
    writeFileSync(probe, "", { mode: 0o700 });
    accessSync(probe, constants.X_OK);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
}

/** Makes the directory for the tests, removes it with what a failed test left there, and before it those of runs that were killed. */
export function setup({ config }: TestProject): () => void {
  const directory = config.env.TMPDIR ?? "";
  for (const name of readdirSync(dirname(directory))) {
    const pid = /^rig-tests-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid)))
      rmSync(join(dirname(directory), name), { recursive: true, force: true });
  }
  mkdirSync(directory, { recursive: true });
  return () => rmSync(directory, { recursive: true, force: true });
}
