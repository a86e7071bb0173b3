import { describe, expect, test } from "vitest";
import { encodeFact } from "#contracts/envelope.ts";
import { factSubject } from "#contracts/subjects.ts";
import { factOf } from "#contracts/test-facts.ts";
import { isForeign, parkedFindings } from "./parked.ts";

const fact = factOf("MERGED", { prNumber: 2, mergeSha: "c".repeat(40) }, { actor: "merge-gate" });
const subject = factSubject(fact.on, fact.type, fact.actor);
const plain = new TextDecoder().decode(encodeFact(fact));

describe("a parked message is no fact", () => {
  test.each([
    ["that is no JSON", { subject, reason: "not JSON: Unexpected token", payload: "junk" }],
    ["whose text Postgres could not keep as it is", { subject, reason: "not JSON: invalid utf-8", payload: plain }],
    ["with another subject", { subject: `${subject}.x`, reason: "its envelope says …", payload: plain }],
  ])("%s", (_what, parked) => {
    expect(isForeign({ ...parked, sequence: "7" })).toBe(true);
  });
});

describe("a parked message is a fact", () => {
  const later = JSON.stringify({ ...JSON.parse(plain), dataversion: 99 });
  test.each([
    ["of a later version", { reason: "MERGED has version 99, this rig reads 1: update the rig", payload: later }],
    ["that this rig reads since its update", { reason: "MERGED has version 1: update the rig", payload: plain }],
    ["whose data Postgres refuses", { reason: "Postgres refuses it: out of range", payload: plain }],
  ])("%s", (_what, parked) => {
    expect(isForeign({ ...parked, sequence: "7", subject })).toBe(false);
  });
});

const facts = { count: 2, first: { sequence: "3", subject, reason: "MERGED has version 99" } };
const foreign = { count: 5, last: { sequence: "9", subject, reason: "not JSON: junk" } };

test("messages that are no facts are shown and leave doctor well; the newest is named with its subject", () => {
  expect(parkedFindings({ facts: { count: 0 }, foreign })).toEqual([
    {
      ...{ part: "read model", state: "look" },
      seen: `5 messages are no facts, the newest: 9 on ${subject}: not JSON: junk`,
      mend: expect.stringContaining("nothing waits for them"),
    },
  ]);
});

test("facts that could not be read are ill, also beside messages that are no facts", () => {
  expect(parkedFindings({ facts, foreign })).toMatchObject([
    { state: "ill", seen: "2 facts could not be read, the first: 3 MERGED has version 99" },
    { state: "look" },
  ]);
  expect(parkedFindings({ facts: { count: 0 }, foreign: { count: 0 } })).toEqual([]);
});
