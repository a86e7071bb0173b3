import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { plainEnvironment, runCommand } from "#kit/process/shell.ts";
import { untilGone } from "#kit/process/test-process.ts";
import { startTethered, type Tethered } from "./tether.ts";

const sleeper = { name: "sleeper", file: "/bin/sleep", args: ["300"] };
const node = process.execPath;

let directory: string;
let running: Tethered[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rig-tether-"));
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((child) => child.stop({ graceMs: 0 })));
  await rm(directory, { recursive: true, force: true });
});

function keep(child: Tethered): Tethered {
  running.push(child);
  return child;
}

/** The shells and readers that carry this process as their parent or stand in the program's group. */
async function groupOf(pid: number): Promise<number[]> {
  const { stdout } = await runCommand("ps", ["-A", "-o", "pid=,pgid=,stat="]);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const group = rows.find(([row]) => Number(row) === pid)?.[1];
  return rows.filter((row) => row[1] === group && !row[2]?.startsWith("Z")).map(([row]) => Number(row));
}

/** A node process that tethers a program and says its pid; it is what a killed rig looks like. */
async function intermediate(file: string, args: readonly string[]) {
  const script = `
    import { startTethered } from ${JSON.stringify(new URL("./tether.ts", import.meta.url).href)};
    const child = await startTethered({ name: "inner", file: ${JSON.stringify(file)}, args: ${JSON.stringify(args)}, onLine: (line) => console.log(line) });
    console.log("pid " + child.pid);`;
  const parent = spawn(node, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: parent.stdout });
  const said: string[] = [];
  const both = new Promise<number>((resolve) => {
    lines.on("line", (line) => {
      said.push(line);
      const pid = said.find((text) => text.startsWith("pid "));
      if (pid !== undefined && (file === sleeper.file || said.includes("ready"))) resolve(Number(pid.slice(4)));
    });
  });
  return { parent, pid: await both };
}

describe("startTethered", () => {
  it("ends the program when its parent is killed with -9, and leaves no shell", async () => {
    const { parent, pid } = await intermediate(sleeper.file, sleeper.args);
    const group = await groupOf(pid);
    expect(group.length).toBeGreaterThanOrEqual(3);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    for (const member of group) await untilGone(member);
  });

  it("kills a program that ignores TERM 5 s after its parent was killed", { timeout: 20_000 }, async () => {
    const stubborn = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1e9); console.log("ready")`;
    const { parent, pid } = await intermediate(node, ["-e", stubborn]);
    parent.kill("SIGKILL");
    await untilGone(pid);
  });

  it("returns the pid of the program itself and stops it without leaving anything", async () => {
    const child = keep(await startTethered(sleeper));
    const { stdout } = await runCommand("ps", ["-o", "args=", "-p", String(child.pid)]);
    expect(stdout.trim()).toBe("/bin/sleep 300");
    const group = await groupOf(child.pid);
    await child.stop();
    expect(await child.exited).toEqual({ code: null, signal: "SIGTERM" });
    for (const member of group) await untilGone(member);
    await child.stop();
  });

  it("kills what ignores TERM when the grace is over", async () => {
    const ready = Promise.withResolvers<void>();
    const script = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1e9); console.log("ready")`;
    const child = keep(
      await startTethered({ name: "stubborn", file: node, args: ["-e", script], onLine: () => ready.resolve() }),
    );
    await ready.promise;
    await child.stop({ graceMs: 50 });
    expect((await child.exited).signal).toBe("SIGKILL");
  });

  it("passes on the exit code, both outputs and only the named environment", async () => {
    const lines: string[] = [];
    const script = 'echo "out $RIG_TEST $RIG_SECRET"; echo err >&2; exit 7';
    const env = plainEnvironment({ RIG_TEST: "given" });
    vi.stubEnv("RIG_SECRET", "secret");
    const child = keep(
      await startTethered({
        name: "s",
        file: "/bin/sh",
        args: ["-c", script],
        env,
        onLine: (line) => lines.push(line),
      }),
    );
    expect(await child.exited).toEqual({ code: 7, signal: null });
    expect(lines.sort()).toEqual(["err", "out given "]);
    vi.unstubAllEnvs();
  });

  it("appends to the log file", async () => {
    const logFile = join(directory, "log");
    for (const word of ["one", "two"]) {
      await keep(await startTethered({ name: "echo", file: "/bin/echo", args: [word], logFile })).exited;
    }
    expect(await readFile(logFile, "utf8")).toBe("one\ntwo\n");
  });

  it("ends the program, too, when somebody kills the shell around it", async () => {
    const child = keep(await startTethered(sleeper));
    const { stdout } = await runCommand("ps", ["-o", "ppid=", "-p", String(child.pid)]);
    const group = await groupOf(child.pid);
    process.kill(Number(stdout), "SIGKILL");
    expect(await child.exited).toEqual({ code: null, signal: "SIGKILL" });
    for (const member of group) await untilGone(member);
  });

  it("names the program that could not be started when its directory is missing", async () => {
    const started = startTethered({ ...sleeper, cwd: join(directory, "missing") });
    await expect(started).rejects.toThrow(/sleeper \(\/bin\/sleep\) could not be started/);
  });
});
