import type { Command } from "../../operator/command-line.ts";
import { rigCommand } from "../../operator/places.ts";
import { operatorForge } from "./forge-client.ts";
import { demoIssues } from "./issues.ts";

/** The command `file`: files a demo issue on the local forge. A rig on a real GitHub gets its issues there, from people. */
export const fileCommand: Command = {
  usage: "file KEY",
  does: `files a demo issue on the local forge (${demoIssues.map(({ key }) => key).join(", ")}), each once per rig`,
  run: async ({ argument, options, places }) => {
    const issue = demoIssues.find(({ key }) => key === argument);
    if (issue === undefined) {
      console.error(`Say which: ${demoIssues.map(({ key, description }) => `${key} (${description})`).join(", ")}`);
      return 64;
    }
    const filed = await operatorForge(await places()).fileIssue(issue);
    console.log(`Filed #${filed.number} "${issue.title}". Follow it: ${rigCommand(options.data)} events --follow`);
    return 0;
  },
};
