import { Effect } from "effect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RefOf } from "#contracts/aggregates.ts";
import { GitHubRefused, gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { coder, person, reviewer, stranger } from "../../deploy/local/forge/test-forge.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";

// Code owners on the local forge. It does not judge CODEOWNERS itself: what GitHub counts as given follows from the number of approvals there.

const codeowners = ["/user*.js @acme", "*.md @acme/keepers", "/stranger*.js @mallory", "/user*.free.js"].join("\n");

let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
  // The second place that GitHub looks at counts, so the third does not.
  const files = { CODEOWNERS: codeowners, "docs/CODEOWNERS": "* @tria\n" };
  await world.forge.push(person, "owners", files);
  const { data } = await admin().pulls.create({ ...at, title: "Owners", head: "owners", base: "main" });
  const one = { ...at, pull_number: data.number };
  await world.forge.octokitOf(reviewer).rest.pulls.createReview({ ...one, event: "APPROVE" });
  await world.forge.settled();
  await admin().pulls.merge(one);
  await world.forge.git(coder, "fetch", "--quiet", "origin");
});
afterAll(() => world.stop());
const { appendedTo, earnedChange } = earnedOn(() => world);
const { handleWith } = handlingOn(() => world);
const admin = () => world.forge.octokitOf(person).rest;

/** Requires the review of code owners, or not, and so many approvals, while something is done. */
async function requiring(
  { approvals = 1, codeOwners = true }: { readonly approvals?: number; readonly codeOwners?: boolean },
  act: () => Promise<void>,
): Promise<void> {
  const parameters = {
    ...{ required_approving_review_count: approvals, dismiss_stale_reviews_on_push: false },
    ...{ require_code_owner_review: codeOwners, require_last_push_approval: false },
    required_review_thread_resolution: false,
  };
  const conditions = { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } };
  const rules = [{ type: "pull_request", parameters }];
  const wanted = { ...at, name: "owners", enforcement: "active", conditions, rules };
  const { data } = await admin().repos.createRepoRuleset(wanted as never);
  await act();
  await admin().repos.deleteRepoRuleset({ ...at, ruleset_id: data.id });
}

/** What the gate asked GitHub for about owners, in order; a call that `refused` names is refused. */
function listening(refused?: string) {
  const asked: string[] = [];
  const gitHub = gitHubWith("merge-gate", (what, call) => {
    if (what.includes("CODEOWNERS") || what.includes("members")) asked.push(what);
    return what === refused ? Effect.fail(new GitHubRefused({ what, status: 403, reason: "forbidden" })) : call;
  });
  return { asked, gitHub };
}

const approve = (pr: RefOf<"pr">, by = person) =>
  world.forge.octokitOf(by).rest.pulls.createReview({ ...at, pull_number: pr.number, event: "APPROVE" });

/** What the gate's last evaluation says of the condition `rules`. */
async function rulesOf(pr: RefOf<"pr">) {
  const last = (await world.history(pr)).findLast((fact) => fact.type === "GATE_EVALUATED");
  return last?.data.checks.find(({ name }) => name === "rules");
}

const missing = "main requires the approval of code owners, which is missing by CODEOWNERS for";

test("a change is held until an owner by the base branch's file has approved it, who is named with the line", async () => {
  const { issue, pr } = await earnedChange("user");
  const { asked, gitHub } = listening();
  await requiring({}, async () => {
    await handleWith(issue, gitHub);
    expect(await rulesOf(pr)).toMatchObject({ hold: "owners-missing", why: `${missing} user.js (line 1: @acme)` });
    await approve(pr);
    await handleWith(issue, gitHubLayer("merge-gate"));
  });
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
  expect(asked).toEqual(["read .github/CODEOWNERS", "read CODEOWNERS"]);
});

test("a line without owners clears, and where no rule requires code owners nothing is read of them", async () => {
  const free = await earnedChange("user.free");
  await requiring({}, () => handleWith(free.issue, gitHubLayer("merge-gate")));
  const unruled = await earnedChange("user2");
  const { asked, gitHub } = listening();
  await requiring({ codeOwners: false }, () => handleWith(unruled.issue, gitHub));
  expect(asked).toEqual([]);
  for (const { issue } of [free, unruled]) expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

test("an owner who may not write approves nothing", async () => {
  const { issue, pr } = await earnedChange("stranger");
  await approve(pr, stranger);
  await requiring({}, () => handleWith(issue, gitHubLayer("merge-gate")));
  expect(await rulesOf(pr)).toMatchObject({
    hold: "owners-missing",
    why: `${missing} stranger.js (line 3: @mallory)`,
  });
});

describe("a team that owns a file", () => {
  const members = "read the members of acme/keepers";

  test("has approved once one of its members has", async () => {
    const { issue, pr } = await earnedChange("team", coder, { "team.md": "It.\n" });
    await requiring({}, async () => {
      const before = listening();
      await handleWith(issue, before.gitHub);
      expect(await rulesOf(pr)).toMatchObject({ why: `${missing} team.md (line 2: @acme/keepers)` });
      expect(before.asked).toContain(members);
      await approve(pr);
      await handleWith(issue, gitHubLayer("merge-gate"));
    });
    expect(await rulesOf(pr)).toMatchObject({ passed: true, why: expect.stringContaining("team.md (line 2: @acme)") });
    expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
  });

  test("whose members GitHub does not tell has approved once GitHub counts the reviews as given", async () => {
    const { issue, pr } = await earnedChange("secret", coder, { "secret.md": "It.\n" });
    await approve(pr);
    await requiring({ approvals: 3 }, () => handleWith(issue, listening(members).gitHub));
    expect(await rulesOf(pr)).toMatchObject({
      hold: "owners-missing",
      why: expect.stringMatching(
        /not known who is in it \(Members: read\), and GitHub does not count the reviews as given/,
      ),
    });
    await requiring({ approvals: 2 }, () => handleWith(issue, listening(members).gitHub));
    expect(await rulesOf(pr)).toMatchObject({
      passed: true,
      why: expect.stringContaining("GitHub counts the reviews"),
    });
    expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
  });
});

test("a CODEOWNERS that GitHub refuses to tell holds a change, names the permission, and is asked for again", async () => {
  const { issue, pr } = await earnedChange("user3");
  await approve(pr);
  await requiring({}, async () => {
    const { gitHub } = listening("read CODEOWNERS");
    await expect(handleWith(issue, gitHub)).rejects.toMatchObject({ _tag: "Retryable" });
    expect(await rulesOf(pr)).toMatchObject({
      hold: "owners-unknown",
      why: expect.stringContaining("Contents (read)"),
    });
    await handleWith(issue, gitHubLayer("merge-gate"));
  });
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});
