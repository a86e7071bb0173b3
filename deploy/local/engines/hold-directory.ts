import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";

/**
 * Another process holds the data directory, it holds other files, or Postgres could not be prepared in it.
 * Kind: refuses to start.
 * What to do: stop the rig that the message names, free some disk, or name another directory with `--data`.
 */
export class DataDirectoryRefused extends Error {
  override readonly name = "DataDirectoryRefused";
}

/**
 * Takes a directory for this process: two engines on one destroy it. The lock file names who holds it; if that process is dead, the file is
 * replaced. Returns how to release it. Throws `DataDirectoryRefused` while a living process holds it.
 */
export async function holdDirectory(dataDirectory: string, lock: string): Promise<() => Promise<void>> {
  // Written first and linked then, so that nobody ever reads a lock without a pid in it.
  const own = `${lock}.${randomUUID()}`;
  await writeFile(own, String(process.pid));
  try {
    return await take(own, lock, dataDirectory);
  } finally {
    await rm(own, { force: true });
  }
}

async function take(own: string, lock: string, dataDirectory: string): Promise<() => Promise<void>> {
  // Twice: the second time without the file that a dead process left behind.
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    try {
      await link(own, lock);
      return () => rm(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = Number.parseInt(await readFile(lock, "utf8"), 10);
      if (isAlive(holder)) {
        throw new DataDirectoryRefused(
          `${dataDirectory} is in use by process ${holder}: stop that rig, or, if that process is something else, remove ${lock}`,
        );
      }
      await rm(lock, { force: true });
    }
  }
  throw new DataDirectoryRefused(`${dataDirectory} was taken by another process at the same moment: start only one`);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
