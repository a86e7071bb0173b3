import fc from "fast-check";
import type { AggregateRef } from "#contracts/aggregates.ts";
import { catalogue, type FactType, factTypes } from "#contracts/catalogue.ts";
import { rowNames, rowOf, type ServiceName } from "#contracts/choreography.ts";
import { encodeFact, type Fact } from "#contracts/envelope.ts";
import { factSubject } from "#contracts/subjects.ts";
import { anyData, factOf, withKnown } from "#contracts/test-facts.ts";
import { type Scene, type Slot, slots } from "./test-stage.ts";
import { type Attack, anyBlock, anyHeaders, anyReply, bytes, nth, often, publish, type Wire } from "./test-wire.ts";

const anyRow = fc.constantFrom(...rowNames);
const anySlot = fc.constantFrom(...slots);
/** The places at which facts of one kind mean something, most of the time. */
const slotFor = (kind: AggregateRef["kind"]) =>
  fc.oneof(
    {
      weight: 5,
      arbitrary:
        kind === "pr"
          ? fc.constantFrom<Slot[]>("change", "reviewing")
          : fc.constantFrom<Slot[]>("queued", "held", "reviewed", "settled"),
    },
    anySlot,
  );

/** A fact of any type about any place, under any subject of a fact, in any name, whole or broken. */
export function factAttack(attacker: ServiceName): fc.Arbitrary<Attack> {
  const { publishes } = rowOf(attacker);
  const own = publishes.length === 0 ? factTypes : publishes;
  const type = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...own) }, fc.constantFrom(...factTypes));
  return type.chain((chosen) =>
    fc
      .record({
        data: anyData(chosen),
        ours: claimData(attacker),
        slot: slotFor(catalogue[chosen].of),
        subjectType: often<FactType | null>(null, 3, fc.constantFrom(...own)),
        subjectSlot: often<Slot | null>(null, 5, anySlot),
        emitter: often<string>(attacker, 3, anyRow),
        actor: often<string>(attacker, 2, anyRow),
        later: often(0, 8, fc.constantFrom(1, -1)),
        broken: often<(payload: Uint8Array) => Uint8Array>((payload) => payload, 6, damage),
        headers: anyHeaders,
        block: anyBlock,
        reply: anyReply,
      })
      .map((made) => (scene: Scene): Wire => {
        // A fact of a later version stops the decisions on its issue, which is promised to nobody: the answer of the run has to come.
        const slot = made.later !== 0 && made.slot === "probe" ? "queued" : made.slot;
        const on = placeOf(catalogue[chosen].of, scene.numbers[slot]);
        const data = withKnown(made.data, made.ours(scene));
        const fact = { ...factOf(chosen, data, { actor: made.actor, id: scene.nextId }), on };
        const payload = encodeFact({ ...fact, version: fact.version + made.later } as Fact);
        const under = made.subjectType ?? chosen;
        const subjectSlot = made.later !== 0 ? slot : (made.subjectSlot ?? slot);
        const subjectOn = placeOf(catalogue[under].of, scene.numbers[subjectSlot]);
        const subject = factSubject(subjectOn, under, made.emitter);
        const wire = publish(subject, made.broken(payload), made.headers, made.reply)(scene);
        return made.block === null ? wire : { ...wire, block: made.block };
      }),
  );
}

/** What a fact says about claims, changes and heads: what stands in the histories, and what the attacker makes up. */
function claimData(attacker: ServiceName) {
  return fc
    .record({
      claim: fc.nat(),
      epoch: fc.constantFrom(0, 1, 2, 3, Number.MAX_SAFE_INTEGER),
      agentId: often<string>(attacker, 3, anyRow),
      attempt: fc.constantFrom(0, 1, 1, 1, 2),
      head: often(true, 3, fc.constant(false)),
      slot: anySlot,
    })
    .map(({ claim, epoch, agentId, attempt, head, slot }) => (scene: Scene) => ({
      claimId: nth([...scene.claimIds, "mine-1", "mine-2"], claim),
      epoch,
      agentId,
      attempt,
      headSha: head ? scene.headSha : "0".repeat(40),
      prNumber: scene.numbers[slot],
    }));
}

const damage = fc.constantFrom<((payload: Uint8Array) => Uint8Array)[]>(
  (payload) => payload.subarray(0, payload.length - 3),
  (payload) => Uint8Array.of(0xff, ...payload),
  () => new Uint8Array(),
  () => bytes("{}"),
  // 300 KB of blanks behind a whole fact, and more than a stream takes.
  (payload) => Buffer.concat([payload, Buffer.alloc(300_000, " ")]),
  (payload) => Buffer.concat([payload, Buffer.alloc(1_100_000, " ")]),
);

function placeOf(kind: AggregateRef["kind"], number: number): AggregateRef {
  if (kind === "fleet") return { kind, topic: "pauses" };
  if (kind === "tick") return { kind, topic: "minute" };
  return { kind, owner: "acme", repo: "widgets", number };
}
