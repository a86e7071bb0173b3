import { isDevice } from "./file-checks.ts";
import { isOpen } from "./marks.ts";
import { pathsOf } from "./paths.ts";
import { anything, fetched, type Scope, write } from "./run.ts";

/** Programs that turn one file into another one of which a text says nothing bad: what they make of a text that this command wrote may run. */
const makers = new Set([
  "gcc",
  "g++",
  "cc",
  "c++",
  "clang",
  "clang++",
  "rustc",
  "cargo",
  "go",
  "javac",
  "tsc",
  "make",
  "cmake",
  "esbuild",
  "npm",
  "npx",
  "node",
  "python",
  "python3",
  "chmod",
  "touch",
  "git",
  "kotlinc",
  "swiftc",
  "ghc",
  "dotnet",
  "mvn",
  "gradle",
  "vitest",
  "jest",
  "pytest",
  "test",
  "[",
  "ls",
  "cat",
  "echo",
  "printf",
  "cd",
  "rm",
  "sh",
  "bash",
  "zsh",
]);
/** Programs that unpack an archive. */
const unpackers = new Set([
  "tar",
  "bsdtar",
  "unzip",
  "7z",
  "7za",
  "cpio",
  "unar",
  "gunzip",
  "bunzip2",
  "unxz",
  "jar",
  "unsquashfs",
]);

/** A file that this command wrote or fetched, and what else the same program names: it may hold the same. */
export function noteTouched(name: string, args: readonly string[], scope: Scope): undefined {
  if (scope.run.files.size === 0) return;
  const paths = args
    .filter((arg) => !isOpen(arg) && arg.length < 1_024)
    .flatMap((arg) => [arg.replace(/^-{1,2}[\w-]*=?(?=[./])/, ""), ...arg.split("=").slice(1)])
    .filter((arg) => arg !== "" && !arg.startsWith("-"))
    .flatMap((arg) => pathsOf(scope, arg));
  const sources = paths.filter((path) => scope.run.files.has(path));
  const flows = sources.flatMap((path) => scope.run.files.get(path) ?? []);
  const isRemote = flows.some(({ kind }) => kind === "remote");
  if (isRemote && unpackers.has(name)) scope.run.unpacked = true;
  if (sources.length === 0 || (!isRemote && makers.has(name))) return;
  // `cp a dir/` makes dir/a.
  const names = sources.map((path) => path.split("/").at(-1) ?? "");
  for (const path of paths) {
    if (isDevice(path, scope) || (sources.includes(path) && !["sed", "perl", "patch"].includes(name))) continue;
    write(scope, path, isRemote ? fetched : anything);
    for (const each of names) write(scope, `${path}/${each}`, isRemote ? fetched : anything);
  }
  if (
    sources.length === 1 &&
    /^(gzip|bzip2|xz|zstd|gunzip|bunzip2|unxz|unzstd|openssl|gpg|base64|dos2unix)$/.test(name) &&
    isRemote
  )
    scope.run.unpacked = true;
}
