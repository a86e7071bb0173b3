import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { evaluateSeen } from "#contracts/gate/evaluate.ts";
import { encodeSnapshot, type ForgeState } from "#contracts/gate/snapshot.ts";
import { requiring, seen } from "#contracts/gate/test-earned.ts";
import { policyPath } from "#contracts/policy.ts";
import { startWorld, type World } from "#kit/test/test-world.ts";
import { runCommandLine } from "./command-line.ts";
import { commands } from "./rig.ts";

// `gate explain` and `gate replay` on a bus that has verdicts, as the operator.

const pr = { kind: "pr", owner: "acme", repo: "shop", number: 9 } as const;
let world: World;
let directory: string;
beforeAll(async () => {
  world = await startWorld();
  directory = await mkdtemp(join(tmpdir(), "rig-gate-"));
  await writeFile(join(directory, "operator.nk"), world.bus.seedOf("operator"));
  const places = {
    natsUrl: world.bus.url,
    natsKeysDirectory: directory,
    databaseUrl: "postgres://127.0.0.1:1",
    webhookUrl: "http://127.0.0.1:1",
  };
  await writeFile(join(directory, "rig.json"), JSON.stringify(places));
  await verdict(requiring({ checks: [] }), "2026-01-01T08:00:00.000Z");
  await verdict({ draft: true, reviews: [] }, "2026-01-01T09:00:00.000Z");
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  await world.stop();
  await rm(directory, { recursive: true, force: true });
});

/** A verdict as the gate stores it. */
async function verdict(forge: Partial<ForgeState>, since: string): Promise<void> {
  const given = seen({ forge });
  const { checks, ...evaluation } = evaluateSeen(given);
  const snapshot = { text: encodeSnapshot(given), keptDays: 30 };
  const data = { ...evaluation, checks: checks.map((check) => ({ ...check, since })), snapshot };
  await world.publish("merge-gate", { type: "GATE_EVALUATED", on: pr, data });
}

/** Runs a command; its exit code and the lines that it printed. */
async function rig(...args: readonly string[]): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  for (const way of ["log", "error"] as const) vi.spyOn(console, way).mockImplementation((line) => lines.push(line));
  const data = args[0] === "--data" ? [] : ["--data", directory];
  return { code: await runCommandLine(commands, [...data, ...args]), lines };
}

test("explain says what holds, who can end it, since when and how", async () => {
  const { code, lines } = await rig("gate", "explain", "acme/shop#9");
  expect(code).toBe(0);
  expect(lines[0]).toMatch(/^acme\/shop#9 at h1 is held by 2 of 11 conditions \(evaluated /);
  expect(lines.slice(1, 4)).toEqual([
    "  ✗ open      the pull request is a draft",
    "    person, since 2026-01-01T09:00:00.000Z: Mark the pull request as ready for review. People are reminded once, on the pull request.",
    "    docs/not-merged.md#draft",
  ]);
});

test("explain tells a program the same", async () => {
  const { lines } = await rig("gate", "explain", "acme/shop#9", "--json");
  const { checks, passed } = JSON.parse(lines.join(""));
  expect(passed).toBe(false);
  expect(checks[0]).toMatchObject({ name: "open", hold: "draft", who: "person", page: "docs/not-merged.md#draft" });
});

test("explain says of an issue without a verdict how it stands and why", async () => {
  const on = { kind: "issue", owner: "acme", repo: "shop", number: 5 } as const;
  await world.publish("dispatcher", { type: "ISSUE_NEEDS_HUMAN", on, data: { reason: "stack: go", details: null } });
  const { code, lines } = await rig("gate", "explain", "acme/shop#5");
  const how = "Issue #5 is needs_human: stack: go. npm run rig";
  expect([code, lines[0]]).toEqual([1, expect.stringContaining(`The gate has not evaluated acme/shop#5. ${how}`)]);
});

test.each([
  [["gate", "explain"], 64, '"gate explain" needs OWNER/REPO#N.'],
  [["gate", "explain", "9"], 64, "Say which: npm run rig"],
  [["gate", "explain", "acme/shop#8"], 1, "The gate has not evaluated acme/shop#8. The rig knows nothing of it: "],
  [["gate", "repaly"], 64, 'There is no command "gate repaly"; the nearest one is "gate replay".'],
  [["gate", "replay", "--since", "soon"], 64, "--since soon is no time: write 12h, 7d"],
  [["gate", "replay", "--since", "2026-13-01"], 64, "--since 2026-13-01 is no time"],
  [["gate", "replay", "--polcy", "x"], 64, '"gate replay" has no option --polcy; the nearest one is --policy.'],
  [["gate", "replay", "acme/shop#9"], 64, '"gate replay" takes no argument: "acme/shop#9" is too many.'],
  [["gate", "explain", "acme/shop#9", "--jsn"], 64, '"gate explain" has no option --jsn; the nearest one is --json.'],
  [
    ["gate", "replay", "--policy", "/no/such/file"],
    1,
    "/no/such/file cannot be read: it has to hold the operator's policy. Name a file that does",
  ],
])("%j is refused with what to do", async (args, code, sentence) => {
  const refused = await rig(...args);
  expect([refused.code, refused.lines.join("\n")]).toEqual([code, expect.stringContaining(sentence)]);
});

test("under the same policy every verdict is the same", async () => {
  const { code, lines } = await rig("gate", "replay");
  expect([code, lines]).toEqual([0, ["2 verdicts, 2 computed again, 0 differ"]]);
});

test("replay tells a program of each verdict what it was and what it would be", async () => {
  const { lines } = await rig("gate", "replay", "--json");
  const at = { owner: "acme", repo: "shop", number: 9, headSha: "h1" };
  expect(JSON.parse(lines.join(""))).toMatchObject([
    { ...at, was: "merges", now: "merges", differs: false },
    { ...at, was: "held by draft, not-approved", now: "held by draft, not-approved", differs: false },
  ]);
});

test("a key that can publish nothing is enough to replay and to explain", async () => {
  const apart = await mkdtemp(join(tmpdir(), "rig-reader-"));
  await writeFile(join(apart, "reader.nk"), world.bus.seedOf("reader"));
  const places = JSON.parse(await readFile(join(directory, "rig.json"), "utf8"));
  await writeFile(join(apart, "rig.json"), JSON.stringify({ ...places, natsKeysDirectory: apart }));
  const { lines } = await rig("--data", apart, "gate", "replay");
  expect(lines).toEqual(["2 verdicts, 2 computed again, 0 differ"]);
  expect((await rig("--data", apart, "gate", "explain", "acme/shop#9")).code).toBe(0);
  await expect(rig("--data", apart, "freeze", "acme/shop@main")).rejects.toThrow("operator.nk cannot be read");
  await rm(apart, { recursive: true });
});

test("under another policy the verdicts that differ are shown, with what was and what would be", async () => {
  const text = await readFile(join(import.meta.dirname, "../..", policyPath), "utf8");
  const other = join(directory, "policy.yaml");
  await writeFile(other, text.replace("nothingRequired: all_that_ran", "nothingRequired: hold"));
  const { lines } = await rig("gate", "replay", "--policy", other);
  expect(lines).toEqual([
    expect.stringMatching(/ {2}acme\/shop#9 at h1: merges → held by nothing-required$/),
    "2 verdicts, 2 computed again, 1 differ",
  ]);
});

test("older verdicts are left out, and one whose snapshot was erased is counted", async () => {
  expect((await rig("gate", "replay", "--since", "2999-01-01")).lines).toEqual([
    "0 verdicts, 0 computed again, 0 differ",
  ]);
  await world.manager.streams.purge("TEXT", { filter: "text.acme.shop.9.>" });
  const { lines } = await rig("gate", "replay", "--since", "7d");
  expect(lines).toEqual([
    "2 verdicts, 0 computed again, 0 differ; 2 without a snapshot (erased, or older than 30 days)",
  ]);
});

test("explain says of a change that is merged as what", async () => {
  const at = { owner: "acme", repo: "shop" } as const;
  const [mergeSha, change] = ["9900dbc1", { ...at, kind: "pr", number: 29 } as const];
  const opened = {
    title: "t",
    author: "a",
    branch: "feature/issue-28",
    baseBranch: "main",
    headSha: "h1",
    closes: [28],
  };
  await world.publish("webhook", { type: "PR_OPENED", on: change, data: opened });
  const data = { headSha: "h1", passed: true, checks: [], threads: [] };
  await world.publish("merge-gate", { type: "GATE_EVALUATED", on: change, data });
  const issue = { ...at, kind: "issue", number: 28 } as const;
  await world.publish("merge-gate", { type: "MERGED", on: issue, data: { prNumber: 29, mergeSha } });
  expect((await rig("gate", "explain", "acme/shop#29")).lines[0]).toMatch(/^acme\/shop#29 at h1 is merged as 9900dbc /);
  expect(JSON.parse((await rig("gate", "explain", "acme/shop#29", "--json")).lines.join(""))).toMatchObject({
    mergeSha,
  });
});

test("explain says of a verdict in shadow that nothing follows from it", async () => {
  const data = { headSha: "h1", passed: true, checks: [], threads: [], shadow: true };
  await world.publish("merge-gate", { type: "GATE_EVALUATED", on: { ...pr, number: 39 }, data });
  expect((await rig("gate", "explain", "acme/shop#39")).lines).toEqual([
    expect.stringMatching(/^acme\/shop#39 at h1 may be merged /),
    "  the policy said shadow: nothing is merged, and nobody is asked",
  ]);
});

test("verdicts of another version of the rig are counted, and left out", async () => {
  const subject = "evt.pr.acme.shop.39.GATE_EVALUATED";
  const stored = await world.manager.streams.getMessage("EVENTS", { last_by_subj: subject });
  if (stored === null) throw new Error("no verdict is stored");
  const earlier = { ...stored.json<object>(), id: "earlier", dataversion: 3 };
  await world.admin.request(subject, JSON.stringify(earlier));
  const { lines } = await rig("gate", "replay", "--since", "2999-01-01");
  expect(lines[0]).toBe("left out, because another version of the rig stored them: 1");
});
