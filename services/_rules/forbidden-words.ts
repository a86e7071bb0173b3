import { isTest } from "./import-law.ts";
import { namesUsed, rowTitlesOf, type Source } from "./imports.ts";

// The column "not" of docs/glossary.md as a check: one word per idea, in names and in prose.

/** What may not be written, and the word of the glossary that stands for it. */
export interface ForbiddenWord {
  readonly scope: "names" | "prose";
  readonly text: string;
  readonly instead: string;
}

/** The folders whose names are searched. Prose is searched everywhere; in a test only the titles are, with the first strings of their rows. */
const foldersOfNames = /^(contracts|bus-config|services)\//;

/**
 * A title: the string or template that is the first argument of `test`, `it` or `describe`, of one of their properties (`test.concurrent`), or
 * of what a call returned (`test.each(…)`). Biome keeps the begin of such a call, or its last `)`, on one line with the parenthesis.
 */
const title =
  /^[ \t]*(?:(?:test|it|describe)(?:\.\w+)*(?:<[^\n]*>)?|[^\n]*\))\(\s*("(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`)/gm;

/** Reads the glossary: in the column "not", `code` is a name and "quotes" are prose. */
export function readForbidden(glossary: string): readonly ForbiddenWord[] {
  return glossary.split("\n").flatMap((line) => {
    const [, word = "", not = ""] = line.split(" | ").length < 4 ? [] : line.split("|").map((cell) => cell.trim());
    return [...not.matchAll(/`([^`]+)`|"([^"]+)"/g)].map(([, name, prose]) => ({
      scope: name === undefined ? ("prose" as const) : ("names" as const),
      text: name ?? prose ?? "",
      instead: word,
    }));
  });
}

/** Every forbidden word in a file: one line each, with the word to use. `facts` are the names that FACT stands for. */
export function wordViolations(
  source: Source,
  forbidden: readonly ForbiddenWord[],
  facts: readonly string[],
): readonly string[] {
  if (source.path === "docs/glossary.md") return [];
  const names =
    foldersOfNames.test(source.path) && source.path.endsWith(".ts") && !isTest(source.path) ? namesUsed(source) : [];
  const prose = isTest(source.path) ? titlesOnly(source) : source.text;
  const words = forbidden.filter(({ scope }) => scope === "names");
  const phrases = forbidden.filter(({ scope }) => scope === "prose");
  return [
    ...names.flatMap(({ name, line }) => {
      const inName = wordsOf(name);
      return words
        .filter(({ text }) => inName.includes(wordsOf(text)))
        .map(({ text, instead }) => `${source.path}:${line}: the name ${name} has "${text}". ${mend(instead)}`);
    }),
    ...phrases.flatMap(({ text, instead }) =>
      linesWith(prose, text, facts).map((line) => `${source.path}:${line}: "${text}". ${mend(instead)}`),
    ),
  ];
}

/** The text with everything blanked but its titles and the first strings of their rows, so that each keeps its line. */
function titlesOnly(source: Source): string {
  const { text } = source;
  const titles = [...text.matchAll(title)].map(({ 0: call, 1: found = "", index }) => ({
    start: index + call.length - found.length,
    end: index + call.length,
  }));
  return [...titles, ...rowTitlesOf(source)].reduce(
    (shown, { start, end }) => shown.slice(0, start) + text.slice(start, end) + shown.slice(end),
    text.replaceAll(/[^\n]/g, " "),
  );
}

function mend(instead: string): string {
  return `The word is "${instead}" (docs/glossary.md); write the sentence with it.`;
}

const split = new Map<string, string>();

/** The words of a name between underscores, so that one name has the words of another side by side: `takeWork` in `takeWorkOf`, `say` not in `essay`. */
function wordsOf(name: string): string {
  const known = split.get(name);
  if (known !== undefined) return known;
  const words = `_${name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase()}_`;
  split.set(name, words);
  return words;
}

/** The lines on which a phrase begins. A sentence goes on over the lines of a comment. */
function linesWith(text: string, phrase: string, facts: readonly string[]): readonly number[] {
  const between = "\\s+(?:(?:\\*|//|#)\\s+)?";
  const words = phrase.split(" ").map((word) => (word === "FACT" ? `\`?(?:${facts.join("|")})` : word));
  const pattern = new RegExp(`\\b${words.join(between)}\\b`, "gi");
  return [...text.matchAll(pattern)].map(({ index }) => text.slice(0, index).split("\n").length);
}
