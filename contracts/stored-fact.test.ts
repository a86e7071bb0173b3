import { Result } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogue, type FactType, factTypes } from "./catalogue.ts";
import { publishersOf, rowNames } from "./choreography.ts";
import { encodeFact, type Fact } from "./envelope.ts";
import { readFact } from "./stored-fact.ts";
import { factFilter, factSubject } from "./subjects.ts";
import { anyData, factOf } from "./test-facts.ts";

const subjectOf = ({ on, type, actor }: Fact) => factSubject(on, type, actor);
const publisherOf = (type: FactType) => publishersOf(type)[0] ?? "nobody";
/** A fact of any type with any data, from a row that publishes it. */
const anyFact = fc
  .constantFrom(...factTypes)
  .chain((type) => anyData(type).map((data) => factOf(type, data, { actor: publisherOf(type) }) as Fact));

function refusal(subject: string, payload: Uint8Array) {
  const read = readFact(subject, payload);
  if (Result.isSuccess(read)) throw new Error("was read");
  return read.failure;
}

test("every fact is read on its own subject", () => {
  const property = fc.property(anyFact, (fact) => {
    expect(readFact(subjectOf(fact), encodeFact(fact))).toMatchObject({ success: { type: fact.type, on: fact.on } });
  });
  fc.assert(property, { numRuns: 200 });
});

test("on the subject of another fact, every fact is foreign", () => {
  const property = fc.property(anyFact, anyFact, (fact, other) => {
    fc.pre(subjectOf(fact) !== subjectOf(other));
    expect(refusal(subjectOf(other), encodeFact(fact)).kind).toBe("foreign");
  });
  fc.assert(property, { numRuns: 200 });
});

test("a fact is foreign when its actor is no row that publishes it, whatever the subject says", () => {
  for (const type of factTypes) {
    for (const actor of rowNames.filter((name) => !publishersOf(type).includes(name))) {
      const [data] = fc.sample(anyData(type), { numRuns: 1, seed: 1 });
      if (data === undefined) throw new Error("no sample");
      const fact = factOf(type, data, { actor }) as Fact;
      expect(refusal(subjectOf(fact), encodeFact(fact)), type).toMatchObject({
        kind: "foreign",
        reason: `${actor} does not publish ${type}`,
      });
    }
  }
});

const merged = factOf("MERGED", { prNumber: 2, mergeSha: "c".repeat(40) }, { actor: "merge-gate" });
const failed = factOf(
  "RUN_FAILED",
  { claimId: "c", attempt: 1, class: "internal", retryable: true, reason: "no", details: null },
  { actor: "dev-e" },
);

describe("a forged message is foreign:", () => {
  test.each([
    ["MERGED where dev-e may publish RUN_FAILED", subjectOf(failed), encodeFact({ ...merged, on: failed.on })],
    ["a fact about another issue", subjectOf(failed).replace(".1.", ".2."), encodeFact(failed)],
    ["a fact in the name of another agent", subjectOf(failed).replace("dev-e", "dev-e-python"), encodeFact(failed)],
    ["an acknowledgement of the server", subjectOf(merged), new TextEncoder().encode('{"stream":"EVENTS","seq":7}')],
    ["an empty message", subjectOf(merged), new Uint8Array()],
  ])("%s", (_, subject, payload) => {
    expect(refusal(subject, payload).kind).toBe("foreign");
  });
});

describe("a fact that a later rig wrote is unsupported on its own subject and foreign on any other:", () => {
  const wire = JSON.parse(new TextDecoder().decode(encodeFact(failed))) as Record<string, unknown>;
  const bytes = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  const later = { ...wire, dataversion: catalogue.RUN_FAILED.version + 1 };
  const unknown = { ...wire, type: "RUN_PAUSED" };
  const place = factFilter("RUN_FAILED", "dev-e").replace("*.*.*", "acme.widgets.1");
  test.each([
    ["a later version", later, place, "unsupported"],
    ["a later version elsewhere", later, place.replace(".1.", ".2."), "foreign"],
    ["a later version in another name", later, place.replace("dev-e", "review-e"), "foreign"],
    ["an unknown type of one publisher", unknown, "evt.issue.acme.widgets.1.RUN_PAUSED", "unsupported"],
    ["an unknown type of several", unknown, "evt.issue.acme.widgets.1.RUN_PAUSED.dev-e", "unsupported"],
    ["an unknown type where a known one belongs", unknown, place, "foreign"],
  ])("%s", (_, value, subject, kind) => {
    expect(refusal(subject, bytes(value)).kind).toBe(kind);
  });
});

test("whatever the subject and the bytes are, reading throws nothing", () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array({ maxLength: 64 }), (subject, payload) =>
      Result.isFailure(readFact(subject, payload)),
    ),
  );
});
