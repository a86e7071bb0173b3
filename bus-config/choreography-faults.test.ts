import { expect, test } from "vitest";
import { catalogue } from "#contracts/catalogue.ts";
import { choreography } from "#contracts/choreography.ts";
import { type CheckedRow, faultsOf } from "./choreography-faults.ts";

const silent: CheckedRow = { consumes: [], publishes: [], claims: [], enqueues: [] };
const one = { emitter: "one" } as const;
const each = { emitter: "each agent" } as const;

test("the choreography holds together", () => {
  expect(faultsOf(choreography, catalogue)).toEqual([]);
});

test("a fact that two services publish is refused, with both names", () => {
  const rows = { red: { ...silent, publishes: ["DONE"] }, blue: { ...silent, publishes: ["DONE"] } };
  expect(faultsOf(rows, { DONE: one })).toEqual([
    'red and blue both publish DONE, but one service publishes a fact: leave it in one row, or give the fact the emitter "each agent".',
  ]);
});

test("a fact of agents may be published by each of them", () => {
  const rows = { red: { ...silent, publishes: ["SPENT"] }, blue: { ...silent, publishes: ["SPENT"] } };
  expect(faultsOf(rows, { SPENT: each })).toEqual([]);
});

test("a fact that nobody publishes is refused", () => {
  expect(faultsOf({ red: silent }, { DONE: one })).toEqual([
    "No service publishes DONE: put it into a row's publishes, or take it out of the catalogue.",
  ]);
});

test("a fact that a service waits for and nobody publishes is refused, with who waits", () => {
  expect(faultsOf({ red: { ...silent, consumes: ["DONE"] } }, { DONE: one })).toEqual([
    "red waits for DONE, which no service publishes: put it into the row of the service that does.",
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

test("work that nobody claims, and work that nobody enqueues, are refused", () => {
  const rows = {
    red: { ...silent, enqueues: ["dev"] as const },
    blue: { ...silent, claims: [{ role: "review", stack: "any" }] as const },
  };
  expect(faultsOf(rows, {})).toEqual([
    "dev work is enqueued and no service claims it: add a claim to a row, or take it out of enqueues.",
    "blue claims review work, which no service enqueues: add review to the enqueues of a row.",
  ]);
});

test("work that two services claim is refused, because their filters would overlap", () => {
  const claims = [{ role: "dev", stack: "node" }] as const;
  const rows = { red: { ...silent, claims, enqueues: ["dev"] as const }, blue: { ...silent, claims } };
  expect(faultsOf(rows, {})).toEqual([
    "red and blue both claim work.dev.node: a work queue gives each subject to one consumer (10100); leave it in one row.",
  ]);
});
