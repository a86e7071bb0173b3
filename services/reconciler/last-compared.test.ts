import { expect, test } from "vitest";
import { makeLooks } from "./looks.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 2, 3, minute)).toISOString();

test("what was compared is compared again when GitHub changed it, and after ten minutes in any case", () => {
  const looks = makeLooks();
  expect(looks.isDue("acme/shop#1", "a", at(0))).toBe(true);
  looks.done("acme/shop#1", "a", at(0));
  expect([9, 10].map((minute) => looks.isDue("acme/shop#1", "a", at(minute)))).toEqual([false, true]);
  expect(looks.isDue("acme/shop#1", "b", at(1))).toBe(true);
  expect(looks.isDue("acme/shop#2", "a", at(1))).toBe(true);
});

test("what is due in any case is forgotten, and is due then", () => {
  const looks = makeLooks();
  looks.done("acme/shop#1", "a", at(0));
  looks.forget(at(20));
  expect(looks.isDue("acme/shop#1", "a", at(0))).toBe(true);
});
