import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { issueAt } from "#contracts/aggregates.ts";
import { draftOf, labelOf } from "#contracts/test-facts.ts";
import { plainEnvironment } from "#kit/process/shell.ts";
import { eventually, startWorld, type World } from "#kit/test/test-world.ts";
import { type SlowForge, startSlowForge } from "../../deploy/local/bench/slow-forge.ts";
import { startTethered } from "../../deploy/local/engines/tether.ts";
import { codeCacheDirectory } from "../../deploy/programs/cache-directory.ts";

// The dispatcher as a process of its own, against a forge that makes it wait with its hands full.

const labels = 40;
const pace = { answerMs: 60_000 };
let world: World;
let forge: SlowForge;

beforeAll(async () => {
  // 6 s: longer than the 5 s after which whoever handles a message says that it works, shorter than a test should wait.
  [world, forge] = await Promise.all([startWorld({ ackWaitMs: 6_000 }), startSlowForge(pace)]);
});
afterAll(async () => {
  await Promise.all([world.stop(), forge.close()]);
});

function startDispatcher() {
  return startTethered({
    name: "dispatcher",
    file: process.execPath,
    args: [join(import.meta.dirname, "../run.ts"), "dispatcher"],
    env: plainEnvironment({
      ...world.settingsOf("dispatcher"),
      NODE_COMPILE_CACHE: codeCacheDirectory(),
      GITHUB_API_URL: forge.url,
      GITHUB_TOKEN_DISPATCHER: "token",
    }),
  });
}

test("killed with 32 messages in hand, it loses none and doubles none", async () => {
  const numbers = Array.from({ length: labels }, (_, index) => index + 1);
  await Promise.all(numbers.map((number) => world.publish("webhook", draftOf("ISSUE_LABELED", number, labelOf()))));
  const first = await startDispatcher();
  await eventually(async () => {
    const { num_ack_pending } = await world.consumer("EVENTS", "dispatcher");
    expect(num_ack_pending).toBe(32);
  }, 20_000);
  process.kill(first.pid, "SIGKILL");
  await first.exited;
  pace.answerMs = 0;
  const second = await startDispatcher();
  await world.consumed("dispatcher");
  await second.stop();
  for (const number of numbers) {
    const history = await world.history(issueAt({ owner: "acme", repo: "widgets", number }));
    expect(history.map(({ type }) => type)).toEqual(["ISSUE_LABELED", "ISSUE_APPROVED", "ISSUE_QUEUED"]);
  }
  const { state } = await world.manager.streams.info("WORK", { subjects_filter: "work.dev.>" });
  expect(Object.values(state.subjects ?? {})).toEqual(numbers.map(() => 1));
});
