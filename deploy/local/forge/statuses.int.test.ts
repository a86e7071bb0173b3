import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { appOf } from "./access.ts";
import { coder, merger, person, reviewer, startTestForge, type TestForge } from "./test-forge.ts";

const shop = { owner: "acme", repo: "shop" };
let local: TestForge;
let sha = "";
const as = (user: { readonly token: string }) => local.octokitOf(user).rest;

beforeAll(async () => {
  local = await startTestForge();
  await local.git(coder, "clone");
  sha = await local.push(coder, "topic", { "a.txt": "1\n" });
  await local.settled();
}, 60_000);
afterAll(() => local.close());

describe("commit statuses", { timeout: 60_000 }, () => {
  const post = (state: "error" | "failure" | "pending" | "success", context: string) =>
    as(person).repos.createCommitStatus({
      ...shop,
      sha,
      state,
      context,
      description: "said",
      target_url: "https://x.y",
    });
  const combined = async () => (await as(coder).repos.getCombinedStatusForRef({ ...shop, ref: "topic" })).data;

  it("are pending without any, red with one that failed, and green when the latest of each context is", async () => {
    expect(await combined()).toMatchObject({ state: "pending", total_count: 0, sha });
    expect((await post("pending", "lint")).data).toMatchObject({ context: "lint", creator: { login: "acme" } });
    await post("error", "build");
    expect(await combined()).toMatchObject({ state: "failure", total_count: 2 });
    await post("success", "lint");
    await post("success", "build");
    expect(await combined()).toMatchObject({ state: "success", total_count: 2 });
    const all = (await as(coder).repos.listCommitStatusesForRef({ ...shop, ref: sha })).data;
    expect(all.map((each) => [each.context, each.state])).toEqual([
      ["build", "success"],
      ["lint", "success"],
      ["build", "error"],
      ["lint", "pending"],
    ]);
  });
});

describe("check runs of Apps", { timeout: 60_000 }, () => {
  const suites = async () => (await as(coder).checks.listSuitesForRef({ ...shop, ref: sha })).data;

  it("belong to the App of the identity that made them, which alone may change them", async () => {
    const { data } = await as(reviewer).checks.create({ ...shop, name: "lint", head_sha: sha, status: "in_progress" });
    expect(data).toMatchObject({ conclusion: null, app: { id: appOf(reviewer.login).id, slug: "review-e" } });
    const one = { ...shop, check_run_id: data.id };
    await expect(as(merger).checks.update({ ...one, conclusion: "success" })).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining("check run can only be modified by the GitHub App that created it."),
    });
    const output = { title: "Two faults", summary: "Both are spaces." };
    const done = await as(reviewer).checks.update({ ...one, conclusion: "failure", output });
    expect(done.data).toMatchObject({ status: "completed", conclusion: "failure", output });
    await expect(as(person).checks.create({ ...shop, name: "x", head_sha: sha })).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining("You must authenticate via a GitHub App."),
    });
  });

  it("share one suite per App and commit, whose conclusion is the worst of its runs", async () => {
    const more = { ...shop, name: "docs", head_sha: sha, conclusion: "success" as const };
    const { data: docs } = await as(reviewer).checks.create(more);
    const { check_suites } = await suites();
    expect(check_suites.map((each) => [each.app?.slug, each.latest_check_runs_count, each.conclusion])).toEqual([
      ["local-checks", 1, "success"],
      ["review-e", 2, "failure"],
    ]);
    const inSuite = await as(coder).checks.listForSuite({ ...shop, check_suite_id: docs.check_suite?.id ?? 0 });
    expect(inSuite.data.check_runs.map((each) => each.name)).toEqual(["lint", "docs"]);
  });

  it("count by the latest of each name, unless all are asked for", async () => {
    await as(reviewer).checks.create({ ...shop, name: "lint", head_sha: sha, conclusion: "success" });
    const of = async (filter: "latest" | "all") =>
      (await as(coder).checks.listForRef({ ...shop, ref: sha, app_id: appOf(reviewer.login).id, filter })).data;
    expect((await of("latest")).check_runs.map((each) => [each.name, each.conclusion])).toEqual([
      ["docs", "success"],
      ["lint", "success"],
    ]);
    expect((await of("all")).total_count).toBe(3);
  });

  it("a suite without a run stays queued", async () => {
    const { data } = await as(merger).checks.createSuite({ ...shop, head_sha: sha });
    expect(data).toMatchObject({ status: "queued", conclusion: null, latest_check_runs_count: 0 });
    expect((await as(merger).checks.createSuite({ ...shop, head_sha: sha })).status).toBe(200);
    expect((await suites()).total_count).toBe(3);
  });

  it("the forge's own tests run again when somebody asks for it", async () => {
    const [own] = (await suites()).check_suites;
    await as(person).checks.rerequestSuite({ ...shop, check_suite_id: own?.id ?? 0 });
    await local.settled();
    const all = await as(coder).checks.listForRef({ ...shop, ref: sha, check_name: "test", filter: "all" });
    expect(all.data.check_runs.map((each) => each.conclusion)).toEqual(["success", "success"]);
  });
});
