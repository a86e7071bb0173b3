import { expect, test } from "vitest";
import { catalogue } from "#contracts/catalogue.ts";
import { choreography } from "#contracts/choreography.ts";
import { type CheckedRow, faultsOf } from "./choreography-faults.ts";

const silent: CheckedRow = { consumes: [], publishes: [], claims: [], enqueues: [] };
const one = { emitter: "one", pastPublishers: [] } as const;
const several = { emitter: "several", pastPublishers: [] } as const;

test("the choreography holds together", () => {
  expect(faultsOf(choreography, catalogue)).toEqual([]);
});

test("a fact that two services publish is refused, with both names", () => {
  const rows = { red: { ...silent, publishes: ["DONE"] }, blue: { ...silent, publishes: ["DONE"] } };
  expect(faultsOf(rows, { DONE: one })).toEqual([
    'red and blue both publish DONE, but one service publishes a fact: leave it in one row, or give the fact the emitter "several".',
  ]);
});

test("a fact of agents may be published by each of them", () => {
  const rows = { red: { ...silent, publishes: ["SPENT"] }, blue: { ...silent, publishes: ["SPENT"] } };
  expect(faultsOf(rows, { SPENT: several })).toEqual([]);
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

test("a service that ticks wake waits for TICK", () => {
  const rows = { red: { ...silent, wakes: ["minute"] }, clock: { ...silent, publishes: ["TICK"] } };
  expect(faultsOf(rows, { TICK: one })).toEqual([]);
  expect(faultsOf({ red: rows.red }, { TICK: one })).toEqual([
    "red waits for TICK, which no service publishes: put it into the row of the service that does.",
  ]);
});

test("a schedule named twice in a row is refused, because the server refuses filters that overlap", () => {
  const rows = { red: { ...silent, wakes: ["minute", "minute"] } };
  expect(faultsOf(rows, {})).toEqual(["red names minute twice in wakes: name it once."]);
});

test("a fact named twice in a row is refused", () => {
  expect(faultsOf({ red: { ...silent, publishes: ["DONE", "DONE"] } }, { DONE: one })).toEqual([
    "red names DONE twice in publishes: name it once.",
  ]);
});

test("a service that publishes a fact again is no past publisher of it", () => {
  const moved = { ...one, pastPublishers: ["red"] };
  expect(faultsOf({ blue: { ...silent, publishes: ["DONE"] } }, { DONE: moved })).toEqual([]);
  expect(faultsOf({ red: { ...silent, publishes: ["DONE"] } }, { DONE: moved })).toEqual([
    "red publishes DONE and is named among its past publishers: take it out of one of the two.",
  ]);
});

test("a stack that no row claims is refused, and so is a claim on work that nobody enqueues", () => {
  const rows = {
    red: { ...silent, enqueues: ["dev"], claims: [{ role: "dev", stack: "node" }] },
    blue: { ...silent, claims: [{ role: "review", stack: "any" }] },
  };
  expect(faultsOf(rows, {}, { dev: ["node", "python"], review: ["any"] })).toEqual([
    "work.dev.python is enqueued and no service claims it: add a claim to a row, or take the role out of enqueues or the stack out of contracts/work.ts.",
    "blue claims work.review.any, which no service enqueues: add review to the enqueues of a row and the stack to contracts/work.ts, or take the claim out.",
  ]);
});

test("a second service of one kind, for another stack, is no fault", () => {
  const second = { ...choreography["dev-e"], program: "dev-e", claims: [{ role: "dev", stack: "python" }] };
  const stacks = { dev: ["node", "python"], review: ["any"] };
  expect(faultsOf({ ...choreography, "dev-e-python": second }, catalogue, stacks)).toEqual([]);
});

test.each([
  ["of another role", { claims: [{ role: "review", stack: "any" }] }],
  ["that publishes less", { publishes: ["ISSUE_ASSIGNED"] }],
  ["whose program has no row", { program: "dev-f" }],
])("a row %s is refused another row's program", (_, wrong) => {
  const own = { ...silent, claims: [{ role: "dev", stack: "node" }], publishes: ["ISSUE_ASSIGNED", "RUN_FAILED"] };
  const second = { ...own, program: "dev-e", claims: [{ role: "dev", stack: "python" }], ...wrong };
  const refused = `second cannot be run by the program of ${second.program}`;
  expect(faultsOf({ "dev-e": own, second }, {}).filter((fault) => fault.startsWith(refused))).toHaveLength(1);
});

test.each<[string, Partial<CheckedRow>, Partial<CheckedRow>]>([
  ["that claims nothing, such as a projection or a gate", {}, { claims: [] }],
  ["that another program runs", {}, { program: "dev-f" }],
  ["of a person", {}, { runs: "person" }],
  ["that a person would run", { runs: "person" }, {}],
])("no row names the program of a row %s", (_, more, wrong) => {
  const like = { ...silent, claims: [{ role: "dev", stack: "node" }], publishes: ["ISSUE_ASSIGNED"] };
  const rows = { "dev-e": { ...like, ...wrong }, "dev-f": like, second: { ...like, program: "dev-e", ...more } };
  expect(faultsOf(rows, {}).filter((fault) => fault.startsWith("second cannot be run"))).toEqual([
    "second cannot be run by the program of dev-e: only a service can, by that of another service that claims work and has a main.ts of its own.",
  ]);
});

test("a row that names itself as its program is refused", () => {
  const own = { ...silent, claims: [{ role: "dev", stack: "node" }], program: "dev-e" };
  expect(faultsOf({ "dev-e": own }, {})).toContainEqual(
    expect.stringContaining("dev-e cannot be run by the program of dev-e: only a service can"),
  );
});

test("work that two services claim is refused, because their filters would overlap", () => {
  const claims = [{ role: "dev", stack: "node" }];
  const rows = { red: { ...silent, claims, enqueues: ["dev"] }, blue: { ...silent, claims } };
  expect(faultsOf(rows, {}, { dev: ["node"] })).toEqual([
    "red and blue both claim work.dev.node: a work queue gives each subject to one consumer (10100); leave it in one row.",
  ]);
});
