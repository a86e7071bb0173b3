import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Source } from "./imports.ts";

const root = join(import.meta.dirname, "../..");

/**
 * The titles that a row of docs/safety.md quotes and that no file of the row has. "the same file" stands for those of the row above, and "…"
 * for words that are left out.
 */
function unknownTitles(page: string, sources: readonly Source[]): readonly string[] {
  let above: readonly Source[] = [];
  return page.split("\n").flatMap((line, index) => {
    const cell = line.startsWith("| ") ? (line.split(" | ")[1] ?? "") : "";
    const names = [...cell.matchAll(/`([\w./-]+\.ts)`/g)].map(([, name = ""]) => name);
    const named = sources.filter(({ path }) => names.some((name) => `/${path}`.endsWith(`/${name}`)));
    const files = cell.includes("the same file") ? [...above, ...named] : named;
    above = files;
    const isIn = (title: string) =>
      files.some(({ text }) => title.split("…").every((part) => text.includes(part.trim())));
    const titles = [...cell.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title);
    return titles
      .filter((title) => !isIn(title))
      .map((title) => `docs/safety.md:${index + 1}: no file of the row has "${title}". Name the file, or correct it.`);
  });
}

test("every test that the page of promises quotes is in a file of its row", () => {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts"], { cwd: root });
  const sources = listed.toString().trim().split("\n");
  const texts = sources.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
  expect(unknownTitles(readFileSync(join(root, "docs/safety.md"), "utf8"), texts)).toEqual([]);
});

test("a title that stands in the file of another row is named", () => {
  const sources = [
    { path: "services/a.int.test.ts", text: `test("a head that moves is read later", f);` },
    { path: "services/b.int.test.ts", text: `test("another", f);` },
  ];
  const page = (cell: string) => `| promise | \`services/a.int.test.ts\` |\n| promise | ${cell} |`;
  expect(unknownTitles(page(`the same file, "… moves … later"`), sources)).toEqual([]);
  expect(unknownTitles(page(`\`b.int.test.ts\`, "another"`), sources)).toEqual([]);
  expect(unknownTitles(page(`\`b.int.test.ts\`, "a head … later"`), sources)).toEqual([
    `docs/safety.md:2: no file of the row has "a head … later". Name the file, or correct it.`,
  ]);
});
