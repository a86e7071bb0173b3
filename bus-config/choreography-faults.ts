import type { Row } from "#contracts/choreography.ts";
import type { FactDefinition } from "#contracts/fact-definition.ts";
import type { Role, Stack } from "#contracts/work.ts";

/** What the check needs to know of a row; wider than `Row`, so that a wrong one can be written down in a test. */
export type CheckedRow = Pick<Row, "claims" | "enqueues"> & {
  readonly consumes: readonly string[];
  readonly publishes: readonly string[];
};
/** What the check needs to know of a fact's definition. */
export type CheckedEvent = Pick<FactDefinition<never, never>, "emitter">;

/**
 * What is wrong with a choreography, one sentence each, each with what to do. Empty when it holds together: every
 * fact has the emitters that the catalogue promises, every fact consumed is published, every kind of work item has one service that claims it.
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
    const publishers = rows.filter(({ publishes }) => publishes.includes(type)).map(({ name }) => name);
    const consumers = rows.filter(({ consumes }) => consumes.includes(type)).map(({ name }) => name);
    if (publishers.length === 0 && consumers.length > 0) {
      return [
        `${consumers.join(", ")} waits for ${type}, which no service publishes: put it into the row of the service that does.`,
      ];
    }
    if (publishers.length === 0)
      return [`No service publishes ${type}: put it into a row's publishes, or take it out of the catalogue.`];
    if (emitter === "one" && publishers.length > 1) {
      return [
        `${publishers.join(" and ")} both publish ${type}, but one service publishes a fact: leave it in one row, or give the fact the emitter "each agent".`,
      ];
    }
    return [];
  });
}

function repetitions(rows: readonly NamedRow[]): readonly string[] {
  return rows.flatMap((row) =>
    (["consumes", "publishes", "enqueues"] as const).flatMap((list) =>
      repeated(row[list]).map((entry) => `${row.name} names ${entry} twice in ${list}: name it once.`),
    ),
  );
}

function workFaults(rows: readonly NamedRow[]): readonly string[] {
  const claimed = rows.flatMap(({ name, claims }) => claims.map((claim) => ({ name, ...claim })));
  const roles = new Set<Role>(rows.flatMap(({ enqueues }) => enqueues));
  const nobodyClaims = [...roles]
    .filter((role) => !claimed.some((claim) => claim.role === role))
    .map(
      (role) => `${role} work is enqueued and no service claims it: add a claim to a row, or take it out of enqueues.`,
    );
  const nobodyEnqueues = claimed
    .filter(({ role }) => !roles.has(role))
    .map(
      ({ name, role }) =>
        `${name} claims ${role} work, which no service enqueues: add ${role} to the enqueues of a row.`,
    );
  const shared = repeated(claimed.map(kindOfWork)).map((kind) => {
    const claimants = claimed.filter((claim) => kindOfWork(claim) === kind).map(({ name }) => name);
    return `${claimants.join(" and ")} both claim ${kind}: a work queue gives each subject to one consumer (10100); leave it in one row.`;
  });
  return [...nobodyClaims, ...nobodyEnqueues, ...shared];
}

function kindOfWork({ role, stack }: { role: Role; stack: Stack }): string {
  return `work.${role}.${stack}`;
}

function repeated(entries: readonly string[]): readonly string[] {
  return [...new Set(entries.filter((entry, at) => entries.indexOf(entry) !== at))];
}
