import { describe, expect, test } from "vitest";
import { exportsOf } from "./imports.ts";
import { unusedExports } from "./unused-exports.ts";

const offered = { path: "services/_kit/money.ts", text: "export const price = 1;\nexport type Price = typeof price;" };
const unused = "services/_kit/money.ts:1: price: nobody imports it. Take the word export away, or delete it.";

describe("an exported value has an importer", () => {
  test("one that nobody imports is named; a type is free", () => {
    expect(unusedExports([offered])).toEqual([unused]);
    expect(unusedExports([offered, { path: "a.ts", text: `import { Price } from "#kit/money.ts";` }])).toEqual([
      unused,
    ]);
  });

  test.each([
    `import { price } from "#kit/money.ts";`,
    `import { type Price, price as cost } from "./money.ts";`,
    `import * as money from "./money.ts";`,
    `const { price } = await import("./money.ts");`,
    `export { price } from "./money.ts"; // and nobody imports it from here`,
  ])("%s is an importer", (text) => {
    expect(unusedExports([offered, { path: "services/_kit/shop.ts", text }])).not.toContain(unused);
  });

  test.each(["export *", "export type *", "export * as money"])(
    "%s is refused, because it hides what is used",
    (star) => {
      const text = `${star} from "./money.ts";`;
      expect(unusedExports([offered, { path: "services/_kit/everything.ts", text }])).toEqual([
        "services/_kit/everything.ts:1: *: export * hides which names are used. Let each file import from where a name is defined.",
      ]);
    },
  );

  test("a test beside it is an importer, a test elsewhere is none", () => {
    const text = `import { price } from "#kit/money.ts";`;
    const user = { path: "services/_kit/shop.ts", text: `import type { Price } from "./money.ts";` };
    expect(unusedExports([offered, user, { path: "services/_kit/money.test.ts", text }])).toEqual([]);
    expect(unusedExports([offered, user, { path: "services/status/status.int.test.ts", text }])).toEqual([
      "services/_kit/money.ts:1: price: only tests import it, such as services/status/status.int.test.ts. Test what the program uses, or move it to a file test-*.ts.",
    ]);
    const made = { path: "services/_kit/test-money.ts", text: "export const price = 1;" };
    const far = { path: "services/status/status.int.test.ts", text: `import { price } from "#kit/test-money.ts";` };
    expect(unusedExports([made, far])).toEqual([]);
  });

  test("a file that only tests import is named, also where the test stands beside it", () => {
    const beside = { path: "services/_kit/money.test.ts", text: `import { price } from "./money.ts";` };
    const far = { path: "services/status/status.int.test.ts", text: `import { price } from "#kit/money.ts";` };
    const fault =
      "services/_kit/money.ts: only tests import this file, such as services/_kit/money.test.ts. Let the program use it, or delete it.";
    expect(unusedExports([offered, beside])).toEqual([fault]);
    expect(unusedExports([offered, beside, far])).toEqual([fault]);
    expect(unusedExports([{ ...offered, path: "services/_kit/test-money.ts" }])).toHaveLength(1);
    const rule = { path: "services/_rules/money.ts", text: "export const price = 1;" };
    expect(unusedExports([rule, { path: "services/_rules/money.test.ts", text: beside.text }])).toEqual([]);
  });

  test("the default export of a main.ts is loaded by name, every other one is imported", () => {
    const text = "export default 1;";
    expect(unusedExports([{ path: "services/cost/main.ts", text }])).toEqual([]);
    expect(unusedExports([{ path: "services/cost/work.ts", text }])).toHaveLength(1);
  });
});

test("reads the exports of a file: every form of a value, no type", () => {
  const text = [
    "export const a = 1, b = 2; export function c() {} export async function d() {} export class E {}",
    "export interface F {} export type G = 1; const h = 1; type I = 1;",
    `export { h as j, type I }; export type { K } from "./k.ts"; export { l, type M } from "./l.ts";`,
    "export default class {}",
  ].join("\n");
  expect(exportsOf({ path: "x.ts", text }).map(({ name, line }) => `${name} ${line}`)).toEqual([
    ...["a 1", "b 1", "c 1", "d 1", "E 1", "j 3", "l 3", "default 4"],
  ]);
});
