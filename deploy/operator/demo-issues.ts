import { operatorForge } from "../local/demo/forge-client.ts";
import { demoIssues, demoRepository } from "../local/demo/issues.ts";
import type { RigPlaces } from "./places.ts";

// What only the rig on one machine has: a forge of its own and issues that its scripted model can do. The one file here that
// imports deploy/local; a rig on a real GitHub gets its issues there, from people.

/** The words that name the issues that can be filed. */
export const demoIssueKeys: readonly string[] = demoIssues.map(({ key }) => key);

/** The repository of an issue that is named by its number alone. */
export const demoRepositoryName = `${demoRepository.owner}/${demoRepository.name}`;

/** Files a demo issue on the local forge. Returns the exit code. */
export async function fileDemoIssue(places: RigPlaces, key: string | undefined): Promise<number> {
  const issue = demoIssues.find((each) => each.key === key);
  if (issue === undefined) {
    console.error(`Say which: ${demoIssues.map((each) => `${each.key} (${each.description})`).join(", ")}`);
    return 64;
  }
  const filed = await operatorForge(places).fileIssue(issue);
  console.log(`Filed #${filed.number} "${issue.title}". Follow it: npm run rig -- events --follow`);
  return 0;
}
