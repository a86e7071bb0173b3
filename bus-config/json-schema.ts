import { Schema } from "effect";

/** The part of JSON Schema (draft 2020-12, https://json-schema.org) that the rig's contracts come out as. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
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
      return `list of ${schema.items === undefined ? "anything" : typeName(schema.items)}`;
    case "object":
      return `{ ${Object.entries(schema.properties ?? {})
        .map(([name, field]) => `${name}: ${typeName(field)}`)
        .join(", ")} }`;
    default:
      return typeof schema.type === "string" ? schema.type : "anything";
  }
}
