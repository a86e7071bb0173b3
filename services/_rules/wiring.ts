import { dirname } from "node:path/posix";
import { callsIn, filesImportedBy, type Source } from "./imports.ts";

/** What the check needs to know of a row. */
export interface WiredRow {
  readonly runs?: "person";
  readonly program?: string;
  readonly ingests?: true;
  readonly wakes?: readonly string[];
  readonly consumer?: "durable" | "ordered";
  readonly claims: readonly unknown[];
}

/** What a word of a row means, and the function of the kit that does it. */
interface Duty {
  readonly what: string;
  readonly by: string;
  /** The first argument of the call, where it is a text. */
  readonly first: string;
}

/**
 * The duties of rows that no code does, one sentence each. The broker makes a durable consumer for each of them, on which messages would wait
 * for ever. The call stands in the `main.ts`, or in a file of the same folder that leads from it.
 */
export function wiringFaults(rows: Readonly<Record<string, WiredRow>>, sources: readonly Source[]): readonly string[] {
  return Object.entries(rows).flatMap(([name, row]) => {
    // The program of another row does the same duties for this one (bus-config/choreography-faults.ts).
    if (row.runs === "person" || row.program !== undefined) return [];
    const main = `services/${name}/main.ts`;
    const calls = reachedFrom(main, sources).flatMap(callsIn);
    return dutiesOf(name, row)
      .filter((duty) => !calls.some((call) => call.name === duty.by && (call.first ?? duty.first) === duty.first))
      .map(
        ({ what, by, first }) => `${main}: the row ${name} ${what}, and nothing calls ${by}("${first}", …). Wire it.`,
      );
  });
}

function dutiesOf(name: string, { ingests, wakes = [], consumer, claims }: WiredRow): readonly Duty[] {
  return [
    ...(consumer === "durable" ? [{ what: "consumes facts", by: "consumeFacts", first: name }] : []),
    ...(consumer === "ordered" ? [{ what: "reads facts in order", by: "projectFacts", first: name }] : []),
    ...(claims.length > 0 ? [{ what: "claims work", by: "claimWork", first: name }] : []),
    ...(ingests === true ? [{ what: "consumes deliveries", by: "consumeStream", first: "GITHUB" }] : []),
    ...(wakes.length > 0 ? [{ what: "consumes ticks", by: "consumeTicks", first: name }] : []),
  ];
}

/** A file, and the files of its folder that it imports, through any number of them. */
function reachedFrom(main: string, sources: readonly Source[]): readonly Source[] {
  const paths = new Set([main]);
  for (const path of paths) {
    const source = sources.find((each) => each.path === path);
    const imported = source === undefined ? [] : filesImportedBy(source);
    for (const next of imported) if (dirname(next) === dirname(main)) paths.add(next);
  }
  return sources.filter(({ path }) => paths.has(path));
}
