import { dirname } from "node:path/posix";
import { isTest } from "./import-law.ts";
import { exportsOf, importsOf, type Source, targetOf } from "./imports.ts";

/**
 * Exported values that nobody imports, one line each; types are free. A test counts when what it imports is made for tests or stands
 * in its own folder: a pure function may be exported for its own test, but what only tests elsewhere use is no part of the program. Neither
 * is a file of which the program imports nothing at all, not even a type (`onlyTested`).
 */
export function unusedExports(sources: readonly Source[]): readonly string[] {
  const importers = importersIn(sources);
  const unused = sources
    .filter(({ path }) => !isTypeTest(path))
    .flatMap((source) =>
      exportsOf(source)
        .filter(({ name }) => !(name === "default" && isMain(source.path)))
        .flatMap(({ name, line }) => {
          const fault = name === "*" ? hidden : faultOf(source.path, importers(source.path, name));
          return fault === undefined ? [] : [`${source.path}:${line}: ${name}: ${fault}`];
        }),
    );
  return [...unused, ...onlyTested(sources)];
}

/** A program that npm starts by its path. */
const onlyTestedAllowed = ["bus-config/generate.ts"];

/** Whether only tests may import a file: a rule of the house is run by its test, and a main.ts is loaded by name. */
function mayBeOnlyTested(path: string): boolean {
  return isTest(path) || isMain(path) || path.startsWith("services/_rules/") || onlyTestedAllowed.includes(path);
}

/** Files that only tests import, in whichever folder. */
function onlyTested(sources: readonly Source[]): readonly string[] {
  const importers = Map.groupBy(
    sources.flatMap(({ path, text }) =>
      importsOf({ path, text }).flatMap(({ specifier }) => {
        const target = targetOf(path, specifier);
        return target.kind === "file" ? [{ from: path, to: target.path }] : [];
      }),
    ),
    ({ to }) => to,
  );
  return sources.flatMap(({ path }) => {
    const found = importers.get(path) ?? [];
    const isTested = found.length > 0 && found.every(({ from }) => isTest(from));
    if (!isTested || mayBeOnlyTested(path)) return [];
    return [`${path}: only tests import this file, such as ${found[0]?.from}. Let the program use it, or delete it.`];
  });
}

/** `export *` would count as an importer of every name of the other file, and so would one of its types. */
const hidden = "export * hides which names are used. Let each file import from where a name is defined.";

function faultOf(path: string, importers: readonly string[]): string | undefined {
  if (importers.length === 0) return "nobody imports it. Take the word export away, or delete it.";
  const counts = (importer: string) => !isTest(importer) || isTest(path) || dirname(importer) === dirname(path);
  if (importers.some(counts)) return undefined;
  return `only tests import it, such as ${importers[0]}. Test what the program uses, or move it to a file test-*.ts.`;
}

/** Who imports a name of a file; `*` and `import()` take every name. */
function importersIn(sources: readonly Source[]): (path: string, name: string) => readonly string[] {
  const found = new Map<string, string[]>();
  for (const source of sources) {
    for (const { specifier, names } of importsOf(source)) {
      const target = targetOf(source.path, specifier);
      if (target.kind !== "file") continue;
      for (const name of names) {
        const key = `${target.path} ${name}`;
        found.set(key, [...(found.get(key) ?? []), source.path]);
      }
    }
  }
  return (path, name) => [...(found.get(`${path} ${name}`) ?? []), ...(found.get(`${path} *`) ?? [])];
}

/** services/run.ts loads the default export of each service by the service's name. */
function isMain(path: string): boolean {
  return /^services\/[^/]+\/main\.ts$/.test(path);
}

/** Its exports are programs that must not compile; the word export keeps Biome from calling them unused. */
function isTypeTest(path: string): boolean {
  return path.endsWith(".test-d.ts");
}
