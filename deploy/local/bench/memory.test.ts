import { expect, test } from "vitest";
import { bytesIn, memoryOf, type ProcessRow, parentIn, partOf, rowIn, under, wholeRig } from "./memory.ts";

function row(pid: number, parentPid: number, ...command: string[]): ProcessRow {
  return { pid, parentPid, command, rssBytes: 0 };
}

test("counts what the rig started, at any depth, and nothing else", () => {
  const rows = [
    row(30, 20, "/bin/node", "--max-semi-space-size=1", "/rig/services/run.ts", "webhook"),
    row(10, 1, "node", "/rig/deploy/local/start.ts"),
    row(11, 1, "node", "another program"),
    row(20, 10, "/bin/sh", "-c", "wrapper", "tether", "node", "/rig/services/run.ts"),
    row(21, 10, "/cache/nats-server", "-c", "x"),
  ];
  const own = under(rows, 10);
  expect(own.map(({ pid }) => pid).sort()).toEqual([10, 20, 21, 30]);
  expect(own.map((each) => `${each.pid} ${partOf(each, 10)}`).sort()).toEqual([
    "10 launcher",
    "20 shells",
    "21 nats-server",
    "30 services",
  ]);
});

test("reads the parent behind a name with blanks and brackets", () => {
  expect(parentIn("42 (a (b) c) S 7 42 42 0 -1")).toBe(7);
});

test("reads sizes in bytes, and reports when there is none", () => {
  const text = "00400000-7ffe [rollup]\nRss:                1234 kB\nPss:                1000 kB\nPss_Dirty:   9 kB\n";
  expect(bytesIn(text, "Rss")).toBe(1234 * 1024);
  expect(bytesIn(text, "Pss")).toBe(1000 * 1024);
  expect(bytesIn(text, "VmHWM")).toBeUndefined();
});

test("reads a line of ps", () => {
  expect(rowIn("  10     1  2048 /usr/bin/node start.ts --data x")).toEqual({
    pid: 10,
    parentPid: 1,
    command: ["/usr/bin/node", "start.ts", "--data", "x"],
    rssBytes: 2048 * 1024,
  });
  expect(rowIn("")).toBeUndefined();
});

test("finds this very process with a size that the runtime confirms", async () => {
  const parts = await memoryOf(process.pid);
  const launcher = parts.find(({ part }) => part === "launcher");
  const real = process.memoryUsage().rss;
  expect(launcher?.rssBytes).toBeGreaterThan(real / 2);
  expect(launcher?.rssBytes).toBeLessThan(real * 2);
  expect(parts.at(-1)?.part).toBe(wholeRig);
});
