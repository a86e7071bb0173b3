import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

// `npm run check`: its parts side by side. What a part printed is shown when it has ended; the last line names every part that failed.

const parts = ["types", "lint", "generated", "tidy"];

async function passes(part: string): Promise<boolean> {
  const startedAt = performance.now();
  const child = spawn("npm", ["run", "--silent", `check:${part}`], { stdio: ["ignore", "pipe", "pipe"] });
  const code = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const [out, err, ended] = await Promise.all([text(child.stdout), text(child.stderr), code]);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  // What passed has nothing to tell.
  const printed = ended === 0 ? "" : `${out}${err}\n`;
  process.stdout.write(`check:${part} ${ended === 0 ? "passed" : "FAILED"} after ${seconds} s\n${printed}`);
  return ended === 0;
}

const passed = await Promise.all(parts.map(passes));
const failed = parts.filter((_, at) => !passed[at]).map((part) => `check:${part}`);
if (failed.length > 0) process.stdout.write(`Failed: ${failed.join(", ")}. One part alone: npm run ${failed[0]}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
