import { initialiseDirectory } from "./postgres.ts";

// Prepares a data directory that does not exist yet and ends: `node initdb.ts DIRECTORY`.

await initialiseDirectory(process.argv[2] ?? "");
