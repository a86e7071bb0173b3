import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { CommandNotStarted, type CommandOptions, plainEnvironment, runCommand } from "./shell.ts";
import { untilGone } from "./test-process.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rig-shell-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

function runScript(script: string, options?: CommandOptions) {
  return runCommand("sh", ["-c", script], options);
}

describe("what a program did is in the result:", () => {
  test.each([
    ["its exit code, which is no error", "exit 3", { exitCode: 3 }],
    ["exit code -1 when a signal ended it", "kill -TERM $$", { exitCode: -1 }],
    ["both outputs apart", "echo out; echo err >&2", { exitCode: 0, stdout: "out", stderr: "err" }],
    ["each output without its last line feed", "printf 'a\\n\\n'", { stdout: "a\n" }],
    ["text as UTF-8", "printf 'Ångström 😀'", { stdout: "Ångström 😀" }],
  ])("%s", async (_rule, script, expected) => {
    expect(await runScript(script)).toMatchObject({ ...expected, timedOut: false });
  });

  test("it runs in the directory that is named", async () => {
    expect((await runScript("pwd -P", { cwd: "/" })).stdout).toBe("/");
  });
});

describe("stdin", () => {
  test.each<[string, string, CommandOptions["input"], string]>([
    ["is empty when there is no input", "cat", undefined, ""],
    ["is a text, and then ends", "cat", "one\ntwo", "one\ntwo"],
    ["is bytes as they are", "od -An -tx1", new Uint8Array([255, 0, 10]), " ff 00 0a"],
    ["may be left unread", "echo done", "x".repeat(1_000_000), "done"],
  ])("%s", async (_rule, script, input, stdout) => {
    const options = input === undefined ? {} : { input };
    expect(await runScript(script, options)).toMatchObject({ exitCode: 0, stdout });
  });
});

describe("a program that cannot be started is an error that names it:", () => {
  test.each([
    ["it does not exist", "rig-no-such-program", {}],
    ["it may not be executed", "/etc/passwd", {}],
    ["its directory does not exist", "true", { cwd: "/rig-no-such-directory" }],
  ])("%s", async (_rule, file, options) => {
    const failure = await runCommand(file, [], options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandNotStarted);
    expect(failure).toMatchObject({ file, message: `${file} could not be started: is it installed and on PATH?` });
  });
});

describe("a limit", () => {
  /** A script that prints the pids of the shell and of two processes that it starts. The second one ignores TERM and has no output open. */
  const family = `echo $$; sleep 300 & echo $!; (trap '' TERM; exec sleep 300) >/dev/null 2>&1 & echo $!`;

  test.each<[string, string, (ready: Promise<void>) => CommandOptions, boolean]>([
    ["of time", "wait", () => ({ timeoutMs: 1_000 }), true],
    ["of output", "exec yes", () => ({ outputBytesMax: 10_000 }), false],
    ["set by a signal", "wait", (ready) => ({ signal: abortedAfter(ready) }), false],
  ])("%s ends the whole process group, also who ignores TERM", async (name, then, options, timedOut) => {
    const mark = join(directory, `ready ${name}`);
    const ready = vi.waitFor(() => access(mark), { timeout: 10_000, interval: 10 });
    const result = await runScript(`${family}; : >'${mark}'; ${then}`, options(ready));
    expect(result).toMatchObject({ exitCode: -1, timedOut });
    const pids = result.stdout.split("\n").slice(0, 3).map(Number);
    expect(pids).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)]);
    for (const pid of pids) await untilGone(pid);
  });

  test("kills a program that ignores TERM 2 s later", async () => {
    const result = await runScript("trap '' TERM; echo $$; while :; do sleep 0.1; done", { timeoutMs: 300 });
    expect(result).toMatchObject({ exitCode: -1, timedOut: true });
    expect(result.durationMs).toBeGreaterThanOrEqual(2_000);
    await untilGone(Number(result.stdout));
  });

  test.each<[string, string, CommandOptions]>([
    ["of time", "trap 'exit 0' TERM; sleep 300 & wait", { timeoutMs: 1_000 }],
    ["of output", "printf 123456", { outputBytesMax: 5 }],
    ["set by a signal before the start", "exit 0", { signal: AbortSignal.abort() }],
  ])("%s is never a success, whatever exit code the program ends with", async (_name, script, options) => {
    expect((await runScript(script, options)).exitCode).toBe(-1);
  });

  test("of time counts until the output is closed, by whomever", async () => {
    const result = await runScript("sleep 300 & echo $!", { timeoutMs: 1_000 });
    expect(result).toMatchObject({ exitCode: -1, timedOut: true });
    await untilGone(Number(result.stdout));
  });

  test.each([
    ["stdout of exactly so many bytes is whole", "printf 12345", { exitCode: 0, stdout: "12345" }],
    ["stdout above it is cut there", "printf 123456", { exitCode: -1, stdout: "12345" }],
    ["stderr has a limit of its own", "printf 12345; printf 123456 >&2", { stdout: "12345", stderr: "12345" }],
    ["bytes are counted, not characters", "printf äöü", { exitCode: -1, stdout: "äö\ufffd" }],
  ])("of output: %s", async (_rule, script, expected) => {
    expect(await runScript(script, { outputBytesMax: 5 })).toMatchObject(expected);
  });
});

test("a background process that a program leaves behind ends with it", async () => {
  const { exitCode, stdout } = await runScript("sleep 300 >/dev/null 2>&1 & echo $!");
  expect(exitCode).toBe(0);
  await untilGone(Number(stdout));
});

describe("the environment of a program", () => {
  test("is exactly what is given: nothing of ours is inherited", async () => {
    vi.stubEnv("RIG_SECRET", "secret");
    const given = { RIG_GIVEN: "yes", RIG_ABSENT: undefined };
    expect((await runCommand("/usr/bin/env", [], { env: given })).stdout).toBe("RIG_GIVEN=yes");
  });

  test("is the plain one by default, without a secret", async () => {
    vi.stubEnv("RIG_SECRET", "secret");
    const { stdout } = await runCommand("/usr/bin/env", []);
    const plain = Object.entries(plainEnvironment()).map(([name, value]) => `${name}=${value}`);
    expect(stdout.split("\n").sort()).toEqual(plain.sort());
    expect(stdout).not.toContain("secret");
  });

  test("the plain one names programs, home, language and certificates; an addition replaces or removes a variable", () => {
    for (const name of Object.keys(process.env)) vi.stubEnv(name, undefined);
    const ours = { PATH: "/bin", HOME: "/home/rig", LANG: "C.UTF-8", LC_ALL: "C", TMPDIR: "/tmp" };
    const certificates = { SSL_CERT_FILE: "/ca.pem", NODE_EXTRA_CA_CERTS: "/more.pem" };
    for (const [name, value] of Object.entries({ ...ours, ...certificates, GITHUB_TOKEN: "secret" })) {
      vi.stubEnv(name, value);
    }
    expect(plainEnvironment()).toEqual({ ...ours, ...certificates });
    const { HOME: _, ...without } = { ...ours, ...certificates };
    expect(plainEnvironment({ PATH: "/sbin", HOME: undefined, CI: "true" })).toStrictEqual({
      ...without,
      PATH: "/sbin",
      CI: "true",
    });
  });
});

function abortedAfter(ready: Promise<void>): AbortSignal {
  const abort = new AbortController();
  void ready.then(() => abort.abort());
  return abort.signal;
}
