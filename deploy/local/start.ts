import { parseArgs } from "node:util";
import { serviceNames } from "#contracts/choreography.ts";
import { endWith, onStopSignal } from "../operator/exit.ts";
import { dataDirectoryOf } from "../operator/places.ts";
import { banner, whatNext } from "./banner.ts";
import { readBroughtAlong } from "./brought-along.ts";
import { demoIssues, demoRepository } from "./demo/issues.ts";
import { demoPlaybook } from "./demo/playbook.ts";
import { startRig } from "./rig-up.ts";

// Keeps the rig up on this machine, with what it did before: streams, rows, repositories.

const help = `npm start -- OPTIONS
Keeps a rig up with what it did before; Ctrl-C stops it.
  --processes  one process for each service, and prints their pids
  --data DIR   the data directory; a name without a slash means .rig/<name>; default start
  --help       this text
The settings are in docs/operating.md.`;

async function start(): Promise<number> {
  const { values } = parseArgs({
    options: { processes: { type: "boolean" }, data: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) {
    console.log(help);
    return 0;
  }
  const dataDirectory = dataDirectoryOf(values.data ?? "start");
  const startedAt = performance.now();
  console.log("Starting the rig …");
  const rig = await startRig({
    dataDirectory,
    services: values.processes === true ? "processes" : "together",
    broughtAlong: readBroughtAlong(process.env),
    repository: demoRepository,
    playbook: demoPlaybook,
    onRestart: (name, pid) => console.log(`restarted ${name} (pid ${pid})`),
  });
  onStopSignal(() => rig.stop());
  for (const line of banner(rig, Math.round(performance.now() - startedAt))) console.log(line);
  if (values.processes === true) {
    for (const name of serviceNames) console.log(`  ${name.padEnd(10)}  pid ${rig.pidOf(name)}`);
    console.log("");
  }
  for (const line of whatNext(rig.places, { data: values.data, issues: demoIssues })) console.log(line);
  const message = await rig.failed;
  await rig.stop();
  console.error(message);
  return 1;
}

await endWith(start());
