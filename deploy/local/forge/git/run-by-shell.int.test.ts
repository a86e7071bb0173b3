import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { plainEnvironment } from "#kit/process/shell.ts";
import { runByShell } from "./run-by-shell.ts";

test("a program gets every word as it is, whatever the shell would read into it", async () => {
  const word = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
  const special = fc.constantFrom("'", "\n", "$(exit 1)", "`exit 1`", "\\", '"$nl"', "a  b ", "*", "# no", "\r\n", "&");
  const words = fc.array(fc.oneof(word, special), { minLength: 1, maxLength: 6 });
  const isGiven = fc.asyncProperty(words, async (all) => {
    const { exitCode, stdout } = await runByShell(["printf", "%s|", ...all]);
    expect({ exitCode, stdout: `${stdout}` }).toEqual({ exitCode: 0, stdout: `${all.join("|")}|` });
  });
  await fc.assert(isGiven, { numRuns: 60 });
  await expect(runByShell(["echo", "a\0b"])).rejects.toThrow("NUL");
});

test("what it prints comes back byte for byte, with the exit code and what it complained of", async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
  expect([...(await runByShell(["cat"], { input: bytes })).stdout]).toEqual([...bytes]);
  const failed = await runByShell(["sh", "-c", 'echo "$WHY" >&2; exit 3'], { env: { WHY: "it's so" } });
  expect([failed.exitCode, `${failed.stderr}`]).toEqual([3, "it's so\n"]);
  expect((await runByShell(["no-such-program"])).exitCode).toBe(127);
});

test("one run waits for no other one", async () => {
  const directory = await mkdtemp(join(tmpdir(), "rig-by-shell-"));
  const pipe = join(directory, "pipe");
  await runByShell(["mkfifo", pipe]);
  // A pipe has no end before somebody writes to it.
  const reading = runByShell(["cat", pipe]);
  await runByShell(["sh", "-c", 'echo told > "$0"', pipe]);
  expect(`${(await reading).stdout}`).toBe("told\n");
  await rm(directory, { recursive: true });
});

test.each([
  ["has nothing more to do", ""],
  ["is killed", "setInterval(() => {}, 1e9);"],
])("the shell ends when its process %s, and takes its files with it", async (_, goOn) => {
  const directory = await mkdtemp(join(tmpdir(), "rig-by-shell-"));
  const script = `
    import { runByShell } from ${JSON.stringify(join(import.meta.dirname, "run-by-shell.ts"))};
    console.log(String((await runByShell(["sh", "-c", "ps -o ppid= -p $PPID"])).stdout).trim());
    ${goOn}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: plainEnvironment({ TMPDIR: directory }),
  });
  const ended = once(child, "exit");
  const [shellPid] = await once(createInterface({ input: child.stdout }), "line");
  if (goOn !== "") child.kill("SIGKILL");
  await ended;
  await vi.waitFor(async () => {
    expect(() => process.kill(Number(shellPid), 0)).toThrow("ESRCH");
    expect(await readdir(directory)).toEqual([]);
  }, 10_000);
  await rm(directory, { recursive: true });
});
