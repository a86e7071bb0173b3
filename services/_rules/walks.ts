import { basename, dirname, join } from "node:path/posix";
import { filesImportedBy, type Source, testTitlesOf } from "./imports.ts";

/** One step of a walk in docs/architecture.md: a file, the names in it that a reader looks for, and the titles of tests. */
interface Hop {
  readonly path: string;
  readonly names: readonly string[];
  /** What is written behind the link. */
  readonly text: string;
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
            text: rest,
            names: [...rest.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code),
            titles: [...rest.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title),
          },
        ];
      });
      return { title, hops };
    });
}

/** What the check needs to know of a row of the choreography. */
export interface WalkedRow {
  readonly consumes: readonly string[];
  readonly publishes: readonly string[];
}

/**
 * What is wrong with a walk, one sentence each: it does not begin at a row that publishes or consumes the fact of its title, its last test
 * has nothing to do with that fact, it is longer than six hops, does not end at a test with its title, names what is not in
 * the file, or goes to a file to which nothing leads. A file leads to what it imports, the row that is named first to the `main.ts` of its
 * service, and every file of the walk to a test beside it that imports it, or whose fixture does.
 */
export function walkFaults(
  { title, hops }: Walk,
  sources: readonly Source[],
  rows: Readonly<Record<string, WalkedRow>>,
): readonly string[] {
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
    ...beginFaults(title, hops[0], rows),
    ...(isAboutFact(title, hops, sources)
      ? []
      : ["its last test names neither its fact nor what the hop before names"]),
    ...faults,
  ].map((fault) => `Walk "${title}": ${fault}. Mend docs/architecture.md, or the code.`);
}

/** The first hop is the row of the title: it has the verb and the fact of the title, and the row really has that fact. */
function beginFaults(
  title: string,
  first: Hop | undefined,
  rows: Readonly<Record<string, WalkedRow>>,
): readonly string[] {
  const [, fact = "", verb = ""] = /^(\w+) is (published|consumed)$/.exec(title) ?? [];
  if (fact === "") return ['its title is not "FACT is published" or "FACT is consumed"'];
  const [name = ""] = first?.names ?? [];
  const [does, facts] =
    verb === "published" ? ["publishes", rows[name]?.publishes] : ["consumes", rows[name]?.consumes];
  const begin = `the row \`${name}\` ${does} \`${fact}\``;
  if (first?.path !== "contracts/choreography.ts" || !first.text.includes(begin)) {
    return [`does not begin at contracts/choreography.ts: the row \`…\` ${does} \`${fact}\``];
  }
  return facts?.includes(fact) === true ? [] : [`the row ${name} does not have ${fact} in what it ${does}`];
}

/** Whether the last test, or a fixture that it imports, has the name of the title's fact or of what the hop before it shows. */
function isAboutFact(title: string, hops: readonly Hop[], sources: readonly Source[]): boolean {
  const test = sources.find(({ path }) => path === hops.at(-1)?.path);
  // What is no test has a fault of its own.
  if (test?.path.endsWith(".test.ts") !== true) return true;
  const names = [title.split(" ")[0] ?? "", ...(hops.at(-2)?.names ?? [])];
  return [test, ...fixturesOf(test, sources)].some(({ text }) => names.some((name) => hasName(text, name)));
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
  return [test, ...fixturesOf(test, sources)].some((source) => filesImportedBy(source).includes(path));
}

function fixturesOf(test: Source, sources: readonly Source[]): readonly Source[] {
  const imported = filesImportedBy(test);
  return sources.filter((source) => imported.includes(source.path) && basename(source.path).startsWith("test-"));
}
