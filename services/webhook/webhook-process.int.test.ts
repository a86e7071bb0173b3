import { join } from "node:path";
import { afterEach, beforeAll, expect, test } from "vitest";
import { freePort } from "#kit/process/http.ts";
import { plainEnvironment } from "#kit/process/shell.ts";
import { eventually, startWorld, type World } from "#kit/test/test-world.ts";
import { startTethered, type Tethered } from "../../deploy/local/engines/tether.ts";
import { codeCacheDirectory } from "../../deploy/programs/cache-directory.ts";
import { type Sender, senderTo } from "./test-sender.ts";

// The service as an operator runs it: `node services/run.ts webhook`, a process of its own.

const secret = "a secret of this test";
const run = join(import.meta.dirname, "..", "run.ts");
let world: World;
let process_: { readonly program: Tethered; readonly lines: string[]; readonly sender: Sender } | undefined;

beforeAll(async () => {
  world = await startWorld();
  return () => world.stop();
});
afterEach(async () => {
  await process_?.program.stop();
});

async function start(settings: Readonly<Record<string, string>>) {
  const lines: string[] = [];
  const port = await freePort();
  const own = { WEBHOOK_PORT: `${port}`, NODE_COMPILE_CACHE: codeCacheDirectory() };
  const env = plainEnvironment({ ...world.settingsOf("webhook"), ...own, ...settings });
  const onLine = (line: string) => lines.push(line);
  const program = await startTethered({ name: "webhook", file: process.execPath, args: [run, "webhook"], env, onLine });
  process_ = { program, lines, sender: senderTo(port, secret) };
  return process_;
}

async function isUp(sender: Sender): Promise<void> {
  await eventually(async () => expect((await fetch(`${sender.url}/health`)).status).toBe(200), 15_000);
}

test.each([
  ["WEBHOOK_PORT", "eighty"],
  ["LOG_LEVEL", "loud"],
])("it refuses to start with a %s that it does not understand, and names it", async (name, value) => {
  const { program, lines } = await start({ GITHUB_WEBHOOK_SECRET: secret, [name]: value });
  expect(await program.exited).toEqual({ code: 1, signal: null });
  expect(lines.join("\n")).toContain(`${name} is "${value}", which is no`);
});

test.each([
  ["is not set", {}],
  ["is empty", { GITHUB_WEBHOOK_SECRET: "" }],
])("it refuses to start when the secret %s, names the setting, and accepts no delivery", async (_name, settings) => {
  const { program, lines, sender } = await start(settings);
  expect(await program.exited).toEqual({ code: 1, signal: null });
  expect(lines.join("\n")).toContain("GITHUB_WEBHOOK_SECRET is not set");
  await expect(sender.post("ping", "{}")).rejects.toThrow();
});

test("SIGTERM stops it cleanly with exit code 0, and its port is free again", async () => {
  const { program, sender } = await start({ GITHUB_WEBHOOK_SECRET: secret });
  await isUp(sender);
  process.kill(program.pid, "SIGTERM");
  expect(await program.exited).toEqual({ code: 0, signal: null });
  await expect(fetch(`${sender.url}/health`)).rejects.toThrow();
});

test("while the bus is away it answers 503 within GitHub's 10 s, and /health reports it", async () => {
  const { sender } = await start({ GITHUB_WEBHOOK_SECRET: secret });
  await isUp(sender);
  expect((await sender.post("ping", "{}")).status).toBe(202);
  await world.stop();
  const askedAt = performance.now();
  const [answer, health] = await Promise.all([sender.post("ping", "{}"), fetch(`${sender.url}/health`)]);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ message: expect.stringContaining("not stored") });
  expect(health.status).toBe(503);
  // GitHub waits 10 s (https://docs.github.com/webhooks/using-webhooks/best-practices-for-using-webhooks).
  expect(performance.now() - askedAt).toBeLessThan(10_000);
});
