import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Retryable } from "#kit/errors.ts";
import { GitHubRefused, gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { appOf } from "../../deploy/local/forge/access.ts";
import { merger, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";

// What the gate shows on the pull request.

const docs = "https://github.com/acme/rig/blob/main/docs";
let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: reviewer.login, RIG_DOCS_URL: docs } });
});
afterAll(() => world.stop());
const { earnedChange, appendedTo } = earnedOn(() => world);
const { handleWith, handleAs } = handlingOn(() => world);

/** The check runs of the gate on a head. */
async function shownOn(ref: string) {
  const forge = world.forge.octokitOf(person);
  const { data } = await forge.rest.checks.listForRef({ ...at, ref, check_name: "rig/gate" });
  return data.check_runs.map(({ id, conclusion, output }) => ({
    id,
    conclusion,
    title: output.title,
    said: output.summary,
  }));
}

test("a held change has one neutral check run that names what holds, and the same one is updated when the gate opens", async () => {
  const { issue, pr, headSha } = await earnedChange("shown");
  const draft = world.forge.octokitOf(person);
  await draft.rest.issues.addLabels({ ...at, issue_number: pr.number, labels: ["manual-merge"] });
  await handleWith(issue, gitHubLayer("merge-gate"));
  const [held, ...more] = await shownOn(headSha);
  expect(more).toEqual([]);
  expect(held).toMatchObject({ conclusion: "neutral", title: "Held: manual-merge" });
  expect(held?.said).toContain("**open**: `the label manual-merge leaves the merge to a person` *person, since 20");
  expect(held?.said).toContain(`[More](${docs}/not-merged.md#manual-merge)`);
  await draft.rest.issues.removeLabel({ ...at, issue_number: pr.number, name: "manual-merge" });
  await handleWith(issue, gitHubLayer("merge-gate"));
  expect(await shownOn(headSha)).toMatchObject([{ id: held?.id, conclusion: "success", title: "The gate is open" }]);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

/** A GitHub that refuses these calls. */
const refusing = (...calls: readonly string[]) =>
  gitHubWith("merge-gate", (what, call) =>
    calls.includes(what)
      ? Effect.fail(new GitHubRefused({ what, status: 403, reason: "Resource not accessible by integration" }))
      : call,
  );

test("a gate that may make no check runs shows its verdict as a commit status, says so once, and merges all the same", async () => {
  const { issue, pr, headSha } = await earnedChange("unshown");
  const { rest } = world.forge.octokitOf(person);
  const statuses = async () => {
    const { data } = await rest.repos.getCombinedStatusForRef({ ...at, ref: headSha });
    return data.statuses.map(({ context, state, description }) => [context, state, description]);
  };
  await rest.issues.addLabels({ ...at, issue_number: pr.number, labels: ["manual-merge"] });
  await handleWith(issue, refusing("post the verdict"));
  await handleWith(issue, refusing("post the verdict"));
  expect(await statuses()).toEqual([["rig/gate", "pending", "Held: manual-merge"]]);
  await rest.issues.removeLabel({ ...at, issue_number: pr.number, name: "manual-merge" });
  await handleWith(issue, refusing("post the verdict"));
  expect(await statuses()).toEqual([["rig/gate", "success", "The gate is open"]]);
  expect(await shownOn(headSha)).toEqual([]);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
  const told = (await world.history(pr)).filter(({ type }) => type === "GATE_UNSHOWN");
  expect(told).toMatchObject([{ data: { headSha, instead: "status", reason: expect.stringContaining("403") } }]);
});

test("a gate that may show nothing says so once, and tries it again only with another verdict", async () => {
  const { issue, pr } = await earnedChange("mute");
  const { rest } = world.forge.octokitOf(person);
  await rest.issues.addLabels({ ...at, issue_number: pr.number, labels: ["manual-merge"] });
  let tried = 0;
  const mute = gitHubWith("merge-gate", (what, call) => {
    if (!what.startsWith("post the verdict")) return call;
    tried += 1;
    return Effect.fail(new GitHubRefused({ what, status: 403, reason: "Resource not accessible by integration" }));
  });
  for (const _ of [1, 2, 3]) await handleWith(issue, mute);
  expect(tried).toBe(2);
  const told = (await world.history(pr)).filter(({ type }) => type === "GATE_UNSHOWN");
  expect(told).toMatchObject([{ data: { instead: "nothing" } }]);
});

test("a verdict that could not be posted is posted with the next look, and one that stands there is not posted again", async () => {
  const { issue, pr, headSha } = await earnedChange("again");
  const { rest } = world.forge.octokitOf(person);
  await rest.issues.addLabels({ ...at, issue_number: pr.number, labels: ["manual-merge"] });
  const away = gitHubWith("merge-gate", (what, call) =>
    what === "post the verdict" ? Effect.fail(new Retryable({ what: "GitHub answered 502" })) : call,
  );
  await handleWith(issue, away);
  expect(await shownOn(headSha)).toEqual([]);
  let posted = 0;
  const counting = gitHubWith("merge-gate", (what, call) => {
    posted += what === "post the verdict" ? 1 : 0;
    return call;
  });
  for (const _ of [1, 2]) await handleWith(issue, counting);
  expect(await shownOn(headSha)).toMatchObject([{ conclusion: "neutral", title: "Held: manual-merge" }]);
  expect(posted).toBe(1);
  expect((await shownOn(headSha))[0]?.said).toMatch(/\*person, since \d{4}-\d\d-\d\dT[^*]+\*: Merge it yourself/);
});

test("a gate that was killed right after its merge shows afterwards that it was open", async () => {
  const { issue, pr, headSha } = await earnedChange("killed");
  const { rest } = world.forge.octokitOf(person);
  await rest.issues.addLabels({ ...at, issue_number: pr.number, labels: ["manual-merge"] });
  await handleWith(issue, gitHubLayer("merge-gate"));
  await rest.issues.removeLabel({ ...at, issue_number: pr.number, name: "manual-merge" });
  const dying = gitHubWith("merge-gate", (what, call) => {
    if (what === "merge") return Effect.andThen(call, Effect.die("killed")) as typeof call;
    return what === "post the verdict" ? (Effect.die("killed") as typeof call) : call;
  });
  await expect(handleWith(issue, dying)).rejects.toThrow("killed");
  expect(await shownOn(headSha)).toMatchObject([{ title: "Held: manual-merge" }]);
  await handleWith(issue, gitHubLayer("merge-gate"));
  expect(await shownOn(headSha)).toMatchObject([{ conclusion: "success", title: "The gate is open" }]);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

test("what another App says under the same name stays, and the suite of its own run wakes the gate for nothing", async () => {
  const { issue, pr, headSha } = await earnedChange("named");
  const other = { ...at, name: "rig/gate", head_sha: headSha, status: "completed", conclusion: "failure" } as const;
  const { data } = await world.forge.octokitOf(reviewer).rest.checks.create(other);
  const own = { type: "CI_PASSED", id: "own", on: pr, data: { headSha, suiteId: 1, app: appOf(merger.login).slug } };
  await handleAs({ ...(await world.history(pr))[0], ...own } as never, gitHubLayer("merge-gate"));
  expect((await world.history(pr)).filter(({ type }) => type === "GATE_EVALUATED")).toEqual([]);
  await handleWith(issue, gitHubLayer("merge-gate"));
  const conclusions = (await shownOn(headSha)).map(({ id, conclusion }) => [id === data.id, conclusion]);
  expect(conclusions.toSorted()).toEqual([
    [false, "success"],
    [true, "failure"],
  ]);
});
