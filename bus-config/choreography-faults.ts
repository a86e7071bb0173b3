import type { FactDefinition } from "#contracts/fact-definition.ts";
import { stacksOf } from "#contracts/work.ts";

/** What the check needs to know of a row; wider than `Row`, so that a wrong one can be written down in a test. */
export interface CheckedRow {
  readonly runs?: "person";
  readonly program?: string;
  readonly wakes?: readonly string[];
  readonly consumes: readonly string[];
  readonly publishes: readonly string[];
  readonly claims: readonly { readonly role: string; readonly stack: string }[];
  readonly enqueues: readonly string[];
}
/** What the check needs to know of a fact. */
export type CheckedFact = Pick<FactDefinition<never, never>, "emitter" | "pastPublishers">;

/**
 * What is wrong with a choreography, one sentence each, saying what to do. Empty when it holds together: every fact has the
 * publishers that the catalogue promises, every fact consumed is published, every kind of work that can be enqueued (`stacks` has
 * them by role) has one service that claims it, and a program that runs another row's service is of its kind.
 */
export function faultsOf(
  rows: Readonly<Record<string, CheckedRow>>,
  facts: Readonly<Record<string, CheckedFact>>,
  stacks: Readonly<Record<string, readonly string[]>> = stacksOf,
): readonly string[] {
  const named = Object.entries(rows).map(([name, row]) => ({ name, ...row }));
  return [
    ...unknownFacts(named, facts),
    ...publisherFaults(named, facts),
    ...repetitions(named),
    ...workFaults(named, stacks),
    ...programFaults(named),
  ];
}

type NamedRow = CheckedRow & { readonly name: string };

function unknownFacts(rows: readonly NamedRow[], facts: Readonly<Record<string, CheckedFact>>): readonly string[] {
  return rows.flatMap(({ name, consumes, publishes }) =>
    [...consumes, ...publishes]
      .filter((type) => !Object.hasOwn(facts, type))
      .map(
        (type) =>
          `${name} names ${type}, which is not in the catalogue: define it in contracts/events/, or take it out of the row.`,
      ),
  );
}

function publisherFaults(rows: readonly NamedRow[], facts: Readonly<Record<string, CheckedFact>>): readonly string[] {
  return Object.entries(facts).flatMap(([type, { emitter, pastPublishers }]) => {
    const publishers = rows.filter(({ publishes }) => publishes.includes(type)).map(({ name }) => name);
    const consumers = rows.filter((row) => waitsFor(row, type)).map(({ name }) => name);
    if (publishers.length === 0 && consumers.length > 0) {
      return [
        `${consumers.join(", ")} waits for ${type}, which no service publishes: put it into the row of the service that does.`,
      ];
    }
    if (publishers.length === 0)
      return [`No service publishes ${type}: put it into a row's publishes, or take it out of the catalogue.`];
    if (emitter === "one" && publishers.length > 1) {
      return [
        `${publishers.join(" and ")} both publish ${type}, but one service publishes a fact: leave it in one row, or give the fact the emitter "several".`,
      ];
    }
    return publishers
      .filter((name) => pastPublishers.includes(name))
      .map(
        (name) => `${name} publishes ${type} and is named among its past publishers: take it out of one of the two.`,
      );
  });
}

/** Ticks are consumed by `wakes`, every other fact by its name. */
function waitsFor({ consumes, wakes = [] }: NamedRow, type: string): boolean {
  return type === "TICK" ? wakes.length > 0 : consumes.includes(type);
}

function repetitions(rows: readonly NamedRow[]): readonly string[] {
  return rows.flatMap((row) =>
    (["wakes", "consumes", "publishes", "enqueues"] as const).flatMap((list) =>
      repeated(row[list] ?? []).map((entry) => `${row.name} names ${entry} twice in ${list}: name it once.`),
    ),
  );
}

function workFaults(rows: readonly NamedRow[], stacks: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const claimed = rows.flatMap(({ name, claims }) => claims.map((claim) => ({ name, ...claim })));
  const roles = new Set(rows.flatMap(({ enqueues }) => enqueues));
  const enqueued = [...roles].flatMap((role) => (stacks[role] ?? []).map((stack) => ({ role, stack })));
  const nobodyClaims = enqueued
    .filter((work) => !claimed.some((claim) => kindOfWork(claim) === kindOfWork(work)))
    .map(
      (work) =>
        `${kindOfWork(work)} is enqueued and no service claims it: add a claim to a row, or take the role out of enqueues or the stack out of contracts/work.ts.`,
    );
  const nobodyEnqueues = claimed
    .filter((claim) => !enqueued.some((work) => kindOfWork(work) === kindOfWork(claim)))
    .map(
      ({ name, ...claim }) =>
        `${name} claims ${kindOfWork(claim)}, which no service enqueues: add ${claim.role} to the enqueues of a row and the stack to contracts/work.ts, or take the claim out.`,
    );
  const shared = repeated(claimed.map(kindOfWork)).map((kind) => {
    const claimants = claimed.filter((claim) => kindOfWork(claim) === kind).map(({ name }) => name);
    return `${claimants.join(" and ")} both claim ${kind}: a work queue gives each subject to one consumer (10100); leave it in one row.`;
  });
  return [...nobodyClaims, ...nobodyEnqueues, ...shared];
}

/**
 * A program is that of a service which claims work: only such a `main.ts` makes a service of each name of its kind. It works for another row
 * only if that row claims the same roles and may publish all that the program's own row does.
 */
function programFaults(rows: readonly NamedRow[]): readonly string[] {
  return rows.flatMap((row) => {
    const { name, program, claims, publishes } = row;
    if (program === undefined) return [];
    const own = rows.find((each) => each.name === program);
    const isMaker = own?.runs !== "person" && own?.program === undefined && own?.claims.length !== 0;
    if (row.runs === "person" || !isMaker) {
      return [
        `${name} cannot be run by the program of ${program}: only a service can, by that of another service that claims work and has a main.ts of its own.`,
      ];
    }
    const claimsAlike = own?.claims.every(({ role }) => claims.some((claim) => claim.role === role)) ?? false;
    const publishesAlike = own?.publishes.every((type) => publishes.includes(type)) ?? false;
    if (claimsAlike && publishesAlike) return [];
    return [
      `${name} cannot be run by the program of ${program}: give it the roles that ${program} claims and all that ${program} publishes, or a main.ts of its own.`,
    ];
  });
}

function kindOfWork({ role, stack }: { readonly role: string; readonly stack: string }): string {
  return `work.${role}.${stack}`;
}

function repeated(entries: readonly string[]): readonly string[] {
  return [...new Set(entries.filter((entry, at) => entries.indexOf(entry) !== at))];
}
