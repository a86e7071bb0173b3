/**
 * The files that may import a third-party package for its values, so that a package can be replaced in one place and a reader
 * knows where to look. Tests and type-only imports need no home. A second home is a second connection or a second use that
 * shares nothing with the first; give the reason when you add one.
 */
export const packageHomes: Readonly<Record<string, readonly string[]>> = {
  "@anthropic-ai/sdk": ["services/_kit/model/model.ts"],
  "@electric-sql/pglite": ["deploy/local/engines/postgres.ts"],
  "@electric-sql/pglite-pg_textsearch": ["deploy/local/engines/postgres.ts"],
  "@electric-sql/pglite-pgvector": ["deploy/local/engines/postgres.ts"],
  "@electric-sql/pglite-socket": ["deploy/local/engines/postgres.ts"],
  // apply.ts is the administrator.
  "@nats-io/jetstream": ["services/_kit/bus/bus.ts", "bus-config/apply.ts"],
  "@nats-io/kv": ["services/_kit/work/lease.ts"],
  // Makes the keys of all users of the local bus.
  "@nats-io/nkeys": ["deploy/local/engines/nats-server.ts"],
  // deliveries-page.ts lists all events of GitHub for the docs.
  "@octokit/webhooks": ["services/webhook/signature.ts", "bus-config/deliveries-page.ts"],
  execa: ["services/_kit/process/shell.ts"],
  fastify: ["services/_kit/process/http.ts"],
  graphql: ["deploy/local/forge/graphql/engine.ts"],
  kysely: ["services/_kit/project/database.ts"],
  // Reads what the body of a pull request closes.
  "markdown-it": ["services/_kit/github/closing.ts"],
  // protocol.ts writes the headers of a message; apply.ts connects as the administrator, who is no service; test-bus.ts connects as every
  // user of the bus.
  nats: ["services/_kit/bus/bus.ts", "services/_kit/bus/protocol.ts", "bus-config/apply.ts", "bus-config/test-bus.ts"],
  octokit: ["services/_kit/github/github.ts"],
  pg: ["services/_kit/project/database.ts"],
  unbash: ["services/_agent/guard/syntax.ts"],
  // parseAst reads our imports for the import law.
  vitest: ["services/_rules/imports.ts"],
  // policy.ts reads what the operator and a repository set; asyncapi.ts writes a document.
  yaml: ["services/_kit/policy/policy.ts", "bus-config/asyncapi.ts"],
};

/** What each layer may import from "effect"; a layer that is absent may import everything. `decide.ts` may import nothing. */
export const effectNames: Readonly<Record<string, readonly string[]>> = { contracts: ["Schema", "Result"] };

/** The names in package.json. */
export interface Dependencies {
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}
