import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { plainSettings } from "#contracts/test-facts.ts";
import { plainEnvironment, runCommand } from "#kit/process/shell.ts";
import { codeCacheDirectory } from "../programs/cache-directory.ts";

// 30 s: each test waits for processes that take 3 s to load while another suite runs.
vi.setConfig({ testTimeout: 30_000 });

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rig-policy-command-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const rig = (...args: readonly string[]) =>
  runCommand(process.execPath, [join(import.meta.dirname, "rig.ts"), ...args], {
    cwd: directory,
    env: plainEnvironment({ NODE_COMPILE_CACHE: codeCacheDirectory() }),
  });

test("the operator's command prints the policy, and what holds for a repository with a file", async () => {
  const policy = await rig("policy");
  expect(JSON.parse(policy.stdout)).toMatchObject({ testCommand: { default: "npm test" } });
  await writeFile(
    join(directory, ".rig-agent.yaml"),
    "stack: node\ntestCommand: make test\ngate: { largeChange: { filesMax: 3 } }\n",
  );
  const effective = await rig("policy", ".rig-agent.yaml");
  expect(JSON.parse(effective.stdout)).toEqual({
    ...plainSettings,
    testCommand: "make test",
    gate: { ...JSON.parse(policy.stdout).gate, largeChange: { filesMax: 3, linesMax: 500 } },
  });
});

test("a file that asks for more than the policy allows is refused with the reason", async () => {
  await writeFile(join(directory, "wide.yaml"), "stack: node\nlimits: { failedAttemptsMax: 7 }\n");
  const refused = await rig("policy", "wide.yaml");
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain(
    "wide.yaml: limits.failedAttemptsMax is 7, but the operator of this rig allows at most 2.",
  );
});
