import { expect, test } from "vitest";
import { factOf } from "#contracts/test-facts.ts";
import { isAbove, type Metered, pausedBy, pauseEndOf, resumedAt, sumByEmitter } from "./decide.ts";

const at = (time: string) => Date.parse(`2026-01-02T${time}Z`);
const stored = (subject: string, bytes: number, time = "03:59:59.999"): Metered => ({
  subject,
  storedMs: at(time),
  headers: [["Nats-Msg-Size", String(bytes)]],
});
const hour = "2026-01-02T03";
const until = "2026-01-02T05:00:00.000Z";
const paused = factOf("FLEET_PAUSED", { agentId: "dev-e", cause: "bytes", hour, bytes: 9, bytesMax: 8, until });

test("a message counts with its subject, its headers and its payload, which the server does not deliver", () => {
  const message = {
    ...stored("dlq.a.b", 100),
    headers: [
      ["Rig-Id", "12345"],
      ["Nats-Msg-Size", "100"],
    ] as const,
  };
  // 7 of the subject, 100 of the payload, and the header with colon, blank and line break.
  expect(sumByEmitter([message])[0]?.bytes).toBe(7 + 100 + "Rig-Id: 12345\r\n".length);
});

test.each([
  [
    "the publisher wrote one too",
    [
      ["Nats-Msg-Size", "0"],
      ["Nats-Msg-Size", "100"],
    ],
  ],
  [
    "another header comes behind it",
    [
      ["Nats-Msg-Size", "0"],
      ["ZNats-Msg-Size", "100"],
    ],
  ],
  ["it is no number", [["Nats-Msg-Size", "-5"]]],
  ["there is none", []],
] as const)(
  "a message whose length is not the server's, because %s, counts with the most that a stream takes",
  (_, headers) => {
    expect(sumByEmitter([{ subject: "x", storedMs: 0, headers }])[0]?.bytes).toBeGreaterThanOrEqual(2 ** 20);
  },
);

test("bytes are added up by service and by hour of storage in UTC", () => {
  const fact = "evt.issue.acme.widgets.1.RUN_FAILED.dev-e";
  const merged = "evt.issue.acme.widgets.1.MERGED";
  const batch = [
    stored(fact, 10),
    stored(fact, 20),
    stored(fact, 5, "04:00:00.000"),
    stored(merged, 1),
    stored("x", 0),
  ];
  expect(sumByEmitter(batch)).toEqual([
    { emitter: "dev-e", hour, bytes: 30 + 2 * fact.length },
    { emitter: "dev-e", hour: "2026-01-02T04", bytes: 5 + fact.length },
    { emitter: "merge-gate", hour, bytes: 1 + merged.length },
    { emitter: "unknown", hour, bytes: 1 },
  ]);
});

test("a pause ends one hour after the hour in which too much was stored", () => {
  expect(pauseEndOf(hour)).toBe(until);
  expect(pauseEndOf("2026-01-02T23")).toBe("2026-01-03T01:00:00.000Z");
});

test("a count is above the bound only beyond it, and only while its pause would still last", () => {
  const count = { emitter: "dev-e", hour, bytes: 9 };
  expect(isAbove(count, 8, at("03:30:00.000"))).toBe(true);
  expect(isAbove(count, 9, at("03:30:00.000"))).toBe(false);
  expect(isAbove(count, 8, at("05:00:00.000"))).toBe(false);
});

test("too many bytes pause the agent, once for each hour", () => {
  const count = { emitter: "dev-e", hour, bytes: 9 };
  expect(pausedBy(count, 8, [])).toEqual(
    [{ type: "FLEET_PAUSED", on: paused.on, agentId: "dev-e", data: paused.data }].map((fact) => ({
      ...fact,
      on: { kind: "fleet", topic: "pauses" },
    })),
  );
  expect(pausedBy(count, 8, [paused])).toEqual([]);
  expect(pausedBy({ ...count, hour: "2026-01-02T04" }, 8, [paused])).toMatchObject([
    { data: { until: "2026-01-02T06:00:00.000Z" } },
  ]);
});

test("a pause is resumed at the first instant that is not before its end, and once", () => {
  expect(resumedAt("2026-01-02T04:59:00.000Z", [paused])).toEqual([]);
  const [resumed] = resumedAt(until, [paused]);
  expect(resumed).toMatchObject({ type: "FLEET_RESUMED", data: { agentId: "dev-e", until } });
  expect(resumedAt(until, [paused, factOf("FLEET_RESUMED", { agentId: "dev-e", until })])).toEqual([]);
});
