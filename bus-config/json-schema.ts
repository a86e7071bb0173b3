import { Schema } from "effect";

/** The part of JSON Schema (draft 2020-12, https://json-schema.org) that the rig's contracts come out as. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: string;
  readonly enum?: readonly unknown[];
  readonly maxLength?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** The JSON Schema of a contract. Throws when the schema is not self-contained, which no document here can show. */
export function jsonSchemaOf(schema: Schema.Top, name: string): JsonSchema {
  const document = Schema.toJsonSchemaDocument(schema);
  if (Object.keys(document.definitions).length > 0) {
    throw new Error(
      `${name} refers to a named schema: write its fields in place, or teach bus-config/json-schema.ts definitions`,
    );
  }
  return document.schema as JsonSchema;
}

/** One field of a contract as a table shows it; `path` is `threads[].path` for a field of the objects in a list. */
export interface Field {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly optional: boolean;
}

/** All fields of an object, each followed by the fields of what is in it. */
export function fieldsOf({ properties = {}, required = [] }: JsonSchema, prefix = ""): readonly Field[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    const within = shapesIn(schema, path).flatMap((shape) => fieldsOf(shape.schema, `${shape.path}.`));
    return [{ path, schema, optional: !required.includes(name) }, ...within];
  });
}

/** A schema and every schema that a value of it is made of, at whatever depth; the fields of an object are fields of their own. */
function shapesIn(schema: JsonSchema, path: string): readonly { readonly path: string; readonly schema: JsonSchema }[] {
  const { anyOf = [], oneOf = [], items, prefixItems = [] } = schema;
  const { additionalProperties: more, patternProperties = {} } = schema;
  const inList = [...prefixItems, ...(items === undefined ? [] : [items])];
  const byName = [...Object.values(patternProperties), ...(typeof more === "object" ? [more] : [])];
  return [
    { path, schema },
    ...[...anyOf, ...oneOf].flatMap((each) => shapesIn(each, path)),
    ...inList.flatMap((each) => shapesIn(each, `${path}[]`)),
    ...byName.flatMap((each) => shapesIn(each, `${path}.*`)),
  ];
}

/** The fields of these contracts that have no meaning, one sentence each, with what to do. */
export function meaningFaults(contracts: Readonly<Record<string, JsonSchema>>): readonly string[] {
  return Object.entries(contracts).flatMap(([name, contract]) =>
    fieldsOf(contract)
      .filter(({ schema }) => (schema.description ?? "").trim() === "")
      .map(({ path }) => `${name} has a field without a meaning, ${path}: annotate its schema with a description.`),
  );
}

/** 4,096 characters, the longest path of a file: whatever is longer is text, and stands on TEXT. */
const charactersMax = 4_096;

/**
 * The string fields of these facts that have no bound and the fields of no type, one sentence each, with what to do. EVENTS keeps them for ever, so whatever
 * somebody can write at length has to stand on TEXT.
 */
export function boundFaults(facts: Readonly<Record<string, JsonSchema>>): readonly string[] {
  return Object.entries(facts).flatMap(([type, data]) =>
    fieldsOf(data).flatMap(({ path, schema }) => {
      const shapes = shapesIn(schema, path).map((shape) => shape.schema);
      return [
        ...(shapes.some(isUnbounded)
          ? [
              `${type} has a text field without a bound, ${path}: take a field of contracts/fields.ts, or a TextRef if somebody writes it.`,
            ]
          : []),
        ...(shapes.some(isAnything)
          ? [`${type} has a field of no type, ${path}, so whatever is written there is kept: say what it is.`]
          : []),
      ];
    }),
  );
}

/** Whether a schema allows any value, or an object or a list of whatever there is. */
function isAnything(schema: JsonSchema): boolean {
  const { type, const: only, enum: values, anyOf, oneOf } = schema;
  if (type === "object") return schema.properties === undefined && typeof schema.additionalProperties !== "object";
  if (type === "array") return schema.items === undefined && schema.prefixItems === undefined;
  return [type, only, values, anyOf, oneOf].every((each) => each === undefined);
}

function isUnbounded({ type, const: only, enum: values, maxLength = Number.POSITIVE_INFINITY }: JsonSchema): boolean {
  return type === "string" && only === undefined && values === undefined && maxLength > charactersMax;
}

/** A short name of a type for people: `text`, `whole number`, `"a" or "b"`, `list of …`, `… or null`. */
export function typeName(schema: JsonSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeName).join(" or ");
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(" or ");
  switch (schema.type) {
    case "string":
      return "text";
    case "integer":
      return "whole number";
    case "boolean":
      return "true or false";
    case "array":
      return `list of ${schema.items?.type === "object" ? "objects" : typeName(schema.items ?? {})}`;
    default:
      return typeof schema.type === "string" ? schema.type : "anything";
  }
}
