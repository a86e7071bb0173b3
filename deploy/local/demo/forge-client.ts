import { octokitOf } from "#kit/github/github.ts";
import type { RigPlaces } from "../../operator/places.ts";
import type { DemoIssue } from "./issues.ts";
import { demoRepository } from "./issues.ts";

/** The local forge as the operator uses it: files issues, looks at what came of them. */
export interface OperatorForge {
  fileIssue(
    issue: Pick<DemoIssue, "title" | "body" | "labels">,
  ): Promise<{ readonly number: number; readonly url: string }>;
  issueState(number: number): Promise<string>;
  pullRequests(): Promise<readonly { readonly number: number; readonly merged: boolean }[]>;
}

/** Throws when the rig runs against a real GitHub: issues are filed there, by people. */
export function operatorForge(places: RigPlaces): OperatorForge {
  if (places.forgeUrl === undefined) {
    throw new Error("This rig works on a real GitHub: file the issue there and label it agent-ready.");
  }
  const octokit = octokitOf(`${places.forgeUrl}/api/v3`, places.operatorToken ?? "");
  const at = { owner: demoRepository.owner, repo: demoRepository.name };
  return {
    fileIssue: async ({ title, body, labels }) => {
      const { data } = await octokit.rest.issues.create({ ...at, title, body, labels: [...labels] });
      return { number: data.number, url: data.html_url };
    },
    issueState: async (number) => (await octokit.rest.issues.get({ ...at, issue_number: number })).data.state,
    pullRequests: async () => {
      const { data } = await octokit.rest.pulls.list({ ...at, state: "all", per_page: 100 });
      return data.map((pr) => ({ number: pr.number, merged: pr.merged_at !== null }));
    },
  };
}
