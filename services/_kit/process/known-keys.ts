import { Schema } from "effect";

/**
 * Decodes a file that a person wrote, such as parsed YAML. `wrong` names every key that is wrong, in sentences for that person. A
 * key that the schema does not know is refused with the nearest one: if it were dropped, a misspelt limit would have no effect and nobody would see it.
 */
export function readKeys<Value>(
  schema: Schema.Codec<Value>,
  file: unknown,
): { readonly value: Value } | { readonly wrong: string } {
  const options = { parseOptions: { onExcessProperty: "error", errors: "all" } } as const;
  const read = Schema.toStandardSchemaV1(schema, options)["~standard"].validate(file);
  if (read instanceof Promise) throw new Error("a schema of a file decodes at once");
  if (read.issues === undefined) return { value: read.value };
  const known = keysOf(schema);
  const named = read.issues.slice(0, faultsMax).map(({ path = [], message }) => fault(known, file, path, message));
  const more = read.issues.length - named.length;
  return { wrong: [...named, ...(more > 0 ? [`And ${more} faults more`] : [])].join(". ") };
}

/** Ten faults fill a comment that a person reads; each costs a search for the nearest key. */
const faultsMax = 10;

type Path = readonly (PropertyKey | { readonly key: PropertyKey })[];

function fault(known: readonly string[], file: unknown, path: Path, message: string): string {
  const steps = path.map((step) => (typeof step === "object" ? step.key : step));
  const key = steps.filter((step) => typeof step === "string").join(".");
  if (key === "") return "the file has to consist of keys and values";
  if (!known.includes(key)) {
    return `"${key}" is no key of this file, the nearest one is "${nearest(known, key)}". All of them: ${known.join(", ")}`;
  }
  const value = steps.reduce<unknown>((within, step) => (isObject(within) ? within[step] : undefined), file);
  if (value === undefined) return `${key} is missing`;
  const shown = (JSON.stringify(value) ?? String(value)).slice(0, 80);
  return `${key} is ${shown}: ${message.slice(0, 1).toLowerCase()}${message.slice(1)}`;
}

function isObject(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === "object" && value !== null;
}

/** The keys of a struct, as a person writes them, each followed by the keys within: `limits`, `limits.fixRoundsMax`. */
export function keysOf(schema: object, prefix = ""): readonly string[] {
  // An optional key wraps the schema of its value.
  const { fields = {}, schema: wrapped } = schema as Shape;
  if (wrapped !== undefined) return keysOf(wrapped, prefix);
  return Object.entries(fields).flatMap(([name, value]) => [`${prefix}${name}`, ...keysOf(value, `${prefix}${name}.`)]);
}

/** What a schema shows of what is in it: a struct its fields, an optional key its value. */
interface Shape {
  readonly fields?: Readonly<Record<string, object>>;
  readonly schema?: object;
}

/** The known word that is spelt most like the wrong one; of words with dots the last part is compared first. */
export function nearest(known: readonly string[], wrong: string): string {
  const distance = (key: string) =>
    editDistance(lastPart(key), lastPart(wrong)) * 100 + editDistance(key.toLowerCase(), wrong.toLowerCase());
  return known.toSorted((a, b) => distance(a) - distance(b))[0] ?? "";
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf(".") + 1).toLowerCase();
}

/** How many letters to add, remove or replace (Levenshtein). The first 40 letters decide. */
function editDistance(a: string, b: string): number {
  const [from, to] = [a.slice(0, 40), b.slice(0, 40)];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (above[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    above = current;
  }
  return above.at(-1) ?? 0;
}
