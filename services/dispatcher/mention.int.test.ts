import { Effect, Result } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { labelOf } from "#contracts/test-facts.ts";
import { Bus } from "#kit/bus/bus.ts";
import { type ForgeWorld, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { decodeWork } from "#kit/work/enqueue.ts";
import type { ForgeUser } from "../../deploy/local/forge/forge.ts";
import { coder, person, reviewer, stranger, triager } from "../../deploy/local/forge/test-forge.ts";
import dispatcher from "./main.ts";

// The whole service on a real nats-server with its own permissions, and on the local forge.

const at = { owner: "acme", repo: "shop" };
let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld();
  world.startService(dispatcher);
});
afterAll(() => world.stop());

const as = (user: ForgeUser) => world.forge.octokitOf(user).rest;
const consumed = () => world.consumed("dispatcher");

/** The work for Dev-E that waits. */
async function waiting() {
  const reading = Effect.flatMap(Bus, (bus) => bus.read("WORK", "work.dev.>"));
  const stored = await world.as("admin", reading);
  return stored.map(({ subject, payload }) => Result.getOrThrow(decodeWork(subject, payload)));
}

test("of those who mention the agent on its pull request, only a person who may write makes it work", async () => {
  const title = "Talked about";
  const { number } = (await as(person).issues.create({ ...at, title, labels: ["agent-ready"] })).data;
  const branch = `feature/issue-${number}`;
  const headSha = await world.forge.push(coder, branch, { "talked.js": "export const talked = 1;\n" });
  const pull = (await as(coder).pulls.create({ ...at, title: "Talked", head: branch, base: "main" })).data;
  const [on, pr] = [{ ...at, kind: "issue", number } as const, { ...at, kind: "pr", number: pull.number } as const];
  await world.publishAll({ type: "ISSUE_LABELED", on, data: labelOf({ title, sender: person.login }) });
  await consumed();
  const claim = { claimId: "c1", epoch: 1, agentId: "dev-e" };
  const change = { title: "Talked", author: coder.login, branch, baseBranch: "main", headSha, closes: [number] };
  const ended = { claimId: "c1", attempt: 1, prNumber: pr.number, headSha, turns: 1, summary: { text: "done" } };
  await world.publishAll(
    { type: "ISSUE_ASSIGNED", on, data: { ...claim, instanceId: "i", attempt: 1 } },
    { type: "PR_CREATED", on, data: { ...claim, prNumber: pr.number, prUrl: "", branch } },
    { type: "PR_OPENED", on: pr, data: change },
    { type: "RUN_SUCCEEDED", on, data: ended },
  );
  await consumed();
  // The agent has done its item: the queue takes one item of an issue at a time.
  await world.manager.streams.purge("WORK");
  const mention = async (user: ForgeUser) => {
    const body = "@dev-e please rename it";
    const { data } = await as(user).issues.createComment({ ...at, issue_number: pr.number, body });
    const written = { commentId: data.id, author: user.login, action: "created", body: { text: body } } as const;
    await world.publishAll({ type: "PR_COMMENTED", on: pr, data: { ...written, where: "conversation" } });
    await consumed();
    return waiting();
  };
  for (const user of [stranger, triager, reviewer]) expect(await mention(user)).toEqual([]);
  const reason = `${person.login} mentioned the agent`;
  expect(await mention(person)).toMatchObject([{ task: "fix", prNumber: pr.number, headSha, reason }]);
});
