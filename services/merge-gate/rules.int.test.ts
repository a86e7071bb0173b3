import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GitHubRefused, gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { appOf } from "../../deploy/local/forge/access.ts";
import { merger, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
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
function ruled(...rules: readonly object[]): Promise<() => Promise<unknown>> {
  return ruledWith({}, ...rules);
}

/** The same with more in the ruleset. */
async function ruledWith(more: object, ...rules: readonly object[]): Promise<() => Promise<unknown>> {
  const ref_name = { include: ["~DEFAULT_BRANCH"], exclude: [] };
  const wanted = { ...at, name: "more", enforcement: "active", conditions: { ref_name }, rules, ...more };
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

/** A GitHub that shows the gate of the classic protection only what everybody sees who may write. */
const withoutAdministration = gitHubWith("merge-gate", (what, call) =>
  what.startsWith("read the whole protection")
    ? Effect.fail(new GitHubRefused({ what, status: 403, reason: "Resource not accessible" }))
    : call,
);

test("a gate without administration merges what the protection lets be merged", async () => {
  const { issue } = await earnedChange("unseen");
  await handleWith(issue, withoutAdministration);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

test("a gate without administration merges where a ruleset blocks everybody else, and is refused in words where it is not let through", async () => {
  const bypass_actors = [
    { actor_id: appOf(merger.login).id, actor_type: "Integration" as const, bypass_mode: "pull_request" as const },
  ];
  // Whether heads have to be up to date is hidden too, so that these have to be.
  await world.forge.git(person, "fetch", "--quiet", "origin");
  const { issue, pr } = await earnedChange("through");
  const end = await ruled({ type: "update" });
  expect((await pullOnForge(pr.number)).mergeable_state).toBe("blocked");
  await handleWith(issue, withoutAdministration);
  await end();
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED"]);
  const { issue: second } = await earnedChange("bypass");
  const endBypass = await ruledWith({ bypass_actors }, { type: "update" });
  await handleWith(second, withoutAdministration);
  await endBypass();
  expect(await appendedTo(second)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});
