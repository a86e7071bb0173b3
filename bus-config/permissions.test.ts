import { expect, test } from "vitest";
import type { AggregateRef, ChangeRef, IssueRef } from "#contracts/aggregates.ts";
import { catalogue, factTypes } from "#contracts/catalogue.ts";
import { type Row, type RowName, rowNames, rowOf, serviceNames } from "#contracts/choreography.ts";
import { issueClaims, reviewClaims } from "#contracts/claims.ts";
import {
  bytesSubject,
  factFilter,
  factSubject,
  inboxPrefix,
  leaseBucket,
  leaseKey,
  replayFilter,
  workSubject,
} from "#contracts/subjects.ts";
import { reviewItem, workItem } from "#contracts/test-facts.ts";
import { matches } from "#contracts/test-subjects.ts";
import { priorities, type Role } from "#contracts/work.ts";
import { consumers, consumersOf } from "./consumers.ts";
import { busUsers, nkeyVariable, permissionsOf } from "./permissions.ts";
import { streams } from "./streams.ts";

const place = "acme.widgets%2Ejs.7";
const streamNames = streams.map(({ config }) => config.name);

function mayPublish(user: RowName, subject: string): boolean {
  const { publish, deny = [] } = busUsers.find(({ name }) => name === user)?.permissions ?? { publish: [] };
  const covered = (patterns: readonly string[]) => patterns.some((pattern) => matches(pattern, subject));
  return covered(publish) && !covered(deny);
}

/** Where facts of each kind of history stand. */
const refs: readonly AggregateRef[] = [
  ...(["issue", "pr", "ops"] as const).map((kind) => ({ kind, owner: "acme", repo: "widgets.js", number: 7 })),
  ...(["fleet", "tick"] as const).map((kind) => ({ kind, topic: "any" })),
];

test.each(rowNames)("%s may publish the facts of its row under its own name, and no other", (service) => {
  for (const type of factTypes) {
    for (const on of refs) {
      const allowed = on.kind === catalogue[type].of && rowOf(service).publishes.includes(type);
      expect(mayPublish(service, factSubject(on, type, service)), `${type} of ${on.kind}`).toBe(allowed);
    }
    const another = refs.filter(({ kind }) => kind === catalogue[type].of).map((on) => factSubject(on, type, "other"));
    const forged = catalogue[type].emitter === "several" && another.some((subject) => mayPublish(service, subject));
    expect(forged, `${type} in another service's name`).toBe(false);
  }
});

test.each(serviceNames)("%s may enqueue the work of its row and no other", (service) => {
  const items = [workItem({}), reviewItem({})];
  const roles = items.filter((item) => mayPublish(service, workSubject(item))).map(({ role }) => role);
  expect(roles).toEqual([...rowOf(service).enqueues].sort());
});

/** What the work items of each role claim: the leases of one kind of agent. */
const leased: Readonly<Record<Role, IssueRef | ChangeRef>> = {
  dev: issueClaims.on(workItem({})),
  review: reviewClaims.on(reviewItem({})),
};

test.each(serviceNames)(
  "%s may renew leases on what its work items claim, and on those of no other kind of agent",
  (service) => {
    for (const [role, on] of Object.entries(leased)) {
      const claims = rowOf(service).claims.some((claim) => claim.role === role);
      expect(mayPublish(service, `$KV.${leaseBucket}.${leaseKey(on)}`), role).toBe(claims);
    }
  },
);

test.each([
  ["webhook", true],
  ["reconciler", true],
  ["dispatcher", true],
  ["dev-e", true],
  ["review-e", true],
  ["merge-gate", true],
  ["status", false],
] as const)("%s stores text and reads it: %s, because a fact of its row has one", (service, stores) => {
  expect(mayPublish(service, `text.acme.widgets%2Ejs.7.abc.${service}`)).toBe(stores);
  expect(mayPublish(service, "text.acme.widgets%2Ejs.7.abc.other")).toBe(false);
  expect(mayPublish(service, "$JS.API.DIRECT.GET.TEXT.text.acme.widgets%2Ejs.7.abc.webhook")).toBe(stores);
  expect(mayPublish(service, "$JS.API.DIRECT.GET.TEXT")).toBe(false);
});

test.each(serviceNames)("%s may store deliveries only if it ingests them", (service) => {
  expect(mayPublish(service, "github.issues.labeled.acme.widgets")).toBe(rowOf(service).ingests === true);
});

test.each(serviceNames)(
  "%s may pull from its own consumers, answer for them and dead-letter, and for no other",
  (service) => {
    for (const { service: owner, stream, config } of consumers) {
      const own = owner === service;
      const answered = config.ack_policy === "explicit";
      const of = `${stream}.${config.durable_name}`;
      expect(mayPublish(service, `$JS.ACK.${of}.1.2.3.4.5`)).toBe(own && answered);
      // The long form of NATS ADR-15, and an ack of another consumer that has these names in its last tokens.
      expect(mayPublish(service, `$JS.ACK._.hash.${of}.1.2.3.4.5`)).toBe(false);
      expect(mayPublish(service, `$JS.ACK.GITHUB.other.${of}.1.2.3`)).toBe(false);
      expect(mayPublish(service, `dlq.${of}`)).toBe(own && answered && config.headers_only !== true);
      expect(mayPublish(service, `$JS.API.CONSUMER.RESET.${of}`)).toBe(own && !answered);
      expect(mayPublish(service, `$JS.API.CONSUMER.MSG.NEXT.${of}`)).toBe(own);
    }
  },
);

test.each(serviceNames)("%s may change no stream and create or remove no consumer", (service) => {
  for (const stream of streamNames) {
    for (const verb of ["CREATE", "UPDATE", "DELETE", "PURGE", "MSG.DELETE", "SNAPSHOT", "RESTORE"]) {
      expect(mayPublish(service, `$JS.API.STREAM.${verb}.${stream}`)).toBe(false);
    }
    expect(mayPublish(service, `$JS.API.CONSUMER.CREATE.${stream}`)).toBe(false);
    expect(mayPublish(service, `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.x`)).toBe(false);
    expect(mayPublish(service, `$JS.API.CONSUMER.CREATE.${stream}.x.evt.>`)).toBe(false);
    expect(mayPublish(service, `$JS.API.CONSUMER.DELETE.${stream}.x`)).toBe(false);
  }
});

test.each(serviceNames)(
  "%s may pause the consumers of work only if its row pauses, and no consumer of another stream",
  (service) => {
    for (const { stream, config } of consumers) {
      const may = rowOf(service).pauses === true && stream === "WORK";
      expect(mayPublish(service, `$JS.API.CONSUMER.PAUSE.${stream}.${config.durable_name}`)).toBe(may);
    }
  },
);

test.each(serviceNames)("%s may add to a counter of bytes only if its row meters", (service) => {
  expect(mayPublish(service, bytesSubject("2026-01-02T03", "dev-e"))).toBe(rowOf(service).meters !== undefined);
});

test("the pausing service is the meter, and it may do nothing with work but pause it", () => {
  expect(serviceNames.filter((name) => rowOf(name).pauses === true)).toEqual(["meter"]);
  const { publish } = permissionsOf("meter", rowOf("meter"));
  expect(publish.filter((subject) => /WORK|^work|^\$KV/.test(subject) && !subject.includes(".PAUSE."))).toEqual([]);
});

test.each(serviceNames)(
  "%s subscribes to its own inbox, and to the announcements of work that it may claim",
  (service) => {
    const { claims } = rowOf(service);
    const wakeUps = claims.map(({ role, stack }) => `queued.${role}.${stack}.>`);
    expect(permissionsOf(service, rowOf(service)).subscribe).toEqual([`${inboxPrefix(service)}.>`, ...wakeUps]);
  },
);

test("no service may create a consumer or read raw deliveries at will, and only who publishes reads histories", () => {
  for (const service of serviceNames) {
    const { publish } = permissionsOf(service, rowOf(service));
    expect(publish.filter((subject) => /CONSUMER\.(DURABLE\.)?CREATE|GET\.GITHUB|\$JS\.API\.>/.test(subject))).toEqual(
      [],
    );
    const reads = publish.some((subject) => subject.startsWith("$JS.API.DIRECT.GET.EVENTS"));
    expect(reads, service).toBe(rowOf(service).publishes.some((type) => catalogue[type].of !== "tick"));
  }
});

test("a consumer that is read in order has exactly the facts of the row as its filters, and no acks", () => {
  const { config } = consumers.find(({ service }) => service === "status") ?? {};
  expect(config?.filter_subjects).toEqual(rowOf("status").consumes.map((type) => factFilter(type)));
  expect(config?.ack_policy).toBe("none");
});

test("one durable and one for replays per consuming row, and one per priority for each claim", () => {
  const expected = serviceNames.reduce((sum, name) => {
    const { consumes, consumer, claims, ingests, wakes = [], meters = [] } = rowOf(name);
    const facts = consumer === "durable" && consumes.length > 0 ? 1 : 0;
    const ordered = consumer === "ordered" ? 1 : 0;
    const answered = facts + (ingests === true ? 1 : 0) + (wakes.length > 0 ? 1 : 0);
    return sum + 2 * answered + ordered + claims.length * priorities.length + meters.length;
  }, 0);
  expect(consumers).toHaveLength(expected);
  expect(new Set(consumers.map(({ stream, config }) => `${stream}/${config.durable_name}`)).size).toBe(expected);
});

/** A row that no service has: it consumes facts and ticks. */
const woken: Row = {
  does: "Looks after what stands still.",
  wakes: ["minute"],
  consumes: ["RUN_FAILED"],
  consumer: "durable",
  claims: [],
  publishes: ["ISSUE_NEEDS_HUMAN"],
  enqueues: [],
};

test("a row with wakes has a durable on TICKS for its schedules, beginning with the last tick, and one for replays", () => {
  const found = consumersOf("sentinel", woken).map(({ stream, config }) => ({
    at: `${stream}/${config.durable_name}`,
    filters: config.filter_subjects,
    from: config.deliver_policy,
  }));
  expect(found).toEqual([
    { at: "EVENTS/sentinel", filters: ["evt.issue.*.*.*.RUN_FAILED.*"], from: "all" },
    { at: "TICKS/sentinel-ticks", filters: ["tick.minute.>"], from: "last_per_subject" },
    { at: "REDO/sentinel", filters: ["redo.EVENTS.sentinel"], from: "all" },
    { at: "REDO/sentinel-ticks", filters: ["redo.TICKS.sentinel-ticks"], from: "all" },
  ]);
});

test("a row with wakes may pull ticks and answer for them, and may neither publish one nor read the clock's history", () => {
  const { publish } = permissionsOf("sentinel", woken);
  const may = (subject: string) => publish.some((pattern) => matches(pattern, subject));
  expect(may("$JS.API.CONSUMER.MSG.NEXT.TICKS.sentinel-ticks")).toBe(true);
  expect(may("$JS.ACK.TICKS.sentinel-ticks.1.2.3.4.5")).toBe(true);
  expect(may("dlq.TICKS.sentinel-ticks")).toBe(true);
  expect(may("tick.minute.TICK")).toBe(false);
  expect(may("$JS.API.DIRECT.GET.TICKS")).toBe(false);
  expect(may("$JS.API.CONSUMER.CREATE.TICKS.sentinel-ticks")).toBe(false);
});

test("who publishes ticks reads the stream TICKS and no fact on EVENTS", () => {
  expect(mayPublish("scheduler", "$JS.API.DIRECT.GET.TICKS.tick.minute.TICK")).toBe(true);
  expect(mayPublish("scheduler", "$JS.API.DIRECT.GET.EVENTS")).toBe(false);
  expect(mayPublish("dispatcher", "$JS.API.DIRECT.GET.TICKS")).toBe(false);
});

/** A row that no person has, with one more word each time. */
const person: Row = { does: "Looks on.", runs: "person", consumes: [], claims: [], publishes: [], enqueues: [] };
const rightsOf = (row: Row) => permissionsOf("auditor", row, { auditor: row, woken });

test("a person has the rights of the row's words and no others", () => {
  expect(rightsOf(person)).toEqual({ publish: ["$JS.API.INFO"], subscribe: ["_INBOX_auditor.>"] });
  const replays = rightsOf({ ...person, replays: true });
  expect(replays.publish).toEqual(["github.>", "redo.EVENTS.woken", "redo.TICKS.woken-ticks", "$JS.API.INFO"]);
  const erases = rightsOf({ ...person, erases: ["TEXT"] });
  expect(erases.publish).toEqual(["$JS.API.STREAM.MSG.DELETE.TEXT", "$JS.API.INFO"]);
  const reads = rightsOf({ ...person, reads: "everything" });
  expect(reads.publish.filter((subject) => !/^\$JS\.API\.(INFO|STREAM|DIRECT|CONSUMER)/.test(subject))).toEqual([]);
  expect(reads.deny).toContain("$JS.API.CONSUMER.MSG.NEXT.EVENTS.woken");
});

test("who reads everything pulls from no service's consumer and takes no work item", () => {
  for (const { stream, config } of consumers) {
    for (const verb of ["CREATE", "DELETE", "MSG.NEXT", "RESET"]) {
      const subject = `$JS.API.CONSUMER.${verb}.${stream}.${config.durable_name}`;
      expect(mayPublish("operator", subject), subject).toBe(false);
    }
  }
  expect(mayPublish("operator", "$JS.API.CONSUMER.CREATE.EVENTS.mine.evt.>")).toBe(true);
  expect(mayPublish("operator", "$JS.API.CONSUMER.CREATE.WORK.mine.work.>")).toBe(false);
});

test("the operator replays to every consumer that can fail, and to nothing that no consumer reads", () => {
  const failing = consumers.filter(
    ({ stream, config }) => stream !== "REDO" && config.ack_policy === "explicit" && config.headers_only !== true,
  );
  for (const { stream, config } of failing) {
    const item = `work.dev.node.normal.${place}`;
    const target = stream === "WORK" ? item : replayFilter(stream, config.durable_name);
    expect(mayPublish("operator", target), config.durable_name).toBe(true);
  }
  // `any` is the stack of reviews, so no repository can ask for it.
  const others = ["redo.EVENTS.nobody", `work.dev.any.normal.${place}`, `work.judge.any.normal.${place}`];
  expect(others.filter((subject) => mayPublish("operator", subject))).toEqual([]);
});

test.each(streamNames)("the operator deletes single messages of %s only if its row erases there", (stream) => {
  const erases = rowOf("operator").erases?.some((each) => each === stream) ?? false;
  expect(mayPublish("operator", `$JS.API.STREAM.MSG.DELETE.${stream}`)).toBe(erases);
  for (const verb of ["CREATE", "UPDATE", "DELETE", "PURGE", "SNAPSHOT", "RESTORE"]) {
    expect(mayPublish("operator", `$JS.API.STREAM.${verb}.${stream}`)).toBe(false);
  }
});

test("a delivery is stored by the webhook, or once more by a person: then its signature is verified again", () => {
  const storing = rowNames.filter((name) => mayPublish(name, "github.issues.labeled.acme.widgets"));
  expect(storing).toEqual(["webhook", "operator"]);
});

test("a person has a user of the bus and no durable consumer, and is no service", () => {
  expect(busUsers.filter(({ name }) => name === "operator")).toHaveLength(1);
  expect(consumers.filter(({ service }) => service === "operator")).toEqual([]);
  expect(serviceNames).not.toContain("operator");
});

test("the user that only reads can store and delete nothing, and is alone in its account", () => {
  const [reader, ...more] = busUsers.filter(({ account }) => account === "READER");
  expect([reader?.name, more]).toEqual(["reader", []]);
  const asking = /^\$JS\.API\.(INFO|DIRECT\.GET\..+|STREAM\.MSG\.GET\.EVENTS)$/;
  expect(reader?.permissions.publish.filter((subject) => !asking.test(subject))).toEqual([]);
});

test("the variable of a key is a name that a shell accepts", () => {
  expect(nkeyVariable("merge-gate")).toBe("RIG_NKEY_MERGE_GATE");
});
