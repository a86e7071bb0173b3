import { circles, folderCircles } from "./circles.ts";
import { readForbidden, wordViolations } from "./forbidden-words.ts";
import { importViolations } from "./import-law.ts";
import type { Source } from "./imports.ts";
import type { Dependencies } from "./package-homes.ts";
import { demoRepository, layoutViolations, namesBannedWords, serviceViolations, textViolations } from "./tidy.ts";
import { unusedExports } from "./unused-exports.ts";

// The house rules that a program can check; Biome checks the length of functions. `npm run check` runs them.

/** As much of the repository as the rules read: the path of every file, and the text of one. */
export interface House {
  readonly paths: readonly string[];
  readonly read: (path: string) => string;
  readonly declared: Dependencies;
  /** The types of the facts, for the phrases of the glossary that have FACT in them. */
  readonly factTypes: readonly string[];
}

/** Everything in the repository that breaks a rule, one line each: where, what and the mend. */
export function houseViolations({ paths, read, declared, factTypes }: House): readonly string[] {
  const sourceOf = (path: string): Source => ({ path, text: read(path) });
  const sources = paths.filter(isOurs).map(sourceOf);
  const documents = paths.filter((path) => /\.(md|yaml|mjs)$/.test(path) && !path.startsWith(demoRepository));
  const forbidden = readForbidden(read("docs/glossary.md"));
  const unread = [
    ...(sources.length === 0 ? ["The rules found no .ts file. Run them in a checkout of git."] : []),
    ...(forbidden.length === 0 ? ["docs/glossary.md: no word could be read from its column 'not'."] : []),
  ];
  const searched = [...sources, ...documents.map(sourceOf)];
  return [
    ...unread,
    ...importViolations(sources, declared),
    ...circles(sources),
    ...folderCircles(sources),
    ...unusedExports(sources),
    ...layoutViolations(paths),
    ...serviceViolations(paths),
    ...sources.filter(({ path }) => !namesBannedWords(path)).flatMap(textViolations),
    ...searched.flatMap((source) => wordViolations(source, forbidden, factTypes)),
  ];
}

function isOurs(path: string): boolean {
  return /^[^.].*\.ts$/.test(path) && !/\/generated\//.test(path) && !path.startsWith(demoRepository);
}
