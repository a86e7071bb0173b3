import type { DataOf, FactType } from "#contracts/catalogue.ts";
import { factOf } from "#contracts/test-facts.ts";
import type { ChangeSeen } from "./decide-change.ts";

/** The repository of the tests, as a delivery names it. */
export const repository = { name: "widgets", owner: { login: "acme" }, default_branch: "main" };

/** The moment at which things happen in the tests, in the form of GitHub's times. */
export const noon = "2026-01-02T12:00:00Z";

/** So many minutes after noon. */
export const at = (minutes: number) =>
  new Date(Date.parse(noon) + minutes * 60_000).toISOString().replace(".000Z", "Z");

/** A fact that the rig has, each with an id of its own. */
export const fact = <Type extends FactType>(type: Type, data: DataOf<Type>, minutes = 0) =>
  factOf(type, data, { id: `${type} ${JSON.stringify(data)}`, occurredAt: at(minutes) });

/** The types of what is missing. */
export const typesOf = (missing: readonly { readonly draft: { readonly type: string } }[]) =>
  missing.map(({ draft }) => draft.type);

/** A pull request of issue 7 as GitHub shows it, open and with nothing on it, and what the rig knows of it. */
export const pull: ChangeSeen["pull"] = {
  number: 1,
  title: "More",
  body: "Closes #7\n\nRig-Epoch: 1\n",
  closes: [7],
  user: { login: "dev-e[bot]" },
  head: { ref: "feature/issue-7", sha: "two", repo: { full_name: "acme/widgets" } },
  base: { ref: "main" },
  draft: false,
  labels: [],
  updated_at: noon,
};
const nothing = { reviews: [], suites: [], statuses: [], threads: null };
export const open: ChangeSeen = { repository, pull, open: true, closedBy: "", ...nothing };
export const snapshot = {
  ...{ title: "More", author: "dev-e[bot]", branch: "feature/issue-7", baseBranch: "main", headSha: "two" },
  ...{ closes: [7], epoch: 1, draft: false, labels: [], updatedAt: noon },
};
export const opened = fact("PR_OPENED", snapshot);
