import { importsOf, type Source, targetOf } from "./imports.ts";

/**
 * Every circle of imports, types included, as one line each. A circle of types does no harm at run time, but none of its files can be
 * read, moved or tested without all the others.
 */
export function circles(sources: readonly Source[]): readonly string[] {
  const imports = new Map(sources.map((source) => [source.path, importedBy(source)]));
  const found: string[] = [];
  const finished = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start >= 0) found.push(faultOf([...way.slice(start), path]));
    if (start >= 0 || finished.has(path)) return;
    for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
    finished.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return found;
}

function importedBy(source: Source): readonly string[] {
  return importsOf(source).flatMap(({ specifier }) => {
    const target = targetOf(source.path, specifier);
    return target.kind === "file" ? [target.path] : [];
  });
}

function faultOf(circle: readonly string[]): string {
  return `${circle.join(" → ")}: a circle of imports. Move what closes it, often one type, into the file below.`;
}
