// Set-up for every npm script: `npm ci` when node_modules does not match package-lock.json. It runs on the machine's own Node
// (20 or later) before any dependency exists, so it is plain JavaScript that imports nothing but node:.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { performance } from "node:perf_hooks";

const root = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..", "..");
const ownNode = join(root, "node_modules", ".bin", "node");

if (!isInstalled()) process.exitCode = await install();

async function install() {
  const startedAt = performance.now();
  process.stderr.write("Set-up: npm ci, the dependencies of package-lock.json (about half a minute).\n");
  const warmUp = startWarmUp();
  // Without --no-audit and --no-fund npm asks the registry once more and prints advertisements.
  const npm = await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root });
  await warmUp.stop();
  if (npm.code !== 0) return explain(npm.output, "npm ci failed; its output stands above.");
  if (!ownNodeRuns())
    return explain(npm.output, `npm ci left no Node 24 at ${ownNode}: is ignore-scripts set for npm?`);
  process.stderr.write(`Set-up: done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.\n`);
  return 0;
}

/**
 * npm writes node_modules/.package-lock.json last, after the install scripts: a broken-off install has none. It names what is
 * really there, so an install by hand counts too. Optional packages are for other platforms.
 */
function isInstalled() {
  try {
    const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
    const found = JSON.parse(readFileSync(join(root, "node_modules", ".package-lock.json"), "utf8")).packages;
    const same = (path) => found[path]?.version === wanted[path]?.version;
    const needed = Object.keys(wanted).filter((path) => path !== "" && (!wanted[path].optional || path in found));
    return needed.every(same) && Object.keys(found).every(same) && ownNodeRuns();
  } catch {
    return false;
  }
}

/** Also false when node_modules was copied from a machine of another kind. */
function ownNodeRuns() {
  try {
    return execFileSync(ownNode, ["--version"], { encoding: "utf8" }).startsWith("v24.");
  } catch {
    return false;
  }
}

/**
 * Compiles nats-server into Go's build cache while npm waits for the network, where binaries.ts will have to build it: then its
 * `go install` only links. Whatever goes wrong here goes wrong there with a message, so nothing is reported.
 */
function startWarmUp() {
  const pins = readFileSync(join(root, "deploy", "programs", "release-pins.ts"), "utf8");
  const [, goPackage] = /goPackage: "(\S+nats-server\S+)"/.exec(pins) ?? [];
  const [, goModule, version] = /goModule: "(\S+nats-server\S+ v(\S+))"/.exec(pins) ?? [];
  if (goPackage === undefined || goModule === undefined || hasNatsServer(version)) return { stop: async () => {} };
  const directory = mkdtempSync(join(tmpdir(), "rig-warm-up-"));
  writeFileSync(join(directory, "go.mod"), `module rig.invalid/pinned\n\nrequire ${goModule}\n`);
  const env = { ...process.env, GOBIN: directory, GOFLAGS: "" };
  const ended = run("go", ["install", "-mod=mod", goPackage], { cwd: directory, env });
  const stop = async () => {
    // On INT go finishes the packages that it is compiling, a few seconds, and keeps them; 20 s is for a machine under load.
    ended.child.kill("SIGINT");
    const timer = setTimeout(() => ended.child.kill("SIGKILL"), 20_000);
    await ended;
    clearTimeout(timer);
    rmSync(directory, { recursive: true, force: true });
  };
  return { stop };
}

function hasNatsServer(version) {
  const cache = process.env.XDG_CACHE_HOME ?? "";
  const program = join(`nats-server-${version}`, "nats-server");
  if (existsSync(join(isAbsolute(cache) ? cache : join(homedir(), ".cache"), "rig", "bin", program))) return true;
  return (process.env.PATH ?? "").split(delimiter).some((directory) => {
    try {
      return execFileSync(join(directory, "nats-server"), ["--version"], { encoding: "utf8" }).includes(`v${version}`);
    } catch {
      return false;
    }
  });
}

/** Resolves when the program has ended, with its exit code (undefined when it did not start) and what it printed. */
function run(file, args, options) {
  const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const keep = (chunk) => {
    output = (output + chunk).slice(-100_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const ended = new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: undefined, output: `${file}: ${error.message}` }));
    child.on("close", (code) => resolve({ code, output }));
  });
  return Object.assign(ended, { child });
}

function explain(output, what) {
  process.stderr.write(`${output}\nSet-up failed: ${what}\n`);
  process.stderr.write("Check that npm reaches its registry (npm ping), then run: npm ci\n");
  return 1;
}
