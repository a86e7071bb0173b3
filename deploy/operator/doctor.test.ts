import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parts } from "./finding.ts";

test("docs/operating.md says of every part that doctor looks at what to do, and of no other", async () => {
  const text = await readFile(join(import.meta.dirname, "../../docs/operating.md"), "utf8");
  const section = /\n## Doctor\n(.*?)\n## /s.exec(text)?.[1] ?? "";
  const rows = [...section.matchAll(/^\| ([^|]+) \|/gm)].map(([, part]) => part);
  expect(rows.slice(2)).toEqual(parts);
});
