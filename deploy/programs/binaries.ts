import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { basename, delimiter, isAbsolute, join } from "node:path";
import { CommandNotStarted, plainEnvironment, runCommand } from "#kit/process/shell.ts";
import { defaultCacheDirectory } from "./cache-directory.ts";
import { failureOf, installInto, isExecutable, unpack } from "./install.ts";
import { natsCliPin, natsServerPin, type ProgramPin } from "./release-pins.ts";

/** Where a program may come from, in the order in which the ways are tried. */
export type BinaryOrigin = "path" | "cache" | "release" | "go";

/** A program of exactly the pinned version. */
export interface FoundBinary {
  readonly path: string;
  readonly version: string;
  readonly from: BinaryOrigin;
}

/** Everything a search reads from the machine; each default is what an operator expects. */
export interface BinaryOptions {
  /** Default `$XDG_CACHE_HOME/rig` or `~/.cache/rig`. */
  readonly cacheDirectory?: string;
  /** Default `$PATH`. */
  readonly pathVariable?: string;
  /** Origin of the release host, default `https://github.com`. */
  readonly releaseBase?: string;
  /** Default `go`, from `$PATH`. */
  readonly goProgram?: string;
  /** Is told what takes long, in a sentence, before it begins; default nobody. */
  readonly onSlow?: (sentence: string) => void;
  /** What is to be found; default the pin of this repository. */
  readonly pin?: ProgramPin;
}

/**
 * Neither `PATH`, the cache, the official release nor `go install` gave the pinned program. `reasons` says why each
 * failed.
 * Kind: refuses to start.
 * What to do: one of the four things at the end of the message, such as to install that version on `PATH`.
 */
export class BinaryNotFound extends Error {
  override readonly name = "BinaryNotFound";
  readonly pin: ProgramPin;
  readonly reasons: Readonly<Record<BinaryOrigin, string>>;
  constructor(pin: ProgramPin, cacheDirectory: string, reasons: Readonly<Record<BinaryOrigin, string>>) {
    const { program, version } = pin;
    super(
      [
        `${program} ${version} was not found. Four ways were tried:`,
        `  PATH: ${reasons.path}`,
        `  cache: ${reasons.cache}`,
        `  official release: ${reasons.release}`,
        `  go install: ${reasons.go}`,
        `Do one of these: install ${program} ${version} so that it stands first on PATH; copy it to ${cachedPath(pin, cacheDirectory)};`,
        `allow HTTPS to github.com and the hosts it redirects to; or install a current Go toolchain that reaches its module proxy.`,
      ].join("\n"),
    );
    this.pin = pin;
    this.reasons = reasons;
  }
}

/** The pinned nats-server. Throws `BinaryNotFound`. A first build with go takes about a minute; later calls read the cache. */
export const findNatsServer = (options: BinaryOptions = {}): Promise<FoundBinary> => findBinary(natsServerPin, options);

/** The pinned `nats` command line. Throws `BinaryNotFound`. A first build with go takes about two minutes. */
export const findNatsCli = (options: BinaryOptions = {}): Promise<FoundBinary> => findBinary(natsCliPin, options);

/**
 * One of the four ways did not lead to the program, so the next one is tried. The message is the reason that
 * `BinaryNotFound` shows.
 * Kind: business no.
 * What to do: nothing; it is only seen when all four ways fail.
 */
class WayFailed extends Error {
  override readonly name = "WayFailed";
}

type Search = Required<BinaryOptions>;

async function findBinary(defaultPin: ProgramPin, options: BinaryOptions): Promise<FoundBinary> {
  const search: Search = {
    cacheDirectory: options.cacheDirectory ?? defaultCacheDirectory(),
    pathVariable: options.pathVariable ?? process.env.PATH ?? "",
    releaseBase: options.releaseBase ?? "https://github.com",
    goProgram: options.goProgram ?? "go",
    onSlow: options.onSlow ?? (() => undefined),
    pin: options.pin ?? defaultPin,
  };
  const ways = { path: fromPath, cache: fromCache, release: fromRelease, go: fromGo };
  const reasons: Record<BinaryOrigin, string> = { path: "", cache: "", release: "", go: "" };
  for (const from of ["path", "cache", "release", "go"] as const) {
    try {
      return { path: await ways[from](search), version: search.pin.version, from };
    } catch (error) {
      if (!(error instanceof WayFailed)) throw error;
      reasons[from] = error.message;
    }
  }
  throw new BinaryNotFound(search.pin, search.cacheDirectory, reasons);
}

async function fromPath({ pin, pathVariable }: Search): Promise<string> {
  const others: string[] = [];
  for (const directory of pathVariable.split(delimiter).filter(isAbsolute)) {
    const candidate = join(directory, pin.program);
    if (!(await isExecutable(candidate))) continue;
    const version = await versionOf(candidate);
    if (version === pin.version) return candidate;
    others.push(`${candidate} says ${version}`);
  }
  throw new WayFailed(others.length === 0 ? `no ${pin.program} in it` : `${others.join(", ")}, not ${pin.version}`);
}

/** `nats-server: v2.14.5` and `v0.4.0` and `0.4.0` are what the pinned programs print, built by go or by the release. */
async function versionOf(program: string): Promise<string> {
  try {
    const { stdout, stderr } = await runCommand(program, ["--version"], { timeoutMs: 10_000, outputBytesMax: 65_536 });
    return /\bv?(\d+\.\d+\.\d+[\w.+-]*)/.exec(stdout + stderr)?.[1] ?? "no version";
  } catch (error) {
    if (error instanceof CommandNotStarted) return "nothing, it does not start";
    throw error;
  }
}

function cachedPath(pin: ProgramPin, cacheDirectory: string): string {
  return join(cacheDirectory, "bin", `${pin.program}-${pin.version}`, pin.program);
}

/** The directory's name is trusted: only a whole program of that version is ever renamed to it. */
async function fromCache({ pin, cacheDirectory }: Search): Promise<string> {
  const path = cachedPath(pin, cacheDirectory);
  if (await isExecutable(path)) return path;
  throw new WayFailed(`${path} does not exist`);
}

async function fromRelease({ pin, cacheDirectory, releaseBase, onSlow }: Search): Promise<string> {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const release = pin.releases[`${process.platform}-${arch}`];
  if (release === undefined) throw new WayFailed(`no release is pinned for ${process.platform}-${arch}`);
  const url = new URL(release.path, releaseBase);
  onSlow(`${pin.program} ${pin.version} is neither on PATH nor in the cache: downloading ${url} …`);
  const archive = await download(url);
  const sha256 = createHash("sha256").update(archive).digest("hex");
  if (sha256 !== release.sha256) {
    throw new WayFailed(`${url} has SHA-256 ${sha256}, not ${release.sha256}: refused, nothing was unpacked`);
  }
  return installInto(cachedPath(pin, cacheDirectory), async (directory) => {
    const name = basename(release.path);
    await writeFile(join(directory, name), archive);
    const failure = await unpack(join(directory, name), directory);
    if (failure !== undefined) throw new WayFailed(failure);
    return join(directory, name.replace(/\.(tar\.gz|zip)$/, ""), pin.program);
  });
}

// 5 s to the first byte: a machine without access to the host must not wait. 120 s whole: 64 MiB at 5 Mbit/s is 107 s.
const firstByteMsMax = 5_000;
const downloadMsMax = 120_000;
const downloadBytesMax = 64 * 1024 * 1024;

async function download(url: URL): Promise<Buffer> {
  const firstByte = new AbortController();
  const timer = setTimeout(() => firstByte.abort(new Error(`no answer within ${firstByteMsMax} ms`)), firstByteMsMax);
  try {
    const signal = AbortSignal.any([firstByte.signal, AbortSignal.timeout(downloadMsMax)]);
    const response = await fetch(url, { signal });
    clearTimeout(timer);
    if (!response.ok || response.body === null) throw new WayFailed(`${url} answered ${response.status}`);
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of response.body) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > downloadBytesMax) throw new WayFailed(`${url} is larger than ${downloadBytesMax} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof WayFailed) throw error;
    throw new WayFailed(`${url} could not be fetched: ${causeOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** `fetch` says only "fetch failed"; the reason stands in the cause. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}

async function fromGo({ pin, cacheDirectory, goProgram, onSlow }: Search): Promise<string> {
  onSlow(`Building ${pin.program} ${pin.version} with go: the first time takes some minutes …`);
  return installInto(cachedPath(pin, cacheDirectory), async (directory) => {
    // A throwaway module instead of `package@version`: that form also asks the proxy for every version of the module, which a
    // proxy that serves only some versions refuses (natscli 0.4.0 here: 403 for the list, 200 for the version).
    await writeFile(join(directory, "go.mod"), `module rig.invalid/pinned\n\nrequire ${pin.goModule}\n`);
    const names = ["GOPATH", "GOMODCACHE", "GOCACHE", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GOTOOLCHAIN"];
    const proxies = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"];
    const kept = Object.fromEntries([...names, ...proxies].map((name) => [name, process.env[name]]));
    const failure = await failureOf(goProgram, ["install", "-mod=mod", pin.goPackage], {
      cwd: directory,
      env: plainEnvironment({ ...kept, GOBIN: directory, GOFLAGS: "" }),
      timeoutMs: 600_000,
    });
    if (failure !== undefined) throw new WayFailed(failure);
    // `go install` names a command after the last part of its package that is no major version.
    return join(directory, pin.program);
  });
}
