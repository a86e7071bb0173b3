import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { appOf } from "./access.ts";
import { coder, merger, person, reviewer, startTestForge, stranger, type TestForge } from "./test-forge.ts";

const shop = { owner: "acme", repo: "shop" };
const main = { ...shop, branch: "main" };
const pull = { ...shop, pull_number: 1 };
let prepared: TestForge;
let local: TestForge | undefined;
const at = (): TestForge => local as TestForge;
const as = (user: { readonly token: string }) => at().octokitOf(user).rest;

/** An approved and tested change, number 1, and no rule on main: made once, and copied for each test. */
beforeAll(async () => {
  prepared = await startTestForge();
  local = prepared;
  await at().git(coder, "clone");
  await as(person).repos.deleteBranchProtection(main);
  await at().push(coder, "topic", { "a.txt": "1\n" });
  await as(coder).pulls.create({ ...shop, title: "Topic", head: "topic", base: "main" });
  await as(reviewer).pulls.createReview({ ...pull, event: "APPROVE" });
  await at().settled();
  await prepared.forge.close();
  return () => prepared.close();
}, 60_000);
beforeEach(async () => {
  local = await startTestForge({}, prepared.directory);
  return () => local?.close();
});

type Rules = Parameters<ReturnType<typeof as>["repos"]["createRepoRuleset"]>[0];
const ruleset = (more: Partial<Rules>) =>
  as(person).repos.createRepoRuleset({
    ...shop,
    name: "rules",
    enforcement: "active",
    conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
    ...more,
  });
const protect = (more: object = {}) =>
  as(person).repos.updateBranchProtection({
    ...main,
    required_status_checks: { strict: false, contexts: ["test"] },
    enforce_admins: true,
    required_pull_request_reviews: null,
    restrictions: null,
    ...more,
  });
const gateOnly = {
  bypass_actors: [
    { actor_id: appOf(merger.login).id, actor_type: "Integration" as const, bypass_mode: "always" as const },
  ],
  rules: [{ type: "update" as const }],
};

describe("the rules of a branch", { timeout: 60_000 }, () => {
  it("a ruleset lets only the App that passes it update the branch: by merge and by push", async () => {
    await ruleset(gateOnly);
    const refused = { status: 405, message: expect.stringContaining("Cannot update this protected ref.") };
    for (const user of [person, coder]) await expect(as(user).pulls.merge(pull)).rejects.toMatchObject(refused);
    expect((await as(person).pulls.get(pull)).data.mergeable_state).toBe("blocked");
    const push = await at().git(person, "push", "origin", "topic:main");
    expect(push.stderr).toContain("Cannot update this protected ref.");
    expect((await as(merger).pulls.merge(pull)).data.merged).toBe(true);
    await at().push(coder, "side", { "b.txt": "1\n" });
    await at().git(merger, "fetch", "origin");
    await at().git(merger, "rebase", "origin/main");
    expect((await at().git(merger, "push", "origin", "side:main")).exitCode).toBe(0);
  });

  it("a ruleset that is passed by pull requests alone stops the same App's push", async () => {
    const [actor] = gateOnly.bypass_actors;
    await ruleset({ ...gateOnly, bypass_actors: [{ ...actor, bypass_mode: "pull_request" } as typeof actor & object] });
    expect((await at().git(merger, "push", "origin", "topic:main")).stderr).toContain("Cannot update");
    expect((await as(merger).pulls.merge(pull)).data.merged).toBe(true);
  });

  it("who passes is shown only to those who may change the ruleset; the rules of the branch to everybody", async () => {
    const { data } = await ruleset(gateOnly);
    expect(data.bypass_actors).toEqual(gateOnly.bypass_actors);
    const seen = async (user: { readonly token: string }) =>
      (await as(user).repos.getRepoRuleset({ ...shop, ruleset_id: data.id })).data;
    expect(await seen(person)).toMatchObject({ bypass_actors: gateOnly.bypass_actors });
    for (const user of [coder, merger, stranger]) expect(await seen(user)).not.toHaveProperty("bypass_actors");
    expect(await seen(merger)).toMatchObject({ current_user_can_bypass: "always" });
    const { data: rules } = await as(stranger).repos.getBranchRules(main);
    expect(rules).toMatchObject([{ type: "update", ruleset_id: data.id, ruleset_source: "acme/shop" }]);
    expect((await as(stranger).repos.getBranchRules({ ...shop, branch: "topic" })).data).toEqual([]);
    await expect(as(coder).repos.deleteRepoRuleset({ ...shop, ruleset_id: data.id })).rejects.toMatchObject({
      status: 403,
    });
  });

  it("a check is required of one App where the rule names it, and a status counts as a check", async () => {
    const required = { context: "lint", integration_id: appOf(reviewer.login).id };
    const parameters = { required_status_checks: [required], strict_required_status_checks_policy: false };
    await ruleset({ rules: [{ type: "required_status_checks", parameters }] });
    const { head } = (await as(person).pulls.get(pull)).data;
    await as(merger).checks.create({ ...shop, name: "lint", head_sha: head.sha, conclusion: "success" });
    await expect(as(person).pulls.merge(pull)).rejects.toMatchObject({
      status: 405,
      message: expect.stringContaining('Required status check "lint" is expected.'),
    });
    await as(reviewer).repos.createCommitStatus({ ...shop, sha: head.sha, context: "lint", state: "success" });
    expect((await as(person).pulls.merge(pull)).data.merged).toBe(true);
  });

  it("a protection says so in three ways when it is not readable", async () => {
    const read = (user: { readonly token: string }) => as(user).repos.getBranchProtection(main);
    const refusal = (status: number, message: string) => ({ status, message: expect.stringContaining(message) });
    await expect(read(person)).rejects.toMatchObject(refusal(404, "Branch not protected"));
    await protect();
    expect((await read(person)).data.required_status_checks?.contexts).toEqual(["test"]);
    await expect(read(stranger)).rejects.toMatchObject(refusal(404, "Not Found"));
    await at().restart({ users: [person, { ...merger, administration: "none" }] });
    await expect(read(merger)).rejects.toMatchObject(refusal(403, "Resource not accessible by integration"));
  });

  it("a branch that requires checks takes the push of a commit that has them, and no forced one", async () => {
    await protect();
    const { sha } = (await as(person).repos.getCommit({ ...shop, ref: "topic" })).data;
    await at().git(coder, "commit", "--amend", "-m", "Untested");
    expect((await at().git(coder, "push", "origin", "topic:main")).stderr).toContain("is expected.");
    expect((await at().git(coder, "push", "origin", `${sha}:main`)).exitCode).toBe(0);
    await as(person).repos.createCommitStatus({
      ...shop,
      sha: (await at().git(coder, "rev-parse", "origin/topic~1")).stdout,
      context: "test",
      state: "success",
    });
    const forced = await at().git(coder, "push", "--force", "origin", "origin/topic~1:main");
    expect(forced.stderr).toContain("Cannot force-push to this branch");
  });

  it("a protected branch is not moved by a push whose body is packed", async () => {
    await protect({ required_pull_request_reviews: { required_approving_review_count: 1 } });
    const shaOf = async (ref: string) =>
      (await as(person).git.getRef({ ...shop, ref: `heads/${ref}` })).data.object.sha;
    const [before, after] = [await shaOf("main"), await shaOf("topic")];
    const line = `${before} ${after} refs/heads/main\0report-status`;
    const objects = Buffer.from("PACK\0\0\0\x02\0\0\0\0");
    const sum = createHash("sha1").update(objects).digest();
    const begin = `${(line.length + 4).toString(16).padStart(4, "0")}${line}0000`;
    const body = Buffer.concat([Buffer.from(begin), objects, sum]);
    const authorization = `Basic ${Buffer.from(`x:${person.token}`).toString("base64")}`;
    const push = async (sent: Uint8Array<ArrayBuffer>, encoding: object) => {
      const type = { "content-type": "application/x-git-receive-pack-request" };
      const request = { method: "POST", headers: { authorization, ...type, ...encoding }, body: sent };
      return (await fetch(`${at().url}/acme/shop.git/git-receive-pack`, request)).text();
    };
    const declined = "ng refs/heads/main hook declined";
    expect(await push(new Uint8Array(body), {})).toContain(declined);
    for (const encoding of ["gzip", "x-gzip"]) {
      expect(await push(new Uint8Array(gzipSync(body)), { "content-encoding": encoding })).toContain(declined);
    }
    expect(await shaOf("main")).toBe(before);
  });

  it("strict: a head behind its base is not merged until it is brought up to date", async () => {
    await protect({ required_status_checks: { strict: true, contexts: [] } });
    await at().push(coder, "other", { "b.txt": "1\n" });
    await as(coder).pulls.create({ ...shop, title: "Other", head: "other", base: "main" });
    await as(person).pulls.merge(pull);
    const other = { ...shop, pull_number: 2 };
    expect((await as(person).pulls.get(other)).data.mergeable_state).toBe("behind");
    await expect(as(person).pulls.merge(other)).rejects.toMatchObject({ status: 405 });
    await as(coder).pulls.updateBranch(other);
    expect((await as(person).pulls.merge(other)).data.merged).toBe(true);
  });

  it("what the forge has nothing to meet with refuses a merge and a push, but not of who passes the ruleset", async () => {
    const signed = { rules: [{ type: "required_signatures" as const }] };
    await ruleset(signed);
    const refused = { status: 405, message: expect.stringContaining("Commits must have verified signatures.") };
    await expect(as(merger).pulls.merge(pull)).rejects.toMatchObject(refused);
    expect((await as(merger).pulls.get(pull)).data.mergeable_state).toBe("blocked");
    expect((await at().git(merger, "push", "origin", "topic:main")).stderr).toContain("verified signatures");
    const { data } = await as(person).repos.getRepoRulesets(shop);
    await as(person).repos.deleteRepoRuleset({ ...shop, ruleset_id: data[0]?.id ?? 0 });
    await ruleset({ ...gateOnly, ...signed });
    expect((await as(merger).pulls.merge(pull)).data.merged).toBe(true);
  });

  it("an approval is dismissed by a push where the rules want that, and counts on where not", async () => {
    const reviewed = { required_approving_review_count: 1 };
    await protect({ required_status_checks: null, required_pull_request_reviews: reviewed });
    await at().push(coder, "topic", { "a.txt": "2\n" });
    expect((await as(person).pulls.get(pull)).data.mergeable_state).not.toBe("blocked");
    await protect({
      required_status_checks: null,
      required_pull_request_reviews: { ...reviewed, dismiss_stale_reviews: true },
    });
    await at().push(coder, "topic", { "a.txt": "3\n" });
    expect((await as(person).pulls.get(pull)).data.mergeable_state).toBe("blocked");
    expect((await as(person).pulls.listReviews(pull)).data.map((each) => each.state)).toEqual(["DISMISSED"]);
  });

  it("merges only in the ways that the repository allows, a rebase among them", async () => {
    const refused = (words: string) => ({ status: 405, message: expect.stringContaining(`${words} are not allowed`) });
    await expect(as(person).pulls.merge({ ...pull, merge_method: "rebase" })).rejects.toMatchObject(
      refused("Rebase merges"),
    );
    await as(person).repos.update({ ...shop, allow_rebase_merge: true, allow_merge_commit: false });
    await expect(as(person).pulls.merge(pull)).rejects.toMatchObject(refused("Merge commits"));
    await at().push(coder, "topic", { "c.txt": "1\n" });
    await at().push(coder, "first", { "d.txt": "1\n" });
    await as(coder).pulls.create({ ...shop, title: "First", head: "first", base: "main" });
    await as(person).pulls.merge({ ...shop, pull_number: 2, merge_method: "squash" });
    await as(person).pulls.merge({ ...pull, merge_method: "rebase" });
    await at().git(coder, "fetch", "origin");
    const log = await at().git(coder, "log", "--format=%an %s", "origin/main");
    expect(log.stdout.split("\n")).toEqual([
      "dev-e[bot] Change c.txt",
      "dev-e[bot] Change a.txt",
      "acme First (#2)",
      "acme Initial commit",
    ]);
  });
});
