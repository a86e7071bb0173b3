import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import packageJson from "../package.json" with { type: "json" };

// `npm run check`: its parts side by side. What a part printed is shown when it has ended; the last line names every part that failed.
// The types have one checker, because a second one checks much again and the other parts fill the second core. The compiler collects no
// garbage below 2 GiB: most of what it makes lives to its end, at 1 GB, and looking for the rest takes a tenth of its time. It keeps what it
// found by the hash of each file below node_modules: the next run checks only what changed, in half of the time.

const parts = ["types", "lint", "generated", "tidy"] as const;

async function passes(part: (typeof parts)[number]): Promise<boolean> {
  const startedAt = performance.now();
  // The commands themselves, found by the PATH that npm has set: npm would start once more for each part.
  const command = packageJson.scripts[`check:${part}`];
  const child = spawn(command, { shell: true, stdio: ["ignore", "pipe", "pipe"] });
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
