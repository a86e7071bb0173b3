import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { plainEnvironment, runCommand } from "#kit/process/shell.ts";
import { fileCommand } from "../local/demo/file-issue.ts";
import { codeCacheDirectory } from "../programs/cache-directory.ts";
import { runCommandLine } from "./command-line.ts";
import { commands } from "./rig.ts";

// No rig is needed: what is wrong with a call is said before anything is asked.

let out: string[];
let err: string[];
beforeEach(() => {
  [out, err] = [[], []];
  vi.spyOn(console, "log").mockImplementation((line: string) => void out.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => void err.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const nowhere = ["--data", "/nowhere/at/all"];
const rig = (...args: readonly string[]) => runCommandLine({ ...commands, file: fileCommand }, args);

test.each([
  [["isues"], 'There is no command "isues"; the nearest one is "issues".'],
  [["repaly", "1"], 'There is no command "repaly"; the nearest one is "replay".'],
  [["constructor"], 'There is no command "constructor".'],
  [["why", "1"], 'There is no command "why".'],
  [["1"], 'There is no command "1".'],
  [[""], 'There is no command "".'],
  [["erase", "a/b#7", "--dry"], '"erase" has no option --dry; the nearest one is --dry-run.'],
  [["gate"], '"gate" is only the beginning of a command: gate explain, gate replay.'],
  [["gate", "--json"], '"gate" is only the beginning of a command: gate explain, gate replay.'],
  [["dis", "1"], 'There is no command "dis"; the nearest one is "dismiss".'],
  [["issuess"], 'There is no command "issuess"; the nearest one is "issues".'],
  [["events", "--folow"], '"events" has no option --folow; the nearest one is --follow.'],
  [["issues", "--repo", "acme/widgets"], '"issues" has no option --repo.'],
  [["replay", "1", "--json"], '"replay" has no option --json.'],
  [["issues", "foo"], '"issues" takes no argument: "foo" is too many.'],
  [["doctor", "bus"], '"doctor" takes no argument: "bus" is too many.'],
  [["erase", "acme/widgets", "--yes", "#7"], '"erase" takes one argument: "#7" is too many.'],
  [["erase", "a/b#7", "a/b#8"], '"erase" takes one argument: "a/b#8" is too many.'],
  [["dismiss", "3", "4"], '"dismiss" takes one argument: "4" is too many.'],
  [["file", "slugify", "truncate"], '"file" takes one argument: "truncate" is too many.'],
  [["--json", "nats", "stream", "ls"], 'Only --data DIR may stand before "nats".'],
  [["--data=", "nats", "stream", "ls"], "--data needs a value."],
  [["issues", "--data="], "--data needs a value."],
  [["issues", "--state"], "--state needs a value."],
  [["doctor", "--data"], "--data needs a value."],
  [["events", "--json=yes"], "--json takes no value."],
  [["issue"], '"issue" needs N or OWNER/REPO#N.'],
  [["replay"], '"replay" needs SEQUENCE.'],
  [["dismiss", "--data", "x"], '"dismiss" needs SEQUENCE.'],
  [["erase", "--yes"], '"erase" needs OWNER/REPO#N.'],
])("%j is refused with what is right, and then the help", async (args, message) => {
  expect(await rig(...args)).toBe(64);
  expect(err.join("\n")).toMatch(/\n\nnpm run rig -- COMMAND\n/);
  expect(err.join("\n").split("\n")[0]).toBe(message);
  expect(out).toEqual([]);
});

test("a call without a command is refused with the help", async () => {
  expect(await rig()).toBe(64);
  expect(err.join("\n")).toMatch(/^npm run rig -- COMMAND\n/);
});

test("the argument of file is refused with the issues that can be filed", async () => {
  expect(await rig("file")).toBe(64);
  expect(await rig("file", "slugfy")).toBe(64);
  expect(err).toEqual([expect.stringMatching(/^Say which: slugify \(/), expect.stringMatching(/truncate \(/)]);
});

/** Runs with a data directory in which a rig stands that does not answer: nothing listens on port 1. */
async function withRigIn(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "rig-file-"));
  const urls = { natsUrl: "nats://bus", databaseUrl: "postgres://127.0.0.1:1/rig", webhookUrl: "http://hook" };
  await writeFile(join(directory, "rig.json"), JSON.stringify({ ...urls, forgeUrl: "http://forge" }));
  await use(directory).finally(() => rm(directory, { recursive: true }));
}

test("file names the data directory in the command that it says comes next", () =>
  withRigIn(async (directory) => {
    vi.spyOn(globalThis, "fetch").mockResolvedValue(Response.json({ number: 3, html_url: "http://forge/3" }));
    expect(await rig("--data", directory, "file", "slugify")).toBe(0);
    expect(out).toEqual([expect.stringMatching(/^Filed #3 /)]);
    expect(out[0]).toContain(`Follow it: npm run rig -- --data ${directory} events --follow`);
  }));

test.each([
  [["issue", "x"], "issue 1, or"],
  [["erase", "x"], "erase OWNER/REPO#N [--dry-run], or"],
  [["replay", "x"], "replay SEQUENCE. "],
])("%j is refused with the right call, which names the data directory too", (args, right) =>
  withRigIn(async (directory) => {
    expect(await rig("--data", directory, ...args)).toBe(64);
    expect(err.join("\n")).toContain(`: npm run rig -- --data ${directory} ${right}`);
  }),
);

test("a read model that does not answer leads to doctor of the same rig", () =>
  withRigIn(async (directory) => {
    const what = "the database of the read model does not answer (postgres://127.0.0.1:1/rig)";
    await expect(rig("--data", directory, "issues")).rejects.toThrow(
      `${what}: npm run rig -- --data ${directory} doctor`,
    );
  }));

test.each([[["--help"]], [["-h"]], [["help"]], [["issue", "--help"]]])(
  "%j prints every command, and succeeds",
  async (args) => {
    expect(await rig(...args)).toBe(0);
    for (const name of Object.keys(commands)) expect(out.join("\n")).toContain(`\n  ${name} `);
    expect(out.join("\n")).toContain(
      "JSON for programs: issues, issue, events, gate explain, gate replay, policy, doctor, erase\n",
    );
    expect(err).toEqual([]);
  },
);

test.each([["issues"], ["issue", "1"], ["events"], ["replay", "1"], ["erase", "acme/widgets#1"], ["file", "slugify"]])(
  "%s says how to get a rig when none is there",
  async (...args) => {
    await expect(rig(...args, ...nowhere)).rejects.toThrow(
      "No rig is running here: there is no rig.json in /nowhere/at/all. Start one with npm start, or name",
    );
    expect(out).toEqual([]);
  },
);

test.each([[["--data", "x/y", "nats", "stream", "ls", "--all"]], [["--data=x/y", "nats", "stream", "ls", "--all"]]])(
  "%j passes on what stands behind nats",
  async (args) => {
    const run = vi.fn().mockResolvedValue(0);
    expect(await runCommandLine({ nats: { usage: "nats", does: "any", passesOn: true, run } }, args)).toBe(0);
    expect(run.mock.calls[0]?.[0]).toMatchObject({ rest: ["stream", "ls", "--all"] });
  },
);

test.each(["don", "nowhere", ""])("the state %j is refused with the nearest that issues have", async (state) => {
  expect(await rig("issues", "--state", state, ...nowhere)).toBe(64);
  if (state === "don") expect(err).toEqual([expect.stringMatching(/^No issue can be "don"; .+ is "done"\. All of/)]);
});

test.each(["0x10", "1e1", "+1", "1.0", "01", " 1", "99999999999999999999"])(
  "%j is no sequence of a dead letter",
  async (sequence) => {
    expect(await rig("replay", sequence, ...nowhere)).toBe(64);
    expect(await rig("dismiss", sequence, ...nowhere)).toBe(64);
  },
);

test("what stands behind nats belongs to that command, its options too", async () => {
  await expect(rig(...nowhere, "nats", "--help", "--folow")).rejects.toThrow("No rig is running here");
});

test("the process that npm run rig starts ends with the code of a wrong call, and prints nothing on stdout", async () => {
  const file = join(import.meta.dirname, "../local/demo/rig.ts");
  const env = plainEnvironment({ NODE_COMPILE_CACHE: codeCacheDirectory() });
  const ended = await runCommand(process.execPath, [file, "polcy"], { env });
  expect(ended).toMatchObject({ exitCode: 64, stdout: "" });
  expect(ended.stderr).toMatch(/^There is no command "polcy"; the nearest one is "policy"\.\n/);
  // 30 s: a process that loads the command takes 3 s while another suite runs.
}, 30_000);
