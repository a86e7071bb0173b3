import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createRawHttpServer, listen } from "#kit/process/http.ts";
import { type ActionsSuite, addSuite } from "./actions-suite.ts";
import { CheckRunner, testerLogin } from "./checks.ts";
import type { DiffLimits, ForgeContext, ForgeUser } from "./context.ts";
import { Deliveries, type WebhookTarget } from "./deliveries.ts";
import { ForgeFailure, failureBody, notFound } from "./failure.ts";
import { createRepository, type RepositoryOptions } from "./git/create-repository.ts";
import { GitHttp } from "./git/http-backend.ts";
import { announcePushes } from "./git/push.ts";
import { RateLimits } from "./rate-limits.ts";
import type { DeliveryRecord } from "./records.ts";
import { forgeRoutes } from "./routes/all.ts";
import { addRoutes } from "./routes/serve.ts";
import { openStore } from "./store.ts";

export type { ForgeUser } from "./context.ts";

/** How a forge is started. */
export interface ForgeOptions {
  /** Everything the forge keeps: `repos/<owner>/<repo>.git` and `state.json`. One forge at a time may use it. */
  readonly dataDirectory: string;
  /** Default 0: any free port. Links in webhooks carry the port, so a forge that outlives a restart should keep its own. */
  readonly port?: number;
  readonly users: readonly ForgeUser[];
  /** May be set later by `setWebhook`. Events before the first of both are told to nobody. */
  readonly webhook?: WebhookTarget;
  /** How much of a change is shown. Default: as much as GitHub shows. */
  readonly limits?: Partial<DiffLimits>;
}

/** A running forge. */
export interface Forge {
  /** `http://127.0.0.1:<port>`: REST at `/api/v3`, GraphQL at `/api/graphql`, git at `/<owner>/<repo>.git`. */
  readonly url: string;
  /** A test lowers a limit here, or plays a secondary one. */
  readonly rateLimits: RateLimits;
  setWebhook(target: WebhookTarget): void;
  /** Makes a bare repository whose main has one commit with the template's files; does nothing when it exists. */
  createRepository(options: RepositoryOptions): Promise<void>;
  /** Plays GitHub Actions for a test: a suite of a commit that ends, or waits, without a run. */
  addSuite(suite: ActionsSuite): Promise<void>;
  /** The last 500 deliveries that ended, oldest first. */
  deliveries(): readonly DeliveryRecord[];
  /** Resolves when no check run is running and no webhook delivery is pending. It stays pending while a delivery has no target. */
  settled(): Promise<void>;
  /** Stops listening, ends check runs, deliveries and git children. What was under way goes on at the next start. */
  close(): Promise<void>;
}

const gitHubsLimits: DiffLimits = {
  patchLinesMax: 20_000,
  patchBytesMax: 500_000,
  diffLinesMax: 20_000,
  diffBytesMax: 1_000_000,
  filesMax: 300,
};

// A push arrives as one body; 64 MiB is a thousand times the demo repository.
const bodyBytesMax = 64 * 1024 * 1024;

/**
 * Starts the local forge on loopback: the part of GitHub's REST and GraphQL surface that the rig uses, in the layout of GitHub Enterprise
 * Server (`octokit` with `baseUrl: forge.url + "/api/v3"`), over real bare repositories. State of an earlier run is taken up:
 * pushes not yet announced, check runs and deliveries go on. Throws when the port is taken or `state.json` cannot be read.
 */
export async function startForge(options: ForgeOptions): Promise<Forge> {
  const { users } = options;
  const dataDirectory = resolve(options.dataDirectory);
  const store = await openStore(dataDirectory);
  await rm(join(dataDirectory, "checks"), { recursive: true, force: true });
  const waiting = new Set<() => void>();
  const changed = (): void => {
    if (!isQuiet(context)) return;
    for (const done of waiting) done();
    waiting.clear();
  };
  const context: ForgeContext = {
    url: "",
    dataDirectory,
    users,
    store,
    deliveries: new Deliveries(store, changed),
    checks: new CheckRunner(changed),
    rateLimits: new RateLimits(),
    limits: { ...gitHubsLimits, ...options.limits },
  };
  const gitHttp = new GitHttp(context);
  const server = serverOf(context, gitHttp);
  context.url = await listen(server, { port: options.port ?? 0 });
  if (options.webhook !== undefined) context.deliveries.setTarget(options.webhook);
  await takeUp(context);
  return {
    url: context.url,
    rateLimits: context.rateLimits,
    setWebhook: (target) => context.deliveries.setTarget(target),
    createRepository: (wanted) => store.exclusive(() => createRepository(context, wanted)),
    addSuite: (suite) => store.exclusive(() => addSuite(context, suite)),
    deliveries: () => store.state.deliveries,
    settled: async () => {
      // A run that has ended may still bring a merge queue on.
      await store.exclusive(async () => undefined);
      await new Promise<void>((done) => (isQuiet(context) ? done() : waiting.add(done)));
    },
    close: async () => {
      await gitHttp.close();
      await server.close();
      await Promise.all([context.checks.close(), context.deliveries.close()]);
      await store.exclusive(() => store.save());
    },
  };
}

function serverOf(context: ForgeContext, gitHttp: GitHttp) {
  const server = createRawHttpServer({ bodyBytesMax });
  addRoutes(server, context, forgeRoutes(context));
  server.route({
    method: ["GET", "POST"],
    url: "/:owner/:repository/*",
    handler: (request, reply) => gitHttp.serve(request, reply),
  });
  server.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) console.error(`forge: ${request.method} ${request.url} failed:`, error);
    return reply.code(status).send(failureBody(new ForgeFailure(status, String(error))));
  });
  server.setNotFoundHandler((_request, reply) => reply.code(404).send(failureBody(notFound())));
  return server;
}

/** What Fastify itself refused, such as a body that is too large, has a status; everything else is a defect of the forge. */
function statusOf(error: unknown): number {
  const given = typeof error === "object" && error !== null && "statusCode" in error ? Number(error.statusCode) : 500;
  return given >= 400 ? given : 500;
}

/** Goes on where a stop or a crash left the forge. */
async function takeUp(context: ForgeContext): Promise<void> {
  await context.store.exclusive(async () => {
    for (const repository of context.store.state.repositories) {
      await announcePushes(context, repository, repository.owner);
    }
    await context.store.save();
  });
  context.checks.wake(context);
  context.deliveries.wake();
}

/** What another App never finishes is its own affair. */
function isQuiet(context: ForgeContext): boolean {
  const { repositories, pendingDeliveries } = context.store.state;
  const runs = repositories
    .flatMap((each) => each.suites)
    .filter((each) => each.app === testerLogin)
    .flatMap((each) => each.runs);
  return pendingDeliveries.length === 0 && runs.every((each) => each.status === "completed");
}
