import { expect, test } from "vitest";
import { circles, folderCircles } from "./circles.ts";

test("a circle is found through any number of files, types included, and named once", () => {
  const sources = [
    { path: "services/_kit/a.ts", text: `import type { B } from "./b.ts";\nexport type A = B;` },
    { path: "services/_kit/b.ts", text: `export { c } from "#kit/c.ts";\nexport interface B {}` },
    { path: "services/_kit/c.ts", text: `export const c = async () => import("./a.ts");` },
    { path: "services/_kit/d.ts", text: `import { c } from "./c.ts";\nexport const d = c;` },
  ];
  expect(circles(sources)).toEqual([
    "services/_kit/a.ts → services/_kit/b.ts → services/_kit/c.ts → services/_kit/a.ts: a circle of imports. Move what closes it, often one type, into the file below.",
  ]);
});

test("two ways to the same file are no circle", () => {
  const sources = [
    { path: "contracts/a.ts", text: `import "./b.ts";\nimport "./c.ts";` },
    { path: "contracts/b.ts", text: `import "./c.ts";` },
    { path: "contracts/c.ts", text: `import { Schema } from "effect";\nimport { join } from "node:path";` },
  ];
  expect(circles(sources)).toEqual([]);
});

test("two folders of the kit that import each other are a circle, although no files are; a test makes none", () => {
  const sources = [
    { path: "services/_kit/consume/consume.ts", text: `import { enqueueWork } from "#kit/work/enqueue.ts";` },
    { path: "services/_kit/work/enqueue.ts", text: `import { Retryable } from "#kit/errors.ts";` },
    { path: "services/_kit/work/claim.ts", text: `import type { HandlingError } from "#kit/consume/in-order.ts";` },
    { path: "services/_kit/work/claim.test.ts", text: `import { startWorld } from "#kit/test/test-world.ts";` },
    { path: "services/_kit/test/world.ts", text: `import { enqueueWork } from "#kit/work/enqueue.ts";` },
  ];
  expect(circles(sources)).toEqual([]);
  expect(folderCircles(sources)).toEqual([
    "services/_kit/consume → services/_kit/work → services/_kit/consume: a circle of folders. Move what closes it into the folder below, or into one of its own.",
  ]);
});
