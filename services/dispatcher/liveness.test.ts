import fc from "fast-check";
import { expect, test } from "vitest";
import { actors, LiveRig, type Step, type Story } from "./test-liveness.ts";
import { type Deed, deeds } from "./test-liveness-forge.ts";

// `npm test` plays a fixed spread of stories. LIVENESS_RUNS plays as many others, with a seed that is printed; SEED repeats one.

const { LIVENESS_RUNS, SEED } = process.env;
const numRuns = Number(LIVENESS_RUNS ?? 4_000);
// 11: its 4,000 stories notice a head that came back and is not fixed, or not reviewed, again; an opening of which only an edit is told; what
// was told before the opening; and the end of a run whose head was replaced untold. With other seeds they miss some of these.
const seed = Number(SEED ?? (LIVENESS_RUNS === undefined ? 11 : Date.now() % 2 ** 31));

const who = fc.oneof(
  ...Object.entries(actors).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name as Step[0]) })),
);
const step: fc.Arbitrary<Step> = fc.tuple(who, fc.oneof(fc.constant(0), fc.nat(999)));
const story = (reconciler: Story["reconciler"]) =>
  fc.record<Story>({
    lost: fc.option(fc.oneof(fc.constant(0), fc.nat(9)), { freq: 4 }),
    done: fc.subarray(Object.keys(deeds) as Deed[], { minLength: 1, maxLength: 3 }),
    steps: fc.array(step, { maxLength: 120, size: "max" }),
    reconciler: fc.constant(reconciler),
  });
const endsWell = (reconciler: Story["reconciler"]) =>
  fc.property(story(reconciler), (told) => {
    expect(new LiveRig(told).play()).toBeNull();
  });

test(`no issue hangs without a person being told of it, with one delivery lost and the others late (seed ${seed})`, {
  timeout: 10_000 + numRuns * 20,
}, () => {
  fc.assert(endsWell("works"), { numRuns, seed });
});

test("while the reconciler stands still, a lost delivery hangs an issue: the stories can tell", () => {
  expect(fc.check(endsWell("stands still"), { numRuns: 200, seed, endOnFailure: true }).failed).toBe(true);
});
