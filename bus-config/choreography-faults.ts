import type { Row } from "#contracts/choreography.ts";
import type { EventDefinition } from "#contracts/event.ts";
import type { Role, Stack } from "#contracts/work.ts";

/** What the check needs to know of a row; wider than `Row`, so that a wrong one can be written down in a test. */
export type CheckedRow = Pick<Row, "claims" | "puts"> & {
  readonly consumes: readonly string[];
  readonly publishes: readonly string[];
};
/** What the check needs to know of an event. */
export type CheckedEvent = Pick<EventDefinition<never, never>, "emitter">;

/**
 * What is wrong with a choreography, one sentence each, saying what to do. Empty when it holds together: every
 * fact has the emitters that the catalogue promises, every fact heard is said, every work item has one taker.
 */
export function faultsOf(
  rows: Readonly<Record<string, CheckedRow>>,
  events: Readonly<Record<string, CheckedEvent>>,
): readonly string[] {
  const named = Object.entries(rows).map(([name, row]) => ({ name, ...row }));
  return [...unknownFacts(named, events), ...emitterFaults(named, events), ...repetitions(named), ...workFaults(named)];
}

type NamedRow = CheckedRow & { readonly name: string };

function unknownFacts(rows: readonly NamedRow[], events: Readonly<Record<string, CheckedEvent>>): readonly string[] {
  return rows.flatMap(({ name, consumes, publishes }) =>
    [...consumes, ...publishes]
      .filter((type) => !Object.hasOwn(events, type))
      .map(
        (type) =>
          `${name} names ${type}, which is not in the catalogue: define it in contracts/events/, or take it out of the row.`,
      ),
  );
}

function emitterFaults(rows: readonly NamedRow[], events: Readonly<Record<string, CheckedEvent>>): readonly string[] {
  return Object.entries(events).flatMap(([type, { emitter }]) => {
    const sayers = rows.filter(({ publishes }) => publishes.includes(type)).map(({ name }) => name);
    const hearers = rows.filter(({ consumes }) => consumes.includes(type)).map(({ name }) => name);
    if (sayers.length === 0 && hearers.length > 0) {
      return [
        `${hearers.join(", ")} waits for ${type}, which no service says: put it into the row of the service that says it.`,
      ];
    }
    if (sayers.length === 0)
      return [`No service says ${type}: put it into a row's publishes, or take it out of the catalogue.`];
    if (emitter === "one" && sayers.length > 1) {
      return [
        `${sayers.join(" and ")} both say ${type}, but one service says a fact: leave it in one row, or give the event emitter "each agent".`,
      ];
    }
    return [];
  });
}

function repetitions(rows: readonly NamedRow[]): readonly string[] {
  return rows.flatMap((row) =>
    (["consumes", "publishes", "puts"] as const).flatMap((list) =>
      repeated(row[list]).map((entry) => `${row.name} names ${entry} twice in ${list}: name it once.`),
    ),
  );
}

function workFaults(rows: readonly NamedRow[]): readonly string[] {
  const taken = rows.flatMap(({ name, claims }) => claims.map((claim) => ({ name, ...claim })));
  const roles = new Set<Role>(rows.flatMap(({ puts }) => puts));
  const nobodyTakes = [...roles]
    .filter((role) => !taken.some((claim) => claim.role === role))
    .map((role) => `${role} work is put and no service takes it: add a claim to a row, or nobody puts it.`);
  const nobodyPuts = taken
    .filter(({ role }) => !roles.has(role))
    .map(({ name, role }) => `${name} takes ${role} work, which no service puts: add ${role} to the puts of a row.`);
  const shared = repeated(taken.map(kindOfWork)).map((kind) => {
    const takers = taken.filter((claim) => kindOfWork(claim) === kind).map(({ name }) => name);
    return `${takers.join(" and ")} both take ${kind}: a work queue gives each subject to one consumer (10100); leave it in one row.`;
  });
  return [...nobodyTakes, ...nobodyPuts, ...shared];
}

function kindOfWork({ role, stack }: { role: Role; stack: Stack }): string {
  return `work.${role}.${stack}`;
}

function repeated(entries: readonly string[]): readonly string[] {
  return [...new Set(entries.filter((entry, at) => entries.indexOf(entry) !== at))];
}
