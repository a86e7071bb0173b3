import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { answers } from "./requirement-answers.ts";

const root = join(import.meta.dirname, "..");
const textOf = (path: string) => readFileSync(join(root, path), "utf8");

test("each answer of GitHub has a situation or a test that shows what follows from it", () => {
  const files = readdirSync(join(root, "docs/situations")).filter((name) => name.endsWith(".yaml"));
  const rows = files.flatMap((name) => parse(textOf(`docs/situations/${name}`)) as { readonly rule: string }[]);
  const rules = new Set(rows.map(({ rule }) => rule));
  const tests = ["requirements", "head-checks"].map((name) => textOf(`services/_kit/github/${name}.int.test.ts`));
  const isShown = (title: string) => rules.has(title) || tests.some((text) => text.includes(`"${title}"`));
  expect(answers.filter(({ shownBy }) => !isShown(shownBy)).map(({ shownBy }) => shownBy)).toEqual([]);
});
