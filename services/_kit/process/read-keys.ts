import { Schema } from "effect";
import { nearest } from "./nearest.ts";

/**
 * Decodes a parsed file that a person wrote, such as YAML. `wrong` describes up to ten wrong keys in sentences for that person. A key that
 * the schema does not know is refused, and the nearest known key is suggested: a misspelt limit must not be ignored silently.
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

/** 10: more faults make a comment that nobody reads, and each costs a search for the nearest key. */
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

/** The keys of a struct with dots between levels, each before the keys inside it: `limits`, `limits.fixRoundsMax`. */
function keysOf(schema: object, prefix = ""): readonly string[] {
  // An optional key wraps the schema of its value.
  const { fields = {}, schema: wrapped } = schema as Shape;
  if (wrapped !== undefined) return keysOf(wrapped, prefix);
  return Object.entries(fields).flatMap(([name, value]) => [`${prefix}${name}`, ...keysOf(value, `${prefix}${name}.`)]);
}

/** The inner schemas of a schema: the fields of a struct, or the value of an optional key. */
interface Shape {
  readonly fields?: Readonly<Record<string, object>>;
  readonly schema?: object;
}
