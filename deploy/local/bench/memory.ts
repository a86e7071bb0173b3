import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { runCommand } from "#kit/process/shell.ts";

/** One running process. Sizes in bytes. */
export interface ProcessRow {
  readonly pid: number;
  readonly parentPid: number;
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly rssBytes: number;
  /** Pages that n processes share count 1/n for each; absent where the system does not say (macOS). */
  readonly pssBytes?: number;
  /** The highest RSS of its life; absent where the system does not say. */
  readonly peakBytes?: number;
}

/** What one part of the rig holds: the sums over its processes. */
export interface PartMemory {
  readonly part: string;
  readonly processes: number;
  readonly rssBytes: number;
  readonly pssBytes: number | undefined;
  readonly peakBytes: number | undefined;
}

/** The name of the line that sums up all parts. */
export const wholeRig = "the whole rig";

/** What the rig under this process holds now: each part, then the whole. Linux reads /proc, others ask `ps`. */
export async function memoryOf(rootPid: number): Promise<readonly PartMemory[]> {
  const rows = process.platform === "linux" ? await rowsOfProc() : await rowsOfPs();
  const own = await Promise.all(under(rows, rootPid).map(process.platform === "linux" ? withSizes : asIs));
  const parts = Map.groupBy(own, (row) => partOf(row, rootPid));
  return [...[...parts].map(([part, members]) => sum(part, members)), sum(wholeRig, own)];
}

/** The process and everything that it or its children started. */
export function under(rows: readonly ProcessRow[], rootPid: number): readonly ProcessRow[] {
  const children = Map.groupBy(rows, (row) => row.parentPid);
  const found = rows.filter((row) => row.pid === rootPid);
  // The list grows while it is walked; a process has one parent, so each is met once.
  for (const { pid } of found) found.push(...(children.get(pid) ?? []));
  return found;
}

/** Which part of the rig a process is, by what it runs. */
export function partOf({ pid, command }: ProcessRow, rootPid: number): string {
  const [program = "", ...args] = command;
  if (pid === rootPid) return "launcher";
  if (basename(program) === "nats-server") return "nats-server";
  // Anywhere: options of Node stand before the script. The shell around it names it too, but is no node.
  if (basename(program) === "node" && args.some((arg) => arg.endsWith("services/run.ts"))) return "services";
  return "shells";
}

/** `pid (name) state parent …`; the name may hold blanks and brackets (proc_pid_stat(5)). */
export function parentIn(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

/** The kilobytes that a line of smaps_rollup or status names, in bytes; undefined when there is no such line. */
export function bytesIn(text: string, name: string): number | undefined {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
  return found === undefined ? undefined : Number(found) * 1_024;
}

/** One line of `ps -axo pid=,ppid=,rss=,command=`; undefined when it is none. Linux reads none, so this has a test of its own. */
export function rowIn(line: string): ProcessRow | undefined {
  const [, pid, parentPid, kilobytes, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
  if (command === undefined) return undefined;
  return {
    pid: Number(pid),
    parentPid: Number(parentPid),
    command: command.split(" "),
    rssBytes: Number(kilobytes) * 1_024,
  };
}

async function rowsOfProc(): Promise<readonly ProcessRow[]> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  const rows = await Promise.all(
    pids.map(async (pid) => {
      const stat = await textOf(pid, "stat");
      const command = (await textOf(pid, "cmdline")).split("\0");
      return { pid, parentPid: parentIn(stat), command, rssBytes: 0 };
    }),
  );
  return rows;
}

async function rowsOfPs(): Promise<readonly ProcessRow[]> {
  const { stdout } = await runCommand("ps", ["-axo", "pid=,ppid=,rss=,command="]);
  return stdout.split("\n").flatMap((line) => rowIn(line) ?? []);
}

async function withSizes(row: ProcessRow): Promise<ProcessRow> {
  const [rollup, status] = [await textOf(row.pid, "smaps_rollup"), await textOf(row.pid, "status")];
  const pssBytes = bytesIn(rollup, "Pss");
  const peakBytes = bytesIn(status, "VmHWM");
  return {
    ...row,
    rssBytes: bytesIn(rollup, "Rss") ?? bytesIn(status, "VmRSS") ?? 0,
    ...(pssBytes === undefined ? {} : { pssBytes }),
    ...(peakBytes === undefined ? {} : { peakBytes }),
  };
}

async function asIs(row: ProcessRow): Promise<ProcessRow> {
  return row;
}

/** Empty when the process has ended meanwhile. */
async function textOf(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "");
}

function sum(part: string, rows: readonly ProcessRow[]): PartMemory {
  const total = (size: (row: ProcessRow) => number | undefined) =>
    rows.some((row) => size(row) === undefined) ? undefined : rows.reduce((all, row) => all + (size(row) ?? 0), 0);
  return {
    part,
    processes: rows.length,
    rssBytes: total((row) => row.rssBytes) ?? 0,
    pssBytes: total((row) => row.pssBytes),
    peakBytes: total((row) => row.peakBytes),
  };
}
