import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { firstLine, printError, printJson, printLine, visible } from "./print.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const obeyed = ["\u001b", "\r", "\n", "\u0007", "\u007f", "\u009b", "\u2028", "\u2029", "\u202e", "\u2066", "\u200f"];

test.each(obeyed)("%j is shown and not obeyed, as text and as JSON", (character) => {
  const log = vi.spyOn(console, "log").mockReturnValue(undefined);
  printLine(`a${character}b`);
  printJson({ title: `a${character}b` });
  for (const [line] of log.mock.calls) expect(line).not.toContain(character);
  expect(log.mock.calls[0]?.[0]).toMatch(/^a\\u[0-9a-f]{4}b$/);
  expect(JSON.parse(log.mock.calls[1]?.[0])).toEqual({ title: `a${character}b` });
});

test("letters of every script and emoji stay as they are", () => {
  const text = "Größe, Ελληνικά, עברית, 日本語, 👩‍🚀 \\n";
  expect(visible(text)).toBe(text);
});

test("an error keeps its lines and nothing else that a terminal obeys", () => {
  const error = vi.spyOn(console, "error").mockReturnValue(undefined);
  printError("one\n\u001b[2Jtwo\r");
  expect(error).toHaveBeenCalledWith("one\n\\u001b[2Jtwo\\u000d");
});

test("indented JSON keeps its lines", () => {
  const log = vi.spyOn(console, "log").mockReturnValue(undefined);
  printJson({ a: "\u009b" }, 2);
  expect(log).toHaveBeenCalledWith('{\n  "a": "\\u009b"\n}');
});

test.each(["\n", "\r", "\r\n", "\u2028", "\u0085"])("the first line ends at %j", (end) => {
  expect(firstLine(`title${end}evt.forged`)).toBe("title");
});

test("no other file of the operator's commands prints, so that none prints a stranger's text raw", async () => {
  const directory = import.meta.dirname;
  const files = (await readdir(directory)).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const printing = [];
  for (const name of files) {
    if (/console\.|process\.std(out|err)/.test(await readFile(join(directory, name), "utf8"))) printing.push(name);
  }
  // exit.ts prints one word of its own.
  expect(printing.sort()).toEqual(["exit.ts", "print.ts"]);
});
