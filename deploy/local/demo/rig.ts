import { runCommandLine } from "../../operator/command-line.ts";
import { endWith } from "../../operator/exit.ts";
import { commands } from "../../operator/rig.ts";
import { fileCommand } from "./file-issue.ts";

// `npm run rig` in this checkout: the operator's commands, and one that only a rig with its own forge has.

await endWith(runCommandLine({ ...commands, file: fileCommand }, process.argv.slice(2)));
