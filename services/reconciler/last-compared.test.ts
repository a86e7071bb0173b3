import { expect, test } from "vitest";
import { makeLastCompared } from "./last-compared.ts";

const at = (minute: number, second = 0) => new Date(Date.UTC(2026, 0, 2, 3, minute, second)).toISOString();
const changed = at(0, 5);
const asked = (instant: string) => ({ updatedAt: changed, isSettled: true, askedAtMs: Date.parse(instant) });
const key = "acme/shop#1";

test("what was compared is compared again when GitHub changed it, and after ten minutes in any case", () => {
  const last = makeLastCompared();
  expect(last.standing(key, changed, at(5))).toBe("due");
  last.compared(key, asked(at(5)), at(5));
  expect([14, 15].map((minute) => last.standing(key, changed, at(minute)))).toEqual(["settled", "due"]);
  expect([last.standing(key, at(6), at(6)), last.standing("acme/shop#2", changed, at(6))]).toEqual(["due", "due"]);
});

test("what changes again in the second in which it was asked for is compared at the next tick, although its time is the same", () => {
  const last = makeLastCompared();
  last.compared(key, asked(changed), at(0));
  expect(last.standing(key, changed, at(1))).toBe("due");
  last.compared(key, asked(at(1, 6)), at(1));
  expect(last.standing(key, changed, at(2))).toBe("settled");
});

test("what something is still expected of is compared at the next tick", () => {
  const last = makeLastCompared();
  last.compared(key, { ...asked(at(5)), isSettled: false }, at(5));
  expect(last.standing(key, changed, at(6))).toBe("due");
});

test("what fails for ever is tried after 1, 2, 4 and 8 minutes and then every ten, until it succeeds", () => {
  const last = makeLastCompared();
  const tried: number[] = [];
  const counted: number[] = [];
  for (let minute = 0; minute <= 40; minute += 1) {
    last.forget(at(minute));
    if (last.standing(key, null, at(minute)) !== "due") continue;
    tried.push(minute);
    counted.push(last.failed(key, null, at(minute)));
  }
  expect(tried).toEqual([0, 1, 3, 7, 15, 25, 35]);
  expect(counted).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(last.standing(key, null, at(41))).toBe("failing");
  last.compared(key, { updatedAt: null, isSettled: true, askedAtMs: 0 }, at(45));
  expect([last.standing(key, null, at(46)), last.failed(key, null, at(60))]).toEqual(["settled", 1]);
});

test("what is due in any case is forgotten, and is due then", () => {
  const last = makeLastCompared();
  last.compared(key, asked(at(5)), at(5));
  last.forget(at(20));
  expect(last.standing(key, changed, at(5))).toBe("due");
});

test("what is missing is so since the first of the ticks in a row that missed it, and is forgotten when nobody looks any more", () => {
  const last = makeLastCompared();
  last.missing(key, ["head two", "label"], at(5));
  last.missing(key, ["head two"], at(6));
  last.missing(key, ["head two", "label"], at(7));
  expect([...last.missingSince(key)]).toEqual([
    ["head two", at(5)],
    ["label", at(7)],
  ]);
  last.forget(at(16));
  expect(last.missingSince(key).size).toBe(2);
  last.forget(at(17));
  expect(last.missingSince(key).size).toBe(0);
});
