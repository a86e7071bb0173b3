import { randomUUID } from "node:crypto";
import { cpSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { PGlite } from "@electric-sql/pglite";
import { pg_textsearch } from "@electric-sql/pglite-pg_textsearch";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { runCommand } from "#kit/process/shell.ts";
import packageJson from "../../../package.json" with { type: "json" };
import { defaultCacheDirectory } from "../../programs/cache-directory.ts";
import { DataDirectoryRefused, holdDirectory } from "./hold-directory.ts";

/** Where the embedded Postgres keeps its rows and where it listens. */
export interface PostgresOptions {
  /** Created when it does not exist. One process at a time. */
  readonly dataDirectory: string;
  /** Holds the prepared data directory; default `defaultCacheDirectory()`. */
  readonly cacheDirectory?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** The engine is broken and every later answer is an error. Default: throw outside of any caller, which ends the process. */
  readonly onFailure?: (error: unknown) => void;
}

/** A running embedded Postgres. */
export interface EmbeddedPostgres {
  /** For `pg` and every other client: `postgres://postgres@127.0.0.1:PORT/postgres?sslmode=disable`. */
  readonly url: string;
  /** Cuts all clients, rolls open transactions back, writes everything out. May be called again. */
  close(): Promise<void>;
}

// More than the pools of all services together; one that is refused shows as a connection that the server closes at once.
const connectionsMax = 60;

// Measured with 2000 inserts and 200 scans in the process: 8 MB of shared buffers leave it at 188 MB resident, the default of
// 128 MB at 370 MB, for the engine writes to all of them at boot. Reads that miss are served by the system's file cache.
const startParams = [...PGlite.defaultStartParams, "-c", "shared_buffers=8MB"];

// Every boot loads both: PGlite writes them into the data directory as preloaded libraries, which is then tied to them.
const extensions = { vector, pg_textsearch };

/**
 * Postgres 18 as WebAssembly in this process (PGlite), with pgvector and pg_textsearch (BM25), on loopback only.
 * Limits to know: one engine serves all connections, one transaction at a time, so a transaction must never wait for a second
 * connection; session state (SET, temporary tables, session advisory locks, named prepared statements, LISTEN) is shared by
 * all clients; rows survive a kill of this process, not a power cut (PGlite runs without fsync); there is no autovacuum.
 * Throws `DataDirectoryRefused`. Source: https://pglite.dev/docs/pglite-socket.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDirectory, cacheDirectory = defaultCacheDirectory(), port = 0 } = options;
  keepBaselineCode();
  await provideDataDirectory(dataDirectory, cacheDirectory);
  const release = await holdDirectory(dataDirectory, join(dataDirectory, "rig.pid"));
  try {
    const database = new WholeBatches({ dataDir: dataDirectory, extensions, startParams });
    await database.waitReady;
    database.onFailure = options.onFailure ?? crash;
    const server = new PGLiteSocketServer({ db: database, host: "127.0.0.1", port, maxConnections: connectionsMax });
    await server.start();
    let closed: Promise<void> | undefined;
    const close = async () => {
      await server.stop();
      await database.close();
      await release();
    };
    return {
      url: `postgres://postgres@${server.getServerConn()}/postgres?sslmode=disable`,
      close: () => {
        closed ??= close();
        return closed;
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * V8's optimising compiler takes 730 MB at its peak for the engine's main loop. With baseline code only, the peak is 240 MB and
 * the process idles at 152 instead of 212 MB, while 4000 inserts took 3.0 instead of 3.2 s and 200 scans 1.8 instead of 1.0 s.
 * It holds for all WebAssembly that this process compiles afterwards. Both flags are needed.
 */
function keepBaselineCode(): void {
  setFlagsFromString("--no-wasm-dynamic-tiering");
  setFlagsFromString("--no-wasm-tier-up");
}

/**
 * pglite-socket queues single protocol messages and holds other clients back only inside a transaction block. When a batch
 * (Parse, Bind, Execute, Sync) is larger than one read of the socket, another client's Parse gets between and the first
 * client receives the other's rows: 7 of 800 answers with 200 kB parameters, 8 clients. So a batch counts as a transaction.
 */
class WholeBatches extends PGlite {
  onFailure: (error: unknown) => void = crash;
  #batchOpen = false;

  override isInTransaction(): boolean {
    return this.#batchOpen || super.isInTransaction();
  }

  override async execProtocolRawStream(
    message: Uint8Array,
    options: Parameters<PGlite["execProtocolRawStream"]>[1],
  ): Promise<void> {
    if (message[0] === 0 && !isStartup(message)) {
      // PostgreSQL answers such a client with FATAL and ends that one backend; here there is no other backend.
      options.onRawData(fatalResponse("08P01", "the startup message is malformed or names no user"));
      return;
    }
    const type = String.fromCharCode(message[0] ?? 0);
    // Parse, Bind, Describe, Execute, Close and Flush wait for a Sync; every other message is whole by itself.
    if ("PBDECH".includes(type)) this.#batchOpen = true;
    try {
      await super.execProtocolRawStream(message, options);
    } catch (error) {
      // PGlite handles what a statement does wrong by itself; what it throws is WebAssembly that broke. The queue of
      // pglite-socket would stop silently if this rejected.
      options.onRawData(fatalResponse("XX000", String(error)));
      this.onFailure(error);
    }
    if (type === "S" || type === "Q" || type === "X") this.#batchOpen = false;
  }

  /** pglite-socket calls this, with ROLLBACK, for a client that went away. Its open batch is ended first. */
  override async exec(...args: Parameters<PGlite["exec"]>): ReturnType<PGlite["exec"]> {
    if (this.#batchOpen) {
      const sync = Uint8Array.from([0x53, 0, 0, 0, 4]);
      await this.runExclusive(() => this.execProtocolRawStream(sync, { onRawData: () => undefined }));
    }
    return super.exec(...args);
  }
}

/** Pairs of zero-ended strings after length and version, then one more zero: name and value of each parameter, `user` among them. */
function isStartup(message: Uint8Array): boolean {
  const parameters = Buffer.from(message.subarray(8)).toString("latin1");
  return parameters.endsWith("\0\0") && `\0${parameters}`.includes("\0user\0");
}

function crash(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

/** ErrorResponse of the wire protocol: https://www.postgresql.org/docs/18/protocol-error-fields.html. */
function fatalResponse(code: string, text: string): Uint8Array {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text.replaceAll("\0", "")}\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** Copies the prepared directory when there is none yet: an initdb takes 4 to 10 s, the copy a fraction of one. */
async function provideDataDirectory(dataDirectory: string, cacheDirectory: string): Promise<void> {
  const entries = await namesIn(dataDirectory);
  if (entries.includes("PG_VERSION")) return;
  if (entries.length > 0) {
    throw new DataDirectoryRefused(
      `${dataDirectory} holds other files and no Postgres: name an empty or another directory`,
    );
  }
  const prepared = await prepareDirectory(cacheDirectory);
  // In one go: the copy of each file by itself, of a thousand, takes 0.25 to 0.5 s instead of 0.05 to 0.3 s.
  await appear(dataDirectory, async (unfinished) => cpSync(prepared, unfinished, { recursive: true }));
}

/** Made once for each version of PGlite: another version may lay its files out differently. */
async function prepareDirectory(cacheDirectory: string): Promise<string> {
  const version = packageJson.dependencies["@electric-sql/pglite"];
  const prepared = join(cacheDirectory, "postgres", `pglite-${version}`);
  if ((await namesIn(prepared)).includes("PG_VERSION")) return prepared;
  await appear(prepared, async (unfinished) => {
    // In a process of its own: initdb runs two engines, whose 150 MB this process would never give back.
    const args = [join(import.meta.dirname, "initdb.ts"), unfinished];
    const { exitCode, stderr } = await runCommand(process.execPath, args, { timeoutMs: 120_000 });
    if (exitCode !== 0) {
      throw new DataDirectoryRefused(
        `initdb in ${unfinished} failed with ${exitCode}; is the disk full? ${stderr.slice(-600)}`,
      );
    }
  });
  return prepared;
}

/** Runs initdb in a directory that does not exist yet. Only `initdb.ts` calls this, in a process that ends afterwards. */
export async function initialiseDirectory(directory: string): Promise<void> {
  keepBaselineCode();
  const database = await PGlite.create({ dataDir: directory, extensions, startParams });
  await database.close();
}

/** Makes a directory under another name and renames it: others see all of it or nothing, and the first of two makers wins. */
async function appear(directory: string, make: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = `${directory}.${randomUUID()}.unfinished`;
  await mkdir(dirname(directory), { recursive: true });
  try {
    await make(unfinished);
    await rename(unfinished, directory);
  } catch (error) {
    if (!(await namesIn(directory)).includes("PG_VERSION")) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}
