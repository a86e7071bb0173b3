import { isTest } from "./import-law.ts";
import { filesImportedBy, type Source } from "./imports.ts";

/**
 * Every circle of imports, types included, as one line each. A circle of types does no harm at run time, but none of its files can be
 * read, moved or tested without all the others.
 */
export function circles(sources: readonly Source[]): readonly string[] {
  return circlesIn(new Map(sources.map((source) => [source.path, filesImportedBy(source)]))).map(
    (circle) => `${circle}: a circle of imports. Move what closes it, often one type, into the file below.`,
  );
}

/**
 * Every circle among the folders of services/_kit, types included and tests not, as one line each: a folder that imports another one, and
 * is imported by it, is no subject of its own.
 */
export function folderCircles(sources: readonly Source[]): readonly string[] {
  const imports = new Map<string, Set<string>>();
  for (const source of sources) {
    const folder = kitFolderOf(source.path);
    if (folder === undefined || isTest(source.path)) continue;
    const targets = filesImportedBy(source).flatMap((path) => kitFolderOf(path) ?? []);
    const known = imports.get(folder) ?? new Set();
    for (const target of targets) if (target !== folder) known.add(target);
    imports.set(folder, known);
  }
  return circlesIn(imports).map(
    (circle) => `${circle}: a circle of folders. Move what closes it into the folder below, or into one of its own.`,
  );
}

/** `services/_kit/bus` of a file in it; undefined for `services/_kit/errors.ts`, which every folder may import, and for what is not of the kit. */
function kitFolderOf(path: string): string | undefined {
  return /^services\/_kit\/[^/]+(?=\/)/.exec(path)?.[0];
}

/** The circles of a graph, each once: `a → b → a`. */
function circlesIn(imports: ReadonlyMap<string, Iterable<string>>): readonly string[] {
  const found: string[] = [];
  const finished = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start >= 0) found.push([...way.slice(start), path].join(" → "));
    if (start >= 0 || finished.has(path)) return;
    for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
    finished.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
}
