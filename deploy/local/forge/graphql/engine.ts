import { readFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import type { DocumentNode, ExecutionResult, GraphQLError, GraphQLFieldResolver, GraphQLSchema } from "graphql";

/** One request, as the body of `POST /graphql` has it. */
export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
}

/** What a field has: a value, a function that computes it, or a `Field` with the arguments that it takes. */
export type Fields = Readonly<Record<string, unknown>>;

/** A field with arguments. A query that gives it another argument gets an error. */
export class Field {
  readonly takes: readonly string[];
  readonly run: (args: Readonly<Record<string, unknown>>) => unknown;
  constructor(takes: readonly string[], run: (args: Readonly<Record<string, unknown>>) => unknown) {
    this.takes = takes;
    this.run = run;
  }
}

/**
 * The local forge could not answer one field of a GraphQL query. The answer has GitHub's type beside the message, and the rest of the query.
 * Kind: business no.
 * What to do: for `NOT_IN_LOCAL_FORGE`, add the field to `deploy/local/forge/graphql/`; for another type, what GitHub's documentation says about it.
 */
export class FieldError extends Error {
  override readonly name = "FieldError";
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

type Library = typeof import("graphql");

interface Engine {
  readonly library: Library;
  readonly schema: GraphQLSchema;
}

let engine: Promise<Engine> | undefined;

/**
 * Answers a request as GitHub does: 200 with `errors` and no `data` for a query that GitHub's published schema does not have, and with
 * an error for each field that the forge does not have. The schema is read at the first request, which needs about 0.5 s of a processor
 * and leaves 8 MB in the heap: the start of the forge does not wait for it.
 */
export async function answerGraphql(
  request: GraphqlRequest,
  roots: { readonly query: Fields; readonly mutation: Fields },
): Promise<unknown> {
  const checked = await checkQuery(request.query);
  if ("errors" in checked) return { errors: checked.errors.map(shown) };
  const { library, schema } = await loaded();
  const operation = library.getOperationAST(checked.document, request.operationName);
  const result: ExecutionResult = await library.execute({
    schema,
    document: checked.document,
    rootValue: operation?.operation === "mutation" ? roots.mutation : roots.query,
    variableValues: request.variables,
    ...(request.operationName === undefined ? {} : { operationName: request.operationName }),
    fieldResolver: resolveField,
    typeResolver: (value) => String((value as Fields).__typename),
  });
  const errors = result.errors === undefined ? {} : { errors: result.errors.map(shown) };
  return result.data === undefined ? errors : { data: result.data, ...errors };
}

type Checked = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] };

/** 100: the services have fewer queries. To check one takes milliseconds, as long as all else of an answer. */
const checkedMax = 100;
const checkedQueries = new Map<string, Checked>();

/** Parses a query and holds it to GitHub's schema. By itself it is what every query of the services is tested against. */
export async function checkQuery(query: string): Promise<Checked> {
  const checked = checkedQueries.get(query) ?? check(await loaded(), query);
  if (checkedQueries.size < checkedMax) checkedQueries.set(query, checked);
  return checked;
}

function check({ library, schema }: Engine, query: string): Checked {
  try {
    const document = library.parse(query);
    const errors = library.validate(schema, document);
    return errors.length > 0 ? { errors } : { document };
  } catch (error) {
    if (error instanceof library.GraphQLError) return { errors: [error] };
    throw error;
  }
}

function loaded(): Promise<Engine> {
  engine ??= loadEngine();
  return engine;
}

/** A field that the forge does not have is an error that says so, never null in silence. */
const resolveField: GraphQLFieldResolver<unknown, unknown> = (source, args, _context, info) => {
  const name = `${info.parentType.name}.${info.fieldName}`;
  const value = Object.hasOwn(Object(source), info.fieldName) ? (source as Fields)[info.fieldName] : undefined;
  if (value === undefined) throw new FieldError("NOT_IN_LOCAL_FORGE", `The local forge does not have ${name}.`);
  const given = info.fieldNodes.flatMap((node) => node.arguments ?? []).map((each) => each.name.value);
  const unknown = given.find((each) => !(value instanceof Field && value.takes.includes(each)));
  if (unknown !== undefined) {
    throw new FieldError("NOT_IN_LOCAL_FORGE", `The local forge does not have the argument ${unknown} of ${name}.`);
  }
  if (value instanceof Field) return value.run(args);
  return typeof value === "function" ? value() : value;
};

function shown({ message, locations, path, originalError }: GraphQLError) {
  const type = originalError instanceof FieldError ? { type: originalError.type } : {};
  return {
    ...type,
    ...(path === undefined ? {} : { path }),
    ...(locations === undefined ? {} : { locations }),
    message,
  };
}

async function loadEngine(): Promise<Engine> {
  const library = await import("graphql");
  // The package exports its index only, which would bring the same schema as 5 MB of JSON.
  const home = dirname(findPackageJSON("@octokit/graphql-schema", import.meta.url) ?? "");
  const text = await readFile(join(home, "schema.graphql"), "utf8");
  // Descriptions are two thirds of the text, and nobody reads them here.
  const bare = text.replace(/^ *"""[\s\S]*?"""\n/gm, "");
  const document = library.parse(bare, { noLocation: true });
  // GitHub has checked its own schema.
  const schema = library.buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
  widenIntegers(schema);
  forgetSource(schema);
  return { library, schema };
}

/** GitHub answers ids beyond 32 bits in fields of the type Int, such as `CheckRun.databaseId`, which the library refuses. */
function widenIntegers(schema: GraphQLSchema): void {
  const type = schema.getType("Int");
  if (type === undefined || !("serialize" in type)) throw new Error("GitHub's schema has no Int");
  type.serialize = (value) => value;
}

/** Every type keeps the syntax tree that it was made from: 10 MB that nothing needs any more. */
function forgetSource(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    type.astNode = undefined;
    const fields = "getFields" in type ? Object.values(type.getFields()) : [];
    const values = "getValues" in type ? type.getValues() : [];
    for (const each of [...fields, ...values]) {
      each.astNode = undefined;
      for (const argument of "args" in each ? each.args : []) argument.astNode = undefined;
    }
  }
}
