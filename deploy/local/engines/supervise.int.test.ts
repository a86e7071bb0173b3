import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isRunning, untilGone } from "#kit/process/test-process.ts";
import { type Supervised, superviseTethered } from "./supervise.ts";

const sleeper = { name: "sleeper", file: "/bin/sleep", args: ["300"] };

let directory: string;
let running: Supervised[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rig-supervise-"));
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((child) => child.stop({ graceMs: 0 })));
  await rm(directory, { recursive: true, force: true });
});

function keep(child: Supervised): Supervised {
  running.push(child);
  return child;
}

describe("superviseTethered", () => {
  it("starts the program again after kill -9 and reports it", async () => {
    const restarted = Promise.withResolvers<{ pid: number; signal: string | null }>();
    const onRestart: Parameters<typeof superviseTethered>[0]["onRestart"] = ({ pid, exit }) =>
      restarted.resolve({ pid, signal: exit.signal });
    const child = keep(await superviseTethered({ ...sleeper, restartDelayMs: 1, onRestart }));
    const first = child.pid;
    process.kill(first, "SIGKILL");
    const { pid, signal } = await restarted.promise;
    expect(signal).toBe("SIGKILL");
    expect(pid).not.toBe(first);
    expect(isRunning(pid)).toBe(true);
    expect(child).toMatchObject({ pid, restarts: 1 });
    await child.stop();
    expect(await child.ended).toEqual({ reason: "stopped" });
    expect(isRunning(pid)).toBe(false);
  });

  it("stops after the limit with an error that names the log and shows its last line", async () => {
    const logFile = join(directory, "log");
    const failing = { name: "failing", file: "/bin/sh", args: ["-c", "echo started; echo no token; exit 3"], logFile };
    const child = keep(await superviseTethered({ ...failing, restartDelayMs: 1, restartsMax: 3 }));
    const end = await child.ended;
    expect(end.reason === "gave-up" && end.error.message).toMatch(
      /failing ended again \(exit code 3\) after 3 restarts within 60000 ms and stays down: read the last lines of .*log.* The last line: no token$/,
    );
    expect(await readFile(logFile, "utf8")).toBe("started\nno token\n".repeat(4));
  });

  it("stops at once while it waits for a restart", async () => {
    const child = keep(await superviseTethered({ ...sleeper, restartDelayMs: 600_000 }));
    process.kill(child.pid, "SIGKILL");
    await untilGone(child.pid);
    await child.stop();
    expect(await child.ended).toEqual({ reason: "stopped" });
    expect(child.restarts).toBe(0);
  });
});
