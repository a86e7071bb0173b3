import { existsSync, readFileSync } from "node:fs";
import { expect, vi } from "vitest";

/** Waits until a process has ended, at most 10 s. It polls, because the system reports the end of a process only to its parent. */
export function untilGone(pid: number): Promise<void> {
  return vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000, interval: 20 });
}

/** Whether a process runs. A zombie counts as ended, because a container's first process may never reap it. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !(existsSync(`/proc/${pid}/stat`) && /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")));
}
