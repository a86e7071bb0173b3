import { enableCompileCache } from "node:module";
import { codeCacheDirectory } from "./cache-directory.ts";

// Loaded with `node --import`, so before the program that is started: all of its files come from the cache.

enableCompileCache(codeCacheDirectory());
