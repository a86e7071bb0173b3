import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Effect } from "effect";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { gitHubTopic } from "#contracts/events/fleet.ts";
import { statusSchema } from "#contracts/read-model.ts";
import { approvalOf } from "#contracts/test-facts.ts";
import { Bus } from "#kit/bus/bus.ts";
import { plainEnvironment, runCommand } from "#kit/process/shell.ts";
import { openPool, sql, tables } from "#kit/project/database.ts";
import { startTestDatabase, type TestDatabase } from "#kit/project/test-database.ts";
import { eventually, startWorld, type World } from "#kit/test/test-world.ts";
import { runCommandLine } from "./command-line.ts";
import { parts } from "./finding.ts";
import type { RigPlaces } from "./places.ts";
import { commands } from "./rig.ts";

// The commands on a bus with the generated permissions and on the read model that `status` makes.

let world: World;
let database: TestDatabase;
let status: ChildProcess;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rig-command-"));
  database = await startTestDatabase();
  world = await startWorld({ settings: { DATABASE_URL: database.url } });
  const run = join(import.meta.dirname, "../../services/run.ts");
  status = spawn(process.execPath, [run, "status"], {
    env: plainEnvironment(world.settingsOf("status")),
    stdio: "ignore",
  });
  await writeFile(join(directory, "operator.nk"), world.bus.seedOf("operator"));
  const places: RigPlaces = {
    ...{ natsUrl: world.bus.url, natsKeysDirectory: directory, databaseUrl: database.url },
    ...{ webhookUrl: "http://127.0.0.1:1" },
  };
  await writeFile(join(directory, "rig.json"), JSON.stringify(places));
  await publishStory();
  await projected();
});
afterAll(async () => {
  const ended = once(status, "exit");
  status.kill("SIGTERM");
  await ended;
  await world.stop();
  await database.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Three labelled issues in two repositories; of one a pull request is open, and the gate waits. */
async function publishStory(): Promise<void> {
  await label("shop", 7);
  await label("site", 8);
  await label("shop", 8);
  const on = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;
  const approval = approvalOf({ title: "Sell 7" });
  const attempt = { attempt: 1, task: "implement", reason: "labelled", prNumber: null, headSha: null } as const;
  const queued = { type: "ISSUE_QUEUED", on, data: attempt } as const;
  await world.publish("dispatcher", { type: "ISSUE_APPROVED", on, data: approval }, queued);
  const claim = { claimId: "c1", epoch: 1, agentId: "dev-e", instanceId: "i", attempt: 1 };
  const pull = { agentId: "dev-e", prNumber: 9, prUrl: "http://forge/9", branch: "feature/issue-7", epoch: 1 };
  const created = { claimId: "c1", ...pull };
  await world.publish("dev-e", { type: "ISSUE_ASSIGNED", on, data: claim }, { type: "PR_CREATED", on, data: created });
  const pr = { ...on, kind: "pr", number: 9 } as const;
  const opened = { title: "Sell 7", author: "dev-e[bot]", branch: "feature/issue-7", baseBranch: "main" };
  await world.publish("webhook", { type: "PR_OPENED", on: pr, data: { ...opened, headSha: "h1", closes: [7] } });
  const checks = [{ name: "ci", passed: false, why: "no check ran" } as const];
  await world.publish("merge-gate", {
    type: "GATE_EVALUATED",
    on: pr,
    data: { headSha: "h1", passed: false, checks, threads: [] },
  });
  const refused = { sender: "ada", reason: refusal, details: null };
  await world.publish("dispatcher", {
    type: "ISSUE_LABEL_REFUSED",
    on: { ...on, repo: "site", number: 8 },
    data: refused,
  });
}

const refusal =
  "ada may not write to this repository: ask somebody with write permission to take the label agent-ready off and set it again";

const label = (repo: string, number: number) =>
  world.publish("webhook", {
    type: "ISSUE_LABELED",
    on: { kind: "issue", owner: "acme", repo, number },
    data: {
      ...{ label: "agent-ready", labels: ["agent-ready"], title: `Sell ${number}`, body: { text: "More of it." } },
      ...{ sender: "ada", senderType: "User", defaultBranch: "main" },
    },
  });

/** Resolves once the read model has reached the last fact. */
async function projected(): Promise<void> {
  const { state } = await world.manager.streams.info("EVENTS");
  const pool = openPool(database.url);
  await eventually(async () => {
    const { rows } = await sql<{ sequence: string }>`select sequence from status.checkpoint`.execute(
      tables(pool, statusSchema),
    );
    expect(Number(rows[0]?.sequence)).toBe(state.last_seq);
  }, 30_000).finally(() => pool.end());
}

/** What a call prints, and its exit code. */
async function rig(...args: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  vi.spyOn(console, "log").mockImplementation((line: string) => void out.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => void err.push(line));
  const exitCode = await runCommandLine(commands, [...args, "--data", directory]).finally(() => vi.restoreAllMocks());
  return { stdout: out.join("\n"), stderr: err.join("\n"), exitCode };
}

/** The same as a process of its own. */
function rigProcess(...args: readonly string[]) {
  const file = join(import.meta.dirname, "rig.ts");
  return runCommand(process.execPath, [file, ...args, "--data", directory], { env: plainEnvironment({}) });
}

test("issues --json is a list of the issues with what the gate waits for", async () => {
  const { stdout, exitCode } = await rig("issues", "--json");
  expect(exitCode).toBe(0);
  const nothing = { agent: null, prNumber: null, waitingFor: null, refusal: null, asked: null };
  const untouched = { state: "new", attempt: 0, tokens: 0, ...nothing };
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const at = (repo: string, number: number) => ({
    ...{ owner: "acme", repo, number, title: `Sell ${number}` },
    ...{ ...untouched, approvedAt: null, updatedAt: time },
  });
  expect(JSON.parse(stdout)).toEqual([
    {
      ...{ ...at("shop", 7), approvedAt: time, state: "assigned", attempt: 1, agent: "dev-e" },
      ...{ prNumber: 9, waitingFor: "ci: no check ran" },
    },
    at("shop", 8),
    { ...at("site", 8), refusal },
  ]);
  expect(JSON.parse((await rig("issues", "--state", "done", "--json")).stdout)).toEqual([]);
});

test("issues shows the same as text, two lines for each", async () => {
  expect((await rig("issues", "--state", "assigned")).stdout.split("\n")).toEqual([
    "acme/shop#7              assigned          Sell 7",
    "  attempt 1, dev-e, PR #9, 0 tokens; the gate waits: ci: no check ran",
  ]);
  expect((await rig("issues", "--state", "done")).stdout).toBe("No issue is done.");
});

test("an issue whose label was refused shows in full why, and what to do, in issues and in issue N", async () => {
  expect((await rig("issues", "--state", "new")).stdout.split("\n")).toEqual([
    "acme/shop#8              new               Sell 8",
    "  attempt 0, 0 tokens",
    "acme/site#8              new               Sell 8",
    "  attempt 0, 0 tokens",
    `  the label is refused: ${refusal}`,
  ]);
  expect((await rig("issue", "acme/site#8")).stdout).toContain(`the label is refused: ${refusal}`);
});

test("issue N finds the repository by itself where only one has that number; the history has the pull request's facts", async () => {
  const { stdout, exitCode } = await rig("issue", "7", "--json");
  expect(exitCode).toBe(0);
  const shown = JSON.parse(stdout);
  expect(shown).toMatchObject({ owner: "acme", repo: "shop", number: 7 });
  // Its pull request leads to it.
  for (const pull of ["acme/shop#9", "9"])
    expect((await rig("issue", pull)).stderr).toContain("acme/shop#9 is a pull request of #7: ");
  expect(shown.history).toMatchObject([
    {
      subject: "evt.issue.acme.shop.7.ISSUE_LABELED.webhook",
      tells: "ada labelled it agent-ready: Sell 7",
      fact: { specversion: "1.0", type: "ISSUE_LABELED", actor: "webhook", data: { title: "Sell 7" } },
    },
    { fact: { type: "ISSUE_APPROVED" } },
    { fact: { type: "ISSUE_QUEUED" } },
    { subject: "evt.issue.acme.shop.7.ISSUE_ASSIGNED.dev-e", tells: "claims attempt 1, epoch 1" },
    { fact: { type: "PR_CREATED" } },
    { tells: "head h1 of feature/issue-7" },
    { subject: "evt.pr.acme.shop.9.GATE_EVALUATED", tells: "held: no check ran" },
  ]);
  expect((await rig("issue", "7")).stdout).toMatch(
    /^ +0\.00s {2}evt\.issue\.acme\.shop\.7\.ISSUE_LABELED\.webhook (.+\n){6}.+$/,
  );
});

test("a number that several repositories have is refused with the candidates, also with --json", async () => {
  const { stdout, stderr, exitCode } = await rigProcess("issue", "8", "--json");
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
  expect(stderr).toContain("Several repositories have an issue 8. Say which: acme/shop#8, acme/site#8");
});

test("OWNER/REPO#N and --repo name the repository; what names no issue is refused", async () => {
  const named = JSON.parse((await rig("issue", "acme/site#8", "--json")).stdout);
  expect(named).toMatchObject({ repo: "site", history: [{ tells: "ada labelled it agent-ready: Sell 8" }, {}] });
  expect(JSON.parse((await rig("issue", "8", "--repo", "acme/site", "--json")).stdout)).toEqual(named);
  expect(await rig("issue", "99")).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("knows no issue 99") });
  expect(await rig("issue", "acme/site#9")).toMatchObject({ exitCode: 1, stdout: "" });
  expect(await rig("issue", "seven")).toMatchObject({ exitCode: 64, stderr: expect.stringContaining("OWNER/REPO#1") });
});

test("events --json is one fact a line, oldest first", async () => {
  const { stdout, stderr, exitCode } = await rigProcess("events", "--json");
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  const facts = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(facts.map(({ fact }) => `${fact.type} ${fact.subject}`)).toEqual([
    "ISSUE_LABELED acme/shop#7",
    "ISSUE_LABELED acme/site#8",
    "ISSUE_LABELED acme/shop#8",
    "ISSUE_APPROVED acme/shop#7",
    "ISSUE_QUEUED acme/shop#7",
    "ISSUE_ASSIGNED acme/shop#7",
    "PR_CREATED acme/shop#7",
    "PR_OPENED acme/shop#9",
    "GATE_EVALUATED acme/shop#9",
    "ISSUE_LABEL_REFUSED acme/site#8",
  ]);
  expect(Object.keys(facts[0])).toEqual(["subject", "tells", "fact"]);
});

test("doctor --json is a list of findings; it exits with 1 when one is ill, and that one says what to do", async () => {
  const { stdout, exitCode } = await rig("doctor", "--json");
  expect(exitCode).toBe(1);
  const findings: readonly Record<string, unknown>[] = JSON.parse(stdout);
  for (const finding of findings) {
    expect(Object.keys(finding).sort()).toEqual(["mend", "part", "seen", "state"]);
    expect(parts).toContain(String(finding.part).replace(/^clock .+/, "clock"));
    if (finding.state === "well") expect(finding.mend).toBeNull();
    else expect(finding.mend).toEqual(expect.any(String));
  }
  expect(findings).toContainEqual({ part: "bus", state: "well", seen: "10 facts on EVENTS", mend: null });
  expect(findings).toContainEqual(expect.objectContaining({ part: "webhook", state: "ill", seen: "does not answer" }));
  expect(findings).toContainEqual(expect.objectContaining({ part: "access", state: "well" }));
});

test("doctor shows the issues that are under way in a repository that was moved", async () => {
  const data = { fromOwner: "acme", fromRepo: "shop", owner: "acme", repo: "store" };
  await world.publish("webhook", { type: "REPOSITORY_MOVED", on: gitHubTopic, data });
  const seen = "acme/shop is acme/store now, and under the name before 1 issue is under way: acme/shop#7";
  expect((await rig("doctor")).stdout).toContain(`ill   access         ${seen}`);
});

test("doctor looks at all messages that are no facts, and is not ill of them", async () => {
  const [subject, payload] = ["evt.issue.acme.shop.7.ISSUE_LABELED.webhook", new TextEncoder().encode("junk")];
  const publish = (msgId: string) => Effect.flatMap(Bus, (bus) => bus.publish({ subject, payload, msgId }));
  for (let junk = 1; junk <= 20; junk += 1) await world.as("webhook", publish(`junk ${junk}`));
  await projected();
  const shown = `look  read model     20 messages are no facts, the newest: 31 on ${subject}: not JSON: `;
  expect((await rig("doctor")).stdout).toContain(shown);
});

test("policy --json is the policy in one line", async () => {
  const { stdout, exitCode } = await rig("policy", "--json");
  expect(exitCode).toBe(0);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  expect(JSON.parse(stdout)).toMatchObject({ testCommand: { default: "npm test" } });
});

test("erase --json says what it would erase", async () => {
  const { stdout, exitCode } = await rig("erase", "acme/site#8", "--dry-run", "--json");
  expect(exitCode).toBe(0);
  const about = { owner: "acme", repo: "site", number: 8, dryRun: true };
  expect(JSON.parse(stdout)).toMatchObject({ ...about, found: [{ stream: "TEXT" }], unreadable: [], related: [] });
});

test("erase finds what was written under another case of the name, and says plainly when there is nothing", async () => {
  const { stdout } = await rig("erase", "ACME/Shop#7", "--dry-run", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ found: [{ stream: "TEXT" }], related: [9] });
  expect((await rig("erase", "acme/SITE", "--dry-run")).stdout).toContain(": 1 texts,");
  expect((await rig("erase", "acme/nothing#8", "--dry-run")).stdout).toMatch(
    /^Nothing was found that was written about acme\/nothing#8\./,
  );
});

test("a delivery of a transferred issue is found where the issue was", async () => {
  const where = (name: string) => ({ name, owner: { login: "acme" } });
  const changes = { old_issue: { number: 70, body: "hunter2" }, old_repository: where("shop") };
  const payload = JSON.stringify({ repository: where("attic"), issue: { number: 3 }, changes });
  const message = {
    subject: "github.issues.opened.acme.attic",
    payload: new TextEncoder().encode(payload),
    msgId: "t",
  };
  await world.as(
    "webhook",
    Effect.flatMap(Bus, (bus) => bus.publish(message)),
  );
  const { stdout } = await rig("erase", "acme/shop#70", "--dry-run", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ found: [{ stream: "GITHUB" }] });
});
