import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** The rig's directory for what can be fetched or made again: `$XDG_CACHE_HOME/rig` or `~/.cache/rig`. */
export function defaultCacheDirectory(): string {
  const configured = process.env.XDG_CACHE_HOME;
  // The XDG base directory specification: a relative path is to be ignored.
  return join(configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), ".cache"), "rig");
}

/**
 * Where Node keeps the compiled code of the rig's files, with their types stripped; a file that changed is compiled again. A process is told
 * by NODE_COMPILE_CACHE, or by `--import code-cache.ts`. Loading all services takes 1.2 instead of 2.6 s of CPU.
 * Never handed to a command of the model or to the tests of a repository: they could replace the code of a service there.
 * Source: https://nodejs.org/docs/latest-v24.x/api/module.html#module-compile-cache.
 */
export const codeCacheDirectory = (): string => join(defaultCacheDirectory(), "code");
