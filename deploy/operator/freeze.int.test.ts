import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { freezes } from "#contracts/events/operations.ts";
import { labelOf } from "#contracts/test-facts.ts";
import { startWorld, type World } from "#kit/test/test-world.ts";
import { runCommandLine } from "./command-line.ts";
import { withOperator } from "./connection.ts";
import { freezeFindings } from "./freeze.ts";
import { commands } from "./rig.ts";

// `freeze` and `unfreeze` with the operator's permissions.

let world: World;
let directory: string;
beforeAll(async () => {
  world = await startWorld();
  directory = await mkdtemp(join(tmpdir(), "rig-freeze-"));
  await writeFile(join(directory, "operator.nk"), world.bus.seedOf("operator"));
  const away = { databaseUrl: "postgres://127.0.0.1:1", webhookUrl: "http://127.0.0.1:1" };
  const places = { natsUrl: world.bus.url, natsKeysDirectory: directory, ...away };
  await writeFile(join(directory, "rig.json"), JSON.stringify(places));
  vi.stubEnv("RIG_PERSON", "wendy");
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  vi.unstubAllEnvs();
  await world.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Runs a command; its exit code and what it printed. */
async function rig(...args: readonly string[]): Promise<readonly [number, string]> {
  const lines: string[] = [];
  for (const way of ["log", "error"] as const) vi.spyOn(console, way).mockImplementation((line) => lines.push(line));
  return [await runCommandLine(commands, ["--data", directory, ...args]), lines.join("\n")];
}

const findings = () =>
  withOperator({ natsUrl: world.bus.url, natsKeysDirectory: directory, databaseUrl: "", webhookUrl: "" }, (operator) =>
    freezeFindings(operator, "rig"),
  );

test("what the rig has never seen is frozen only with --yes, and the answer names what may be meant", async () => {
  const none = "The rig has never seen the repository acme/shop. Nothing was frozen; --yes freezes it all the same.";
  expect(await rig("freeze", "acme/shop")).toEqual([1, none]);
  expect(await world.history(freezes)).toEqual([]);
  expect((await rig("freeze", "acme/site", "--yes"))[0]).toBe(0);
  expect((await rig("unfreeze", "acme/site"))[0]).toBe(0);
  const on = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;
  await world.publish("webhook", { type: "ISSUE_LABELED", on, data: { ...labelOf(), body: { text: "" } } });
  expect(await rig("freeze", "acme/shpo@main")).toEqual([1, expect.stringContaining("Is acme/shop@main meant?")]);
  expect(await rig("freeze", "acme/shop@mian")).toEqual([1, expect.stringContaining("It merges into acme/shop@main.")]);
  expect(await findings()).toEqual([]);
});

test("freeze and unfreeze are facts with the person, each once, and doctor shows what stands", async () => {
  const [code, said] = await rig("freeze", "acme/shop@main", "--reason", "release 4");
  expect([code, said]).toEqual([0, expect.stringContaining("into acme/shop@main are frozen by wendy since 2")]);
  expect((await rig("freeze", "ACME/Shop@main"))[0]).toBe(0);
  expect(await findings()).toEqual([
    {
      ...{ part: "freeze", state: "look" },
      seen: expect.stringMatching(/^wendy froze the merges into acme\/shop@main at 2.*: release 4$/),
      mend: "rig unfreeze acme/shop@main ends it",
    },
  ]);
  expect(await rig("unfreeze", "acme/shop")).toEqual([1, "acme/shop is not frozen. What is frozen: acme/shop@main."]);
  expect((await rig("unfreeze", "acme/shop@main"))[0]).toBe(0);
  expect(await rig("unfreeze", "acme/shop@main")).toEqual([1, "acme/shop@main is not frozen. Nothing is frozen."]);
  expect(await findings()).toEqual([]);
  const facts = (await world.history(freezes)).map(({ type, actor, data }) => [
    type,
    actor,
    "person" in data && data.person,
  ]);
  expect(facts.slice(-2)).toEqual([
    ["MERGES_FROZEN", "operator", "wendy"],
    ["MERGES_UNFROZEN", "operator", "wendy"],
  ]);
});

test("what names no repository is refused with what is right", async () => {
  expect(await rig("freeze", "shop")).toEqual([64, expect.stringContaining("freeze OWNER/REPO, or OWNER/REPO@BRANCH")]);
});
