import { Effect, Layer, Logger } from "effect";
import { expect, test } from "vitest";
import { baseTopic, foldLine } from "#contracts/base-line.ts";
import type { DataOf, FactType } from "#contracts/catalogue.ts";
import { factOf } from "#contracts/test-facts.ts";
import { Bus } from "#kit/bus/bus.ts";
import { memoryBus } from "#kit/bus/test-memory-bus.ts";
import { load, outgoing } from "#kit/facts/aggregate.ts";
import { playedGitHub } from "#kit/test/test-github.ts";
import { wakeLine } from "./line.ts";

// Which of those that wait for a turn are looked at once another one gave it back, with a GitHub that is played and a bus in memory.

const server = playedGitHub("merge-gate");
const now = new Date().toISOString();
const base = (baseSha: string) => ({ owner: "acme", repo: "shop", branch: "main", baseSha });
const waits = (prNumber: number) => ({ prNumber, issueNumber: prNumber, approvedAt: `2026-01-01T10:0${prNumber}:00Z` });

const tell = <Type extends FactType>(type: Type, data: DataOf<Type> & { readonly baseSha: string }) =>
  Effect.flatMap(Bus, (bus) => {
    const id = JSON.stringify([type, data]);
    const fact = { ...factOf(type, data, { occurredAt: now, id }), on: baseTopic(base(data.baseSha)) };
    return Effect.orDie(bus.publish(outgoing(fact as Parameters<typeof outgoing>[0])));
  });
const claim = (baseSha: string, prNumber: number) =>
  tell("BASE_CLAIMED", { ...base(baseSha), ...waits(prNumber), headSha: "h", to: "test" });

const last = { ...base("b1"), prNumber: 9, reason: "" };

/** Who is looked at, and who waits where, once the turn at `b1` is over while the branch has `newest`; each look does so. */
function wake(mergeSha: string | null, newest: string, look: (prNumber: number) => ReturnType<typeof claim>) {
  server.play(() => ({ body: { name: "main", commit: { sha: newest } } }));
  const looked: number[] = [];
  const program = Effect.gen(function* () {
    for (const each of [1, 2, 3]) yield* tell("BASE_AWAITED", { ...base("b1"), ...waits(each) });
    yield* wakeLine(factOf("BASE_RELEASED", { ...last, mergeSha }), ({ number }) => {
      looked.push(number);
      return look(number);
    });
    const { waiting } = foldLine((yield* load(baseTopic(base(newest)))).facts);
    return { looked, waiting: waiting.map(({ prNumber }) => prNumber) };
  });
  return server.run(Effect.provide(program, Layer.merge(memoryBus, Logger.layer([]))));
}

test("once one has the turn at the newest commit the others wait there without a look, also where a push made that commit", async () => {
  const behind = { looked: [1], waiting: [2, 3] };
  expect(await wake("b2", "b2", (number) => claim("b2", number))).toEqual(behind);
  expect(await wake(null, "b2", (number) => claim("b2", number))).toEqual(behind);
});
