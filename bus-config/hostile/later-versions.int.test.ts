import { jetstream } from "@nats-io/jetstream";
import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { issueAt } from "#contracts/aggregates.ts";
import type { Consumes, ServiceName } from "#contracts/choreography.ts";
import { encodeFact } from "#contracts/envelope.ts";
import { aggregateOf, factSubject } from "#contracts/subjects.ts";
import { approvalOf, draftOf, emptyText, factOf, issueOf, labelOf } from "#contracts/test-facts.ts";
import { consumeFacts } from "#kit/consume/consume.ts";
import { load } from "#kit/facts/aggregate.ts";
import { eventually, startWorld, type World } from "#kit/test/test-world.ts";
import { letterHeader } from "../../deploy/operator/letter-header.ts";
import { replayTarget } from "../../deploy/operator/replay-target.ts";

// The key of dev-e publishes facts of a version from the future on its own subjects of many issues. Nobody may decide on those histories,
// and no other issue may wait for that.

let world: World;
beforeAll(async () => {
  world = await startWorld({ ackWaitMs: 60_000 });
});
afterAll(() => world.stop());

/** The issues that get a fact of a later version, and of these the ones that get one more fact, which everybody reads: somebody wants to decide then. */
const holed = Array.from({ length: 260 }, (_, at) => at + 1);
const woken = holed.slice(0, 30);
const honest = 1_000;

async function flood(): Promise<void> {
  const dev = await world.bus.connectAs("dev-e");
  const end = { claimId: "c", attempt: 1, prNumber: 1, headSha: "h", turns: 1, summary: emptyText };
  const fact = factOf("RUN_SUCCEEDED", end, { actor: "dev-e" });
  const publish = (number: number, version: number) => {
    const on = issueOf(number);
    return jetstream(dev).publish(factSubject(on, fact.type, fact.actor), encodeFact({ ...fact, on, version }));
  };
  await Promise.all(holed.map((number) => publish(number, fact.version + 7)));
  await Promise.all(woken.map((number) => publish(number, fact.version)));
}

/** Decides on the issue as the dispatcher does: an issue with a label is approved, and nothing else changes. */
const dispatch = ({ type, on }: Consumes<"dispatcher">) =>
  Effect.succeed([
    {
      on: issueAt(on),
      decide: () => ({
        facts: type === "ISSUE_LABELED" ? [draftOf("ISSUE_APPROVED", on.number, approvalOf())] : [],
        work: [],
      }),
    },
  ]);

/** The changes that the gate looked at. */
const evaluated: number[] = [];
const evaluate = ({ type, on }: Consumes<"merge-gate">) =>
  Effect.gen(function* () {
    if (on.kind === "fleet") return [];
    yield* load<"issue" | "pr">(on);
    if (type === "PR_OPENED") evaluated.push(on.number);
    return [];
  });

async function lettersOf(service: ServiceName): Promise<number> {
  const subject = `dlq.EVENTS.${service}`;
  return (await world.manager.streams.info("DLQ", { subjects_filter: subject })).state.subjects?.[subject] ?? 0;
}

test("260 issues on which nobody can decide, by one agent's key, hold up no other issue", async () => {
  await flood();
  const pr = { title: "t", author: "rig-dev-e[bot]", branch: "b", baseBranch: "main", headSha: "h", closes: [] };
  await world.publish("webhook", draftOf("ISSUE_LABELED", honest, labelOf()), draftOf("PR_OPENED", honest + 1, pr));
  world.start("dispatcher", consumeFacts("dispatcher", dispatch));
  world.start("merge-gate", consumeFacts("merge-gate", evaluate));
  await eventually(async () => {
    const history = await world.history(issueOf(honest));
    expect(history.map(({ type }) => type)).toEqual(["ISSUE_LABELED", "ISSUE_APPROVED"]);
    expect(evaluated).toEqual([honest + 1]);
  }, 30_000);
  for (const service of ["dispatcher", "merge-gate"] as const) {
    await eventually(async () => {
      const { num_pending, num_ack_pending: waiting } = await world.consumer("EVENTS", service);
      expect([num_pending, waiting + (await lettersOf(service))]).toEqual([0, holed.length + woken.length]);
      expect(waiting).toBeLessThanOrEqual(16);
    }, 30_000);
  }
  // Nothing was decided on the others.
  const { subjects } = (await world.manager.streams.info("EVENTS", { subjects_filter: "evt.*.*.*.*.ISSUE_APPROVED" }))
    .state;
  expect(Object.keys(subjects ?? {}).map(aggregateOf)).toEqual([
    aggregateOf(factSubject(issueOf(honest), "ISSUE_APPROVED", "dispatcher")),
  ]);
  const letter = await world.manager.streams.getMessage("DLQ", { last_by_subj: "dlq.EVENTS.dispatcher" });
  if (letter === null) throw new Error("no dead letter");
  expect(letterHeader(letter, "Rig-Reason")).toMatch(
    /has version \d+, this rig reads \d+: update the rig\. Until then/,
  );
  expect(await replayTarget(world.manager, letter)).toEqual({ subject: "redo.EVENTS.dispatcher" });
});
