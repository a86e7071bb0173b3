import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureClaims } from "./bench-claims.ts";
import { tableLines } from "./bench-figures.ts";
import { memoryOf } from "./bench-memory.ts";
import { measureRates } from "./bench-rates.ts";
import { startRefusingModel } from "./bench-refusing-model.ts";
import { startBenchRig } from "./bench-rig.ts";

const dir = await mkdtemp(join(tmpdir(), "rig-bench-"));
const model = await startRefusingModel();
const t = performance.now();
const rig = await startBenchRig(join(dir, "a"), {
  ANTHROPIC_API_KEY: "x",
  ANTHROPIC_BASE_URL: model.url,
  RIG_MODEL: "refusing",
});
console.log("up", performance.now() - t);
try {
  for (const line of tableLines(await measureClaims(rig, 5))) console.log(line);
  console.log(performance.now() - t);
  for (const inFlight of [16, 64])
    for (const line of tableLines(await measureRates(rig, { rounds: 3, roundMs: 3000, inFlight }))) console.log(line);
  console.log(performance.now() - t);
  console.table(await memoryOf(rig.places.pid));
} finally {
  await rig.stop();
  await model.close();
  await rm(dir, { recursive: true, force: true });
}
process.exit(0);
