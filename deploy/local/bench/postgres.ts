import { startPostgres } from "../engines/postgres.ts";

// A Postgres of the bench in a process of its own, for a rig that is given a DATABASE_URL: `node postgres.ts DIRECTORY`.

const database = await startPostgres({ dataDirectory: process.argv[2] ?? "" });
process.once("SIGTERM", () => void database.close().then(() => process.exit(0)));
console.log(database.url);
