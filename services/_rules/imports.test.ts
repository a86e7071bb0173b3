import { expect, test } from "vitest";
import { importsOf } from "./imports.ts";

test("reads imports as the compiler does", () => {
  const text = [
    `// import a from "comment";`,
    `const quoted = 'import b from "string"', pattern = /["'\`]/, template = \`import("template")\`;`,
    `import {\n  type T,\n  c as d,\n} from "several-lines"; export * from "all"; export type { E } from "type";`,
    "type F = import('type-only').F; const g = await import(`later`), h = await import('./' + quoted);",
    `import "effects";`,
  ].join("\n");
  expect(importsOf({ path: "x.ts", text }).map(({ specifier, typeOnly, line }) => [specifier, typeOnly, line])).toEqual(
    [
      ["several-lines", false, 3],
      ["all", false, 6],
      ["type", true, 6],
      ["type-only", true, 7],
      ["later", false, 7],
      [undefined, false, 7],
      ["effects", false, 8],
    ],
  );
});
