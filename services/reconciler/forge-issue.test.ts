import { expect, test } from "vitest";
import { approvalOf } from "#contracts/test-facts.ts";
import { missingOnIssue } from "./decide-issue.ts";
import { issueQuestion } from "./forge-issue.ts";
import { fact, noon, repository } from "./test-seen.ts";

const shown = { number: 3, title: "Sell", body: "", labels: ["agent-ready"], updated_at: noon, closed_at: null };
const moved = { data: { ...shown, repository_url: "https://api.github.com/repos/other/place" }, headers: {} };

test.each([
  ["moved, which GitHub answers with the issue of the other repository", "transferred", async () => moved],
  ["deleted", "deleted", () => Promise.reject(Object.assign(new Error("This issue was deleted"), { status: 410 }))],
])("an issue that was %s lacks its closing since what the rig knows of it", async (_, stateReason, get) => {
  const octokit = { rest: { issues: { get } } } as never;
  const { value } = await issueQuestion(1).read(octokit, { owner: "acme", repo: "widgets" }, {});
  const seen = { repository, ...value, label: null, editedAt: null };
  const approved = fact("ISSUE_APPROVED", approvalOf());
  expect(missingOnIssue(seen, [approved])).toEqual([
    {
      at: approved.occurredAt,
      draft: {
        type: "ISSUE_CLOSED",
        on: { kind: "issue", owner: "acme", repo: "widgets", number: 1 },
        data: { sender: "", stateReason },
      },
    },
  ]);
});

test("an issue that is here is open, in whichever letter case its repository is written", async () => {
  const data = { ...shown, number: 1, repository_url: "https://api.github.com/repos/Acme/widgets" };
  const octokit = { rest: { issues: { get: async () => ({ data, headers: {} }) } } } as never;
  const { value } = await issueQuestion(1).read(octokit, { owner: "acme", repo: "Widgets" }, {});
  expect(value).toMatchObject({ issue: { title: "Sell", labels: [{ name: "agent-ready" }] }, closed: null });
});

test("what GitHub refuses for another reason stays a refusal", async () => {
  const refused = Object.assign(new Error("Not Found"), { status: 404 });
  const octokit = { rest: { issues: { get: () => Promise.reject(refused) } } } as never;
  await expect(issueQuestion(1).read(octokit, { owner: "acme", repo: "widgets" }, {})).rejects.toBe(refused);
});
