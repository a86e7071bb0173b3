import { basename, dirname, join } from "node:path/posix";
import { filesImportedBy, type Source, testTitlesOf } from "./imports.ts";

/** One step of a walk in docs/architecture.md: a file, the names in it that a reader looks for, and the titles of tests. */
interface Hop {
  readonly path: string;
  readonly names: readonly string[];
  readonly titles: readonly string[];
}

/** A walk from the README's table to a test, under its heading. */
interface Walk {
  readonly title: string;
  readonly hops: readonly Hop[];
}

const hopsMax = 6;

/**
 * Reads the walks of a document: a heading `### Walk: …`, then a numbered list whose items begin with a link to a file and name what is
 * read there in `code`, and a test by its whole title in "quotes".
 */
export function walksIn(document: Source): readonly Walk[] {
  return document.text
    .split(/^### Walk: /m)
    .slice(1)
    .map((section) => {
      const [title = "", ...lines] = (section.split(/^##/m)[0] ?? "").split("\n");
      const hops = lines.flatMap((line): readonly Hop[] => {
        const [, link, rest = ""] = /^\d+\. \[[^\]]*\]\(([^)]*)\)(.*)$/.exec(line) ?? [];
        if (link === undefined) return [];
        return [
          {
            path: join(dirname(document.path), link),
            names: [...rest.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code),
            titles: [...rest.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title),
          },
        ];
      });
      return { title, hops };
    });
}

/**
 * What is wrong with a walk, one sentence each: it is longer than six hops, does not end at a test with its title, names what is not in
 * the file, or goes to a file to which nothing leads. A file leads to what it imports, the row that is named first to the `main.ts` of its
 * service, and every file of the walk to a test beside it that imports it, or whose fixture does.
 */
export function walkFaults({ title, hops }: Walk, sources: readonly Source[]): readonly string[] {
  const faults = hops.flatMap(({ path, names, titles }, index) => {
    const source = sources.find((each) => each.path === path);
    if (source === undefined) return [`${path} does not exist`];
    const tests = titles.length === 0 ? [] : testTitlesOf(source);
    const missing = [
      ...names.filter((name) => !hasName(source.text, name)).map((name) => `${path} has no ${name}`),
      ...titles.filter((title) => !tests.includes(title)).map((title) => `${path} has no test "${title}"`),
    ];
    const earlier = hops.slice(0, index);
    const before = earlier.at(-1);
    const isLed = before === undefined || leadsTo(before, source, sources) || isTestOfAny(source, earlier, sources);
    return isLed ? missing : [...missing, `nothing in ${before.path} leads to ${path}`];
  });
  return [
    ...(hops.length > hopsMax ? [`has ${hops.length} hops, at most ${hopsMax}`] : []),
    ...(endsAtTest(hops.at(-1)) ? [] : ["does not end at a test with its title"]),
    ...faults,
  ].map((fault) => `Walk "${title}": ${fault}. Mend docs/architecture.md, or the code.`);
}

function endsAtTest(last: Hop | undefined): boolean {
  return last?.path.endsWith(".test.ts") === true && last.titles.length > 0;
}

/** Whether the text has the name as a whole, not as a part of another one. */
function hasName(text: string, name: string): boolean {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<!\\w)${escaped}(?!\\w)`).test(text);
}

function leadsTo(before: Hop, to: Source, sources: readonly Source[]): boolean {
  if (before.path === to.path) return true;
  if (before.path === "contracts/choreography.ts") return to.path === `services/${before.names[0]}/main.ts`;
  const from = sources.find(({ path }) => path === before.path);
  return from !== undefined && filesImportedBy(from).includes(to.path);
}

/** Whether it is a test beside one of these files that imports it, itself or by a fixture (`test-….ts`). */
function isTestOfAny(test: Source, files: readonly Hop[], sources: readonly Source[]): boolean {
  return (
    test.path.endsWith(".test.ts") &&
    files.some(({ path }) => dirname(path) === dirname(test.path) && isTestOf(test, path, sources))
  );
}

function isTestOf(test: Source, path: string, sources: readonly Source[]): boolean {
  const imported = filesImportedBy(test);
  const fixtures = sources.filter(
    (source) => imported.includes(source.path) && basename(source.path).startsWith("test-"),
  );
  return [test, ...fixtures].some((source) => filesImportedBy(source).includes(path));
}
