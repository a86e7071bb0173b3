import { afterAll, beforeAll, expect, test } from "vitest";
import { gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";

// What the rules of the base want of a merge besides checks, on the local forge.

let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
});
afterAll(() => world.stop());
const { appendedTo, earnedChange, pullOnForge } = earnedOn(() => world);
const { handleWith } = handlingOn(() => world);
const admin = () => world.forge.octokitOf(person).rest;

/** Adds a ruleset to the default branch; how to take it away. */
async function ruled(...rules: readonly object[]): Promise<() => Promise<unknown>> {
  const ref_name = { include: ["~DEFAULT_BRANCH"], exclude: [] };
  const wanted = { ...at, name: "more", enforcement: "active", conditions: { ref_name }, rules };
  const { data } = await admin().repos.createRepoRuleset(wanted as never);
  return () => admin().repos.deleteRepoRuleset({ ...at, ruleset_id: data.id });
}

test.each([
  ["merge", {}, []],
  ["squash", { allow_merge_commit: false }, []],
  ["rebase", { allow_squash_merge: false, allow_rebase_merge: true }, [{ type: "required_linear_history" }]],
] as const)(
  "a change is merged in the way that the repository and its rules leave: %s",
  async (way, settings, rules) => {
    const { issue, pr, headSha } = await earnedChange(`by-${way}`);
    const before = (await admin().repos.getBranch({ ...at, branch: "main" })).data.commit.sha;
    await admin().repos.update({ ...at, ...{ allow_merge_commit: true, allow_squash_merge: true }, ...settings });
    const end = rules.length === 0 ? null : await ruled(...rules);
    await handleWith(issue, gitHubLayer("merge-gate"));
    await end?.();
    await admin().repos.update({
      ...at,
      allow_merge_commit: true,
      allow_squash_merge: true,
      allow_rebase_merge: false,
    });
    expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
    const ref = (await pullOnForge(pr.number)).merge_commit_sha ?? "";
    const { parents, commit } = (await admin().repos.getCommit({ ...at, ref })).data;
    expect(parents.map(({ sha }) => sha)).toEqual(way === "merge" ? [before, headSha] : [before]);
    const [title] = commit.message.split("\n");
    const branch = `acme/feature/issue-${issue.number}-by-${way}`;
    const titles = { merge: `Merge pull request #${pr.number} from ${branch}`, squash: `by-squash (#${pr.number})` };
    if (way !== "rebase") expect(title).toBe(titles[way]);
  },
);

test("a change that needs one approval more is held for a person, and merged once a person approved it", async () => {
  const { issue, pr } = await earnedChange("two");
  const pull_request = {
    ...{ required_approving_review_count: 2, dismiss_stale_reviews_on_push: false, require_code_owner_review: false },
    ...{ require_last_push_approval: false, required_review_thread_resolution: false },
  };
  const end = await ruled({ type: "pull_request", parameters: pull_request });
  await handleWith(issue, gitHubLayer("merge-gate"));
  const evaluated = (await world.history(pr)).findLast((fact) => fact.type === "GATE_EVALUATED");
  const why = "main requires 2 approvals, and GitHub does not count them as given";
  expect(evaluated?.data.checks.filter(({ passed }) => !passed)).toMatchObject([
    { name: "rules", hold: "approvals-missing", why },
  ]);
  await admin().pulls.createReview({ ...at, pull_number: pr.number, event: "APPROVE" });
  await handleWith(issue, gitHubLayer("merge-gate"));
  await end();
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});
