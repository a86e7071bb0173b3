import { expect, test } from "vitest";
import { circles } from "./circles.ts";

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
