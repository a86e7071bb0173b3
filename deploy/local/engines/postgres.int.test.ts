import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DataDirectoryRefused } from "./hold-directory.ts";
import { type EmbeddedPostgres, startPostgres } from "./postgres.ts";

let root: string;
let cacheDirectory: string;
let dataDirectory: string;
let databases: EmbeddedPostgres[];
let clients: pg.Client[];
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "rig-postgres-"));
  cacheDirectory = join(root, "cache");
});

afterAll(() => rm(root, { recursive: true, force: true }));

beforeEach(() => {
  count += 1;
  dataDirectory = join(root, `data-${count}`);
  databases = [];
  clients = [];
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  await Promise.all(databases.map((database) => database.close()));
});

async function start(): Promise<EmbeddedPostgres> {
  const database = await startPostgres({ dataDirectory, cacheDirectory });
  databases.push(database);
  return database;
}

async function clientOf(database: { readonly url: string }): Promise<pg.Client> {
  const client = new pg.Client(database.url);
  client.on("error", () => undefined);
  await client.connect();
  clients.push(client);
  return client;
}

const clientsOf = (database: EmbeddedPostgres, size: number) =>
  Promise.all(Array.from({ length: size }, () => clientOf(database)));

describe("startPostgres", { timeout: 60_000 }, () => {
  // First, because it is what fills the cache for the others.
  it("prepares one whole directory when several start from nothing at once", async () => {
    const starts = ["a", "b"].map((name) =>
      startPostgres({ dataDirectory: join(root, `same-time-${name}`), cacheDirectory }),
    );
    databases.push(...(await Promise.all(starts)));
    expect(await readdir(join(cacheDirectory, "postgres"))).toHaveLength(1);
    const client = await clientOf(databases[1] as EmbeddedPostgres);
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  it("is a Postgres 18 on loopback with vectors and BM25", async () => {
    const database = await start();
    expect(database.url).toMatch(/^postgres:\/\/postgres@127\.0\.0\.1:\d+\/postgres\?sslmode=disable$/);
    const client = await clientOf(database);
    expect((await client.query("show server_version")).rows[0].server_version).toMatch(/^18\./);
    await client.query("create extension vector; create extension pg_textsearch");
    await client.query("create table note (id int primary key, body text, place vector(2))");
    await client.query("insert into note values (1, 'a lock is held', '[1,0]'), (2, 'a queue is full', '[0,1]')");
    await client.query("create index on note using bm25 (body) with (text_config = 'english')");
    const nearest = await client.query("select id from note order by place <-> $1 limit 1", ["[0,0.9]"]);
    expect(nearest.rows).toEqual([{ id: 2 }]);
    const best = await client.query("select id from note order by body <@> 'locks' limit 1");
    expect(best.rows).toEqual([{ id: 1 }]);
  });

  it("loses no update of 8 connections that lock one row", async () => {
    const database = await start();
    const all = await clientsOf(database, 8);
    await all[0]?.query("create table counter (value int); insert into counter values (0)");
    const incrementBy25 = async (client: pg.Client) => {
      for (let turn = 0; turn < 25; turn += 1) {
        await client.query("begin");
        const { rows } = await client.query("select value from counter for update");
        await client.query("update counter set value = $1", [rows[0].value + 1]);
        await client.query("commit");
      }
    };
    await Promise.all(all.map(incrementBy25));
    expect((await all[0]?.query("select value from counter"))?.rows).toEqual([{ value: 200 }]);
  });

  it("answers each client's own question when parameters are larger than one read of the socket", async () => {
    const database = await start();
    const all = await clientsOf(database, 8);
    const ask = async (client: pg.Client, mine: number) => {
      for (let turn = 0; turn < 50; turn += 1) {
        const sizeChars = 200_000 + mine;
        const text = `select length($1::text) as size, $2::int as turn, ${mine} as mine`;
        const { rows } = await client.query(text, ["x".repeat(sizeChars), turn]);
        expect(rows).toEqual([{ size: sizeChars, turn, mine }]);
      }
    };
    await Promise.all(all.map(ask));
  });

  it("rolls back what a client had not committed when it died", async () => {
    const database = await start();
    const [dying, other] = await clientsOf(database, 2);
    await dying?.query("create table kept (id int)");
    await dying?.query("begin");
    await dying?.query("insert into kept values (1)");
    const waiting = other?.query("select count(*)::int as rows from kept");
    (dying as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    expect((await waiting)?.rows).toEqual([{ rows: 0 }]);
  });

  it("serves the others when a client dies in the middle of a batch or sends what is no startup", async () => {
    const database = await start();
    const { hostname, port } = new URL(database.url);
    const other = await clientOf(database);
    const half = connect(Number(port), hostname);
    // Parse of the unnamed statement "select 1", never followed by a Sync. It answers ParseComplete.
    half.write(Buffer.from([0x50, 0, 0, 0, 16, 0, ...Buffer.from("select 1"), 0, 0, 0]));
    await once(half, "data");
    const waiting = other.query("select 2 as two");
    half.destroy();
    expect((await waiting).rows).toEqual([{ two: 2 }]);
    const wrong = connect(Number(port), hostname);
    // A startup message of protocol 3.0 whose parameters are not terminated.
    wrong.write(Buffer.from([0, 0, 0, 12, 0, 3, 0, 0, 0x75, 0x73, 0x65, 0x72]));
    await once(wrong, "data");
    wrong.destroy();
    expect((await other.query("select 3 as three")).rows).toEqual([{ three: 3 }]);
    expect((await (await clientOf(database)).query("select 4 as four")).rows).toEqual([{ four: 4 }]);
  });

  it("keeps rows over a restart", async () => {
    const first = await start();
    await (await clientOf(first)).query("create table kept (id int); insert into kept values (42)");
    await first.close();
    const client = await clientOf(await start());
    expect((await client.query("select id from kept")).rows).toEqual([{ id: 42 }]);
  });

  it("keeps committed rows over kill -9 of its process", async () => {
    const script = `
      import { startPostgres } from ${JSON.stringify(new URL("./postgres.ts", import.meta.url).href)};
      console.log((await startPostgres(${JSON.stringify({ dataDirectory, cacheDirectory })})).url);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [url] = await once(createInterface({ input: child.stdout }), "line");
    await (await clientOf({ url })).query("create table kept (id int); insert into kept values (7)");
    await expect(start()).rejects.toThrow(`is in use by process ${child.pid}`);
    child.kill("SIGKILL");
    await once(child, "exit");
    const client = await clientOf(await start());
    expect((await client.query("select id from kept")).rows).toEqual([{ id: 7 }]);
  });

  it("copies the prepared directory of the cache instead of running initdb", async () => {
    await (await start()).close();
    const [prepared] = await readdir(join(cacheDirectory, "postgres"));
    expect(prepared).toMatch(/^pglite-\d+\.\d+\.\d+$/);
    // initdb would not write this file: it can only come with the copy.
    await writeFile(join(cacheDirectory, "postgres", prepared ?? "", "mark"), "from the cache");
    dataDirectory = join(root, "another");
    await start();
    expect(await readFile(join(dataDirectory, "mark"), "utf8")).toBe("from the cache");
  });

  it("refuses a directory that holds something else", async () => {
    await mkdir(dataDirectory);
    await writeFile(join(dataDirectory, "thesis.txt"), "");
    await expect(start()).rejects.toThrow(DataDirectoryRefused);
  });
});
