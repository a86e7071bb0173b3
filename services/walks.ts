import { dirname, join } from "node:path/posix";
import { importsOf, type Source, targetOf } from "./imports.ts";

/** One step of a walk in docs/architecture.md: a file, and the names in it that a reader looks for. */
interface Hop {
  readonly path: string;
  readonly names: readonly string[];
}

/** A walk from the README's table to a test, under its heading. */
interface Walk {
  readonly title: string;
  readonly hops: readonly Hop[];
}

const hopsMax = 6;

/**
 * Reads the walks of a document: a heading `### Walk: …`, then a numbered list whose items begin with a link to a file and name what is
 * read there in `code` or, for a test, in "quotes".
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
            names: [...rest.matchAll(/`([^`]+)`|"([^"]+)"/g)].map(([, code, quote]) => code ?? quote ?? ""),
          },
        ];
      });
      return { title, hops };
    });
}

/**
 * What is wrong with a walk, one sentence each: it is longer than six hops, does not end at a test, names what is not in the file, or
 * goes to a file to which nothing leads. A file leads to what it imports, the row that is named first to the `main.ts` of its service, and
 * every file to a test beside it.
 */
export function walkFaults({ title, hops }: Walk, sources: readonly Source[]): readonly string[] {
  const textOf = (path: string) => sources.find((source) => source.path === path)?.text;
  const faults = hops.flatMap(({ path, names }, index) => {
    const text = textOf(path);
    if (text === undefined) return [`${path} does not exist`];
    const missing = names.filter((name) => !text.includes(name)).map((name) => `${path} has no ${name}`);
    const before = hops[index - 1];
    const led =
      before === undefined || leadsTo({ path: before.path, text: textOf(before.path) ?? "" }, path, before.names);
    return led ? missing : [...missing, `nothing in ${before.path} leads to ${path}`];
  });
  return [
    ...(hops.length > hopsMax ? [`has ${hops.length} hops, at most ${hopsMax}`] : []),
    ...(hops.at(-1)?.path.endsWith(".test.ts") ? [] : ["does not end at a test"]),
    ...faults,
  ].map((fault) => `Walk "${title}": ${fault}. Mend docs/architecture.md, or the code.`);
}

function leadsTo(from: Source, path: string, names: readonly string[]): boolean {
  if (from.path === path) return true;
  if (path.endsWith(".test.ts")) return dirname(path) === dirname(from.path);
  if (from.path === "contracts/choreography.ts") return path === `services/${names[0]}/main.ts`;
  return importsOf(from).some(({ specifier }) => {
    const target = targetOf(from.path, specifier);
    return target.kind === "file" && target.path === path;
  });
}
