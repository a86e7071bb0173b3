import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { baseTopic, foldLine } from "#contracts/base-line.ts";
import { type ForgeWorld, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { plainEnvironment } from "#kit/process/shell.ts";
import { type Answer, type AnsweringServer, type Asked, startAnswering } from "#kit/test/test-answers.ts";
import { startTethered } from "../../deploy/local/engines/tether.ts";
import { coder, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import { codeCacheDirectory } from "../../deploy/programs/cache-directory.ts";
import { at, earnedOn } from "./test-change.ts";

// The gate as a process of its own that is killed (SIGKILL) while it has its turn at the base, between the forge and which a server stands.

/** 2 min: two processes start, and a message that the first one had in hand is redelivered. */
const testMs = 120_000;

let world: ForgeWorld;
let between: AnsweringServer;

beforeAll(async () => {
  // 6 s: longer than the 5 s after which whoever handles a message says that it works, shorter than a test should wait.
  world = await startForgeWorld({ ackWaitMs: 6_000, settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
  between = await startAnswering();
});
afterAll(async () => {
  await between.close();
  await world.stop();
});

const { appendedTo, earnedChange } = earnedOn(() => world);

function startGate() {
  return startTethered({
    name: "merge-gate",
    file: process.execPath,
    args: [join(import.meta.dirname, "../run.ts"), "merge-gate"],
    env: plainEnvironment({
      ...world.settingsOf("merge-gate"),
      GITHUB_API_URL: `${between.url}/api/v3`,
      NODE_COMPILE_CACHE: codeCacheDirectory(),
    }),
  });
}

/** The forge's own answer. */
async function forwarded({ method, path, headers, body }: Asked): Promise<Answer> {
  const { accept = "", authorization = "" } = headers;
  const sent = { method, headers: { accept, authorization, "content-type": "application/json" } };
  const hasBody = method !== "GET";
  const answer = await fetch(`${world.forge.url}${path}`, { ...sent, ...(hasBody && { body: JSON.stringify(body) }) });
  const type = answer.headers.get("content-type") ?? "application/json";
  return { status: answer.status, headers: { "content-type": type }, body: await answer.text() };
}

test.each([
  ["before", () => Promise.resolve()],
  ["after", async (asked: Asked) => void (await forwarded(asked))],
] as const)(
  "a gate that is killed in the middle of its turn, %s GitHub merged, finishes it after its restart, and whoever waits is next",
  async (name, onMerge) => {
    const change = await earnedChange(`${name}kill`);
    const waiting = await earnedChange(`${name}wait`);
    const baseSha = (await world.forge.git(coder, "rev-parse", "origin/main")).stdout.trim();
    const asked = new Promise<void>((resolve) => {
      between.play(async (one) => {
        if (!one.path.endsWith("/merge")) return forwarded(one);
        await onMerge(one);
        resolve();
        return { end: "open" };
      });
    });
    const first = await startGate();
    await asked;
    process.kill(first.pid, "SIGKILL");
    await first.exited;
    between.play(forwarded);
    const second = await startGate();
    await world.consumed("merge-gate");
    await second.stop();
    const [merged, next] = [await appendedTo(change.issue), await appendedTo(waiting.issue)];
    const isFirst = merged.includes("MERGED");
    expect(isFirst ? merged : next).toEqual(["MERGE_REQUESTED", "MERGED"]);
    expect(isFirst ? next : merged).toEqual(["BRANCH_UPDATE_REQUESTED"]);
    const line = foldLine(await world.history(baseTopic({ ...at, branch: "main", baseSha })));
    expect(line).toMatchObject({ turn: null, merged: { prNumber: (isFirst ? change : waiting).pr.number } });
    await world.forge.settled();
    // A person merges the other one, so that the next test begins at a commit where nobody has the turn.
    const { number } = (isFirst ? waiting : change).pr;
    await world.forge.octokitOf(person).rest.pulls.merge({ ...at, pull_number: number });
  },
  testMs,
);
