import { expect, test } from "vitest";
import { catalogue } from "#contracts/catalogue.ts";
import { choreography } from "#contracts/choreography.ts";
import { type CheckedRow, faultsOf } from "./choreography-faults.ts";

const silent: CheckedRow = { consumes: [], publishes: [], claims: [], puts: [] };
const one = { emitter: "one" } as const;
const each = { emitter: "each agent" } as const;

test("the choreography holds together", () => {
  expect(faultsOf(choreography, catalogue)).toEqual([]);
});

test("a fact that two services say is refused, with both names", () => {
  const rows = { red: { ...silent, publishes: ["DONE"] }, blue: { ...silent, publishes: ["DONE"] } };
  expect(faultsOf(rows, { DONE: one })).toEqual([
    'red and blue both say DONE, but one service says a fact: leave it in one row, or give the event emitter "each agent".',
  ]);
});

test("a fact of agents may be said by each of them", () => {
  const rows = { red: { ...silent, publishes: ["SPENT"] }, blue: { ...silent, publishes: ["SPENT"] } };
  expect(faultsOf(rows, { SPENT: each })).toEqual([]);
});

test("a fact that nobody says is refused", () => {
  expect(faultsOf({ red: silent }, { DONE: one })).toEqual([
    "No service says DONE: put it into a row's publishes, or take it out of the catalogue.",
  ]);
});

test("a fact that a service waits for and nobody says is refused, with who waits", () => {
  expect(faultsOf({ red: { ...silent, consumes: ["DONE"] } }, { DONE: one })).toEqual([
    "red waits for DONE, which no service says: put it into the row of the service that says it.",
  ]);
});

test("a fact outside the catalogue is refused", () => {
  expect(faultsOf({ red: { ...silent, publishes: ["DNOE"] } }, {})).toEqual([
    "red names DNOE, which is not in the catalogue: define it in contracts/events/, or take it out of the row.",
  ]);
});

test("a fact named twice in a row is refused", () => {
  expect(faultsOf({ red: { ...silent, publishes: ["DONE", "DONE"] } }, { DONE: one })).toEqual([
    "red names DONE twice in publishes: name it once.",
  ]);
});

test("work that nobody takes, and work that nobody puts, are refused", () => {
  const rows = {
    red: { ...silent, puts: ["dev"] as const },
    blue: { ...silent, claims: [{ role: "review", stack: "any" }] as const },
  };
  expect(faultsOf(rows, {})).toEqual([
    "dev work is put and no service takes it: add a claim to a row, or nobody puts it.",
    "blue takes review work, which no service puts: add review to the puts of a row.",
  ]);
});

test("work that two services take is refused, because their filters would overlap", () => {
  const claims = [{ role: "dev", stack: "node" }] as const;
  const rows = { red: { ...silent, claims, puts: ["dev"] as const }, blue: { ...silent, claims } };
  expect(faultsOf(rows, {})).toEqual([
    "red and blue both take work.dev.node: a work queue gives each subject to one consumer (10100); leave it in one row.",
  ]);
});
