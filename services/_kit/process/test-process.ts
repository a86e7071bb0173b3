import { existsSync, readFileSync } from "node:fs";
import { expect, vi } from "vitest";

/** Waits until a process is gone, at most 10 s. Nobody is told of the end of a process that is not a child, so it is watched. */
export function untilGone(pid: number): Promise<void> {
  return vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000, interval: 20 });
}

/** A zombie that a container's first process does not reap is as dead as a pid that is gone. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !(existsSync(`/proc/${pid}/stat`) && /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")));
}
