import { basename } from "node:path/posix";
import type { Source } from "./imports.ts";

// Where a file stands, what it is named, how long it is and which words it may not have. A violation says where, what and the mend.

/** Every name at the top of the repository; one that begins with a dot is free. */
const topLevel = [
  ...["README.md", "LICENSE", "package.json", "package-lock.json", "tsconfig.json", "biome.json"],
  ...["contracts", "bus-config", "services", "deploy", "facts", "docs"],
];
export const demoRepository = "deploy/local/demo/repository/";
/** Runs before any dependency exists, on a Node that may not read TypeScript. */
export const setUp = "deploy/local/setup.mjs";
const linesMax = 300;
const mainLinesMax = 40;

const bannedNames = /^(utils?|helpers?|commons?|misc|index|shared|lib|types)$/;
const patternNames = /[-.](utils?|helpers?|manager|impl|base|factory)$/;
/** Word and what to do instead. These lines name the words that they forbid, as the tests of this file do. */
const bannedWords: readonly (readonly [RegExp, string])[] = [
  [/\b(TODO|FIXME|XXX|HACK)\b/, "Do it, or open an issue and take the words out."],
  [/\bas any\b(?! [a-z])/, "Decode with a Schema, or narrow with a type guard."],
  [/@ts-(ignore|nocheck)/, "Mend the type; a type test that must fail uses @ts-expect-error."],
  [
    /\b(test|it|describe|suite)(\.\w+)*\.(only|skip|todo)\(/,
    "Run it, delete it, or skip by name with context.skip(reason).",
  ],
];

/** Files that stand where the layout has no place for them, or whose name says a pattern. `paths` are from the root of the repository. */
export function layoutViolations(paths: readonly string[]): readonly string[] {
  const foreign = new Set(paths.map((path) => path.split("/")[0] ?? "").filter((name) => !name.startsWith(".")));
  for (const name of topLevel) foreign.delete(name);
  const hidden = paths.filter((path) => path.endsWith("/package.json") && !path.startsWith(demoRepository));
  const ours = paths.filter((path) => !path.startsWith(demoRepository) && /\.([cm]?[jt]s|[jt]sx)$/.test(path));
  const unread = ours.filter((path) => !path.endsWith(".ts") && path !== setUp);
  return [
    ...[...foreign].map(
      (name) => `${name}: the top-level names are fixed. Move it into ${topLevel.slice(6).join("/, ")}/.`,
    ),
    ...hidden.map((path) => `${path}: hides the # imports of the code below it. The only package.json is the root's.`),
    ...unread.map((path) => `${path}: the rules read .ts files only. Write it in TypeScript, with the ending .ts.`),
    ...ours.flatMap((path) => {
      const stem = basename(path).replace(/(\.(int|e2e))?(\.test)?(-d)?\.\w+$/, "");
      const banned = bannedNames.test(stem) || patternNames.test(stem);
      return banned ? [`${path}: the name says a pattern, not the thing. Name it after what it holds.`] : [];
    }),
  ];
}

/** Folders of services without a main.ts or a verb, and files that do not belong into one. */
export function serviceViolations(paths: readonly string[]): readonly string[] {
  const inServices = paths
    .map((path) => path.split("/"))
    .filter(([top, , ...rest]) => top === "services" && rest.length > 0);
  const folders = Map.groupBy(inServices, ([, service = ""]) => service);
  folders.delete("_kit");
  folders.delete("_agent");
  folders.delete("_rules");
  return [...folders].flatMap(([service, files]) => {
    const names = files.map((parts) => parts.slice(2).join("/"));
    const verbs = ["decide.ts", "work.ts", "project.ts"];
    const odd = names.filter((name) => !/^[a-z][a-z0-9-]*(\.int|\.e2e)?(\.test|\.test-d)?\.ts$/.test(name));
    return [
      ...(names.includes("main.ts") ? [] : [`services/${service}: has no main.ts. Wire the service there.`]),
      ...(names.some((name) => verbs.includes(name))
        ? []
        : [`services/${service}: has none of ${verbs.join(", ")}. Put what it does into one of them.`]),
      ...odd.map(
        (name) =>
          `services/${service}/${name}: a service folder is flat and holds .ts files in kebab-case. Move or rename it.`,
      ),
    ];
  });
}

/** Files that are too long, and words that are not to be written. */
export function textViolations({ path, text }: Source): readonly string[] {
  const lines = text.trimEnd().split("\n");
  const isMain = /^services\/[^/]+\/main\.ts$/.test(path);
  const tooLong = [
    ...(lines.length > linesMax
      ? [`${path}: ${lines.length} lines, at most ${linesMax}. Split it by what it offers.`]
      : []),
    ...(isMain && lines.length > mainLinesMax
      ? [`${path}: ${lines.length} lines, at most ${mainLinesMax}. It only wires: move the rest to the verb.`]
      : []),
    ...(isMain && !text.startsWith("//")
      ? [`${path}: says nothing. Its first comment says what the service does.`]
      : []),
  ];
  const words = bannedWords.flatMap(([word, mend]) => {
    const at = lines.findIndex((line) => word.test(line));
    return at < 0 ? [] : [`${path}:${at + 1}: ${word.exec(lines[at] ?? "")?.[0]}. ${mend}`];
  });
  return [...tooLong, ...words];
}

/** Whether a file may have the banned words, because it names them. */
export function namesBannedWords(path: string): boolean {
  return /^services\/_rules\/tidy(\.test)?\.ts$/.test(path);
}
