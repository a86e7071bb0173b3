import { Result, Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogue, type FactType, factTypes, isFactType } from "./catalogue.ts";
import { decodeFact, encodeFact, envelopeSchema, type Fact, parseJson } from "./envelope.ts";
import { anyData, factOf } from "./test-facts.ts";

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const plain = factOf("ISSUE_NEEDS_HUMAN", { reason: "it is stuck", details: null }, { agentId: "dev-e" });
const wire = () => JSON.parse(new TextDecoder().decode(encodeFact(plain))) as Record<string, unknown>;

/** The reason why the bytes are refused. */
function refusal(payload: Uint8Array): string {
  const decoded = decodeFact(payload);
  if (Result.isSuccess(decoded)) throw new Error("was decoded");
  return decoded.failure.reason;
}

test.each(factTypes)("%s is decoded as it was encoded, whatever its data", (type: FactType) => {
  const property = fc.property(anyData(type), fc.option(fc.string(), { nil: undefined }), (data, agentId) => {
    const fact = factOf(type, data, agentId === undefined ? {} : { agentId });
    const decoded = decodeFact(encodeFact(fact));
    expect(decoded).toMatchObject({ _tag: "Success" });
    // JSON has no negative zero and no undefined, so both are compared as JSON.
    expect(JSON.stringify(sorted(Result.getOrThrow(decoded)))).toBe(JSON.stringify(sorted(fact)));
  });
  fc.assert(property, { numRuns: 25 });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}

test("a fact is stored as a CloudEvent 1.0 in structured mode", () => {
  expect(wire()).toEqual({
    specversion: "1.0",
    id: plain.id,
    source: "/rig/dispatcher",
    type: "ISSUE_NEEDS_HUMAN",
    subject: "acme/widgets#1",
    time: "2026-01-02T03:04:05.000Z",
    datacontenttype: "application/json",
    dataversion: 2,
    actor: "dispatcher",
    aggregate: "issue",
    owner: "acme",
    repo: "widgets",
    number: 1,
    agentid: "dev-e",
    correlationid: "delivery-1",
    causationid: "delivery-1",
    traceparent: plain.traceparent,
    data: { reason: "it is stuck", details: null },
  });
});

test("the attributes that CloudEvents demands are there, and all are lower-case letters and digits", () => {
  const names = Object.keys(envelopeSchema.fields);
  expect(names).toEqual(expect.arrayContaining(["specversion", "id", "source", "type"]));
  for (const name of names) expect(name).toMatch(/^[a-z0-9]+$/);
});

describe("bytes that are no fact of this rig are refused with a reason", () => {
  test.each<[string, () => Uint8Array, RegExp]>([
    ["no UTF-8", () => Uint8Array.from([0x7b, 0xff, 0x7d]), /^not JSON: /],
    ["no JSON", () => bytes("{"), /^not JSON: /],
    ["nothing at all", () => bytes(""), /^not JSON: /],
    ["JSON that is no object", () => bytes("7"), /^not a rig envelope: /],
    ["another version of CloudEvents", () => bytes({ ...wire(), specversion: "0.3" }), /^not a rig envelope: .*specv/s],
    ["an empty id", () => bytes({ ...wire(), id: "" }), /^not a rig envelope: .*id/s],
    ["a number that is no integer", () => bytes({ ...wire(), number: 1.5 }), /^not a rig envelope: .*number/s],
    ["an unknown history", () => bytes({ ...wire(), aggregate: "epic" }), /^not a rig envelope: .*aggregate/s],
    [
      "an unknown type",
      () => bytes({ ...wire(), type: "ISSUE_PAINTED" }),
      /unknown fact type ISSUE_PAINTED: update the rig/,
    ],
    ["a name that every object has", () => bytes({ ...wire(), type: "toString" }), /unknown fact type toString/],
    ["another history's fact", () => bytes({ ...wire(), aggregate: "pr" }), /belongs to issue, not to pr/],
    ["a later version", () => bytes({ ...wire(), dataversion: 3 }), /has version 3, this rig reads 2: update the rig/],
    ["an earlier version", () => bytes({ ...wire(), dataversion: 1 }), /has version 1, this rig reads 2/],
    ["wrong data", () => bytes({ ...wire(), data: { reason: 1 } }), /ISSUE_NEEDS_HUMAN has wrong data: .*reason/s],
    ["no data", () => bytes({ ...wire(), data: undefined }), /^not a rig envelope: .*data/s],
  ])("%s", (_, payload, reason) => {
    expect(refusal(payload())).toMatch(reason);
  });

  test("whatever the bytes are, decoding throws nothing", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (payload) => Result.isFailure(decodeFact(payload))));
    fc.assert(fc.property(fc.json(), (text) => Result.isFailure(decodeFact(bytes(text)))));
  });
});

test("keys that this rig does not know are dropped, in the envelope and in the data", () => {
  const decoded = decodeFact(
    bytes({ ...wire(), partitionkey: "p", data: { reason: "it is stuck", details: null, mood: "sad" } }),
  );
  expect(Result.getOrThrow(decoded)).toEqual(plain);
});

test("JSON is parsed as strict UTF-8", () => {
  expect(Result.getOrThrow(parseJson(bytes({ title: "Ærø 🚲" })))).toEqual({ title: "Ærø 🚲" });
  expect(parseJson(Uint8Array.from([0x22, 0xc3, 0x22]))).toMatchObject({ failure: { _tag: "Undecodable" } });
});

test("every fact of the catalogue has a description in a sentence and a version from 1", () => {
  for (const type of factTypes) {
    expect(isFactType(type)).toBe(true);
    expect(type).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$|^(MERGED|TICK|RECONCILED)$/);
    expect(catalogue[type].description).toMatch(/^[A-Z].*\.$/);
    expect(catalogue[type].version).toBeGreaterThanOrEqual(1);
  }
  expect(isFactType("hasOwnProperty")).toBe(false);
});

test("a number that JSON cannot carry is no valid data", () => {
  const data = { prNumber: 1, mergeSha: "m", durationMinutes: Number.NaN };
  expect(Schema.is(catalogue.ISSUE_DONE.data)(data)).toBe(false);
  const fact: Fact = factOf("ISSUE_DONE", { ...data, durationMinutes: 1.25 });
  expect(Result.getOrThrow(decodeFact(encodeFact(fact))).data).toEqual({ ...data, durationMinutes: 1.25 });
});
