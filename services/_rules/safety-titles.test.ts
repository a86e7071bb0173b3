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
    const names = filesIn(cell);
    const named = sources.filter(({ path }) => names.some((name) => isNamed(path, name)));
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

/** The names of files in a row that are those of no file, or of more than one: there a reader has to guess. */
function unclearFiles(page: string, paths: readonly string[]): readonly string[] {
  return page.split("\n").flatMap((line, index) =>
    filesIn(line.startsWith("| ") ? line : "").flatMap((name) => {
      const named = paths.filter((path) => isNamed(path, name));
      if (named.length === 1) return [];
      const which = named.length === 0 ? "no file has this name." : `which of ${named.join(", ")}?`;
      return [`docs/safety.md:${index + 1}: ${name}: ${which}`];
    }),
  );
}

function filesIn(text: string): readonly string[] {
  return [...text.matchAll(/`([\w./-]+\.ts)`/g)].map(([, name = ""]) => name);
}

function isNamed(path: string, name: string): boolean {
  return `/${path}`.endsWith(`/${name}`);
}

test("a file that a row names without its folder is refused where several have that name, or none has", () => {
  const paths = ["services/a/people.int.test.ts", "services/b/people.int.test.ts", "services/b/weigh.test.ts"];
  const page = (cell: string) => `| promise | ${cell} |`;
  expect(unclearFiles(page("`weigh.test.ts`; `services/a/people.int.test.ts`"), paths)).toEqual([]);
  expect(unclearFiles(page("`people.int.test.ts`"), paths)).toEqual([
    `docs/safety.md:1: people.int.test.ts: which of ${paths[0]}, ${paths[1]}?`,
  ]);
  expect(unclearFiles(page("`gone.test.ts`"), paths)).toEqual([
    "docs/safety.md:1: gone.test.ts: no file has this name.",
  ]);
});

test("every test that the page of promises quotes is in a file of its row", () => {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts"], { cwd: root });
  const sources = listed.toString().trim().split("\n");
  const texts = sources.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
  const page = readFileSync(join(root, "docs/safety.md"), "utf8");
  expect(unknownTitles(page, texts)).toEqual([]);
  expect(unclearFiles(page, sources)).toEqual([]);
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
