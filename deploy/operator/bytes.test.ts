import { expect, test } from "vitest";
import { bytesFindings } from "./bytes.ts";

const now = Date.parse("2026-01-02T03:30:00.000Z");
const mebibyte = 2 ** 20;
const found = (counts: Parameters<typeof bytesFindings>[0]["counts"], paused: readonly [string, string][] = []) =>
  bytesFindings({ counts, paused: new Map(paused), bytesPerHourMax: 10 * mebibyte }, now).map(
    ({ state, seen }) => `${state}: ${seen}`,
  );
const count = (emitter: string, bytes: number, hour = "2026-01-02T03") => ({ emitter, hour, bytes });

test("what stays below the bound is well, and the most that one service stored is shown", () => {
  expect(found([])).toEqual(["well: nothing was stored in the last hour"]);
  expect(found([count("dev-e", mebibyte), count("webhook", 2 * mebibyte)])).toEqual([
    "well: at most 2.0 MiB in an hour, by webhook",
  ]);
});

test("a service above the bound in this hour or the one before is ill, agent or not", () => {
  const counts = [count("dev-e", 11 * mebibyte, "2026-01-02T02"), count("webhook", 12 * mebibyte)];
  expect(found([...counts, count("status", 99 * mebibyte, "2026-01-02T01")])).toEqual([
    "ill: dev-e stored 11.0 MiB in the hour 2026-01-02T02, the policy allows 10.0 MiB",
    "ill: webhook stored 12.0 MiB in the hour 2026-01-02T03, the policy allows 10.0 MiB",
  ]);
});

test("an agent is shown as paused until the end of its pause", () => {
  expect(found([], [["dev-e", "2026-01-02T05:00:00.000Z"]])).toEqual([
    "ill: dev-e is paused and gets no work until 2026-01-02T05:00:00.000Z",
  ]);
  expect(found([], [["dev-e", "2026-01-02T03:30:00.000Z"]])).toEqual(["well: nothing was stored in the last hour"]);
});
