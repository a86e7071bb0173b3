import { afterAll, beforeAll, expect, test } from "vitest";
import { foldIssue } from "#contracts/issue-life.ts";
import { reviewMarker } from "#contracts/review-marker.ts";
import { approvedTextHash } from "#kit/facts/text.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { coder, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";

// The approval of a head after its base was merged into it, on the local forge.

let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: `${reviewer.login}, ${person.login}` } });
});
afterAll(() => world.stop());

const { publish, appendedTo, earnedChange } = earnedOn(() => world);
const { handleWith, skipStored } = handlingOn(() => world);
const gate = gitHubLayer("merge-gate");
type Earned = Awaited<ReturnType<typeof earnedChange>>;

async function git(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await world.forge.git(coder, ...args);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** Something of others that is merged into the base. */
async function moveBase(name: string, files: Readonly<Record<string, string>> = { [`${name}.js`]: "1;\n" }) {
  await git("fetch", "origin");
  await git("switch", "-c", name, "origin/main");
  await world.forge.push(person, name, files);
  const wanted = { ...at, title: name, head: name, base: "main", body: "" };
  const { data } = await world.forge.octokitOf(person).rest.pulls.create(wanted);
  await world.forge.settled();
  const one = { ...at, pull_number: data.number };
  await world.forge.octokitOf(reviewer).rest.pulls.createReview({ ...one, event: "APPROVE" });
  await world.forge.octokitOf(person).rest.pulls.merge(one);
  await git("fetch", "origin");
}

/** GitHub merges the base into the head. */
async function update({ pr, change }: Earned): Promise<string> {
  const one = { ...at, pull_number: pr.number };
  const prevSha = (await world.forge.octokitOf(person).rest.pulls.get(one)).data.head.sha;
  await world.forge.octokitOf(person).rest.pulls.updateBranch(one);
  const headSha = (await world.forge.octokitOf(person).rest.pulls.get(one)).data.head.sha;
  await world.forge.settled();
  await publish({ type: "PR_SYNCHRONIZED", on: pr, data: { ...change, headSha, prevSha } });
  return headSha;
}

/** An agent pushes a merge of its head and the base with a tree of its own making. */
async function mergeByHand(
  { pr, change, headSha: prevSha }: Earned,
  files: Readonly<Record<string, string>>,
  base = "origin/main",
) {
  await git("switch", change.branch);
  await git("merge", "--no-edit", "--no-ff", base);
  const parents = await git("rev-parse", "HEAD^1", "HEAD^2");
  await git("push", "origin", change.branch);
  let headSha = await git("rev-parse", "HEAD");
  if (Object.keys(files).length > 0) {
    const tree = `${await world.forge.push(coder, change.branch, files)}^{tree}`;
    headSha = await git("commit-tree", tree, ...parents.split("\n").flatMap((sha) => ["-p", sha]), "-m", "Merge main");
    await git("push", "--force", "origin", `${headSha}:refs/heads/${change.branch}`);
  }
  await world.forge.settled();
  await publish({ type: "PR_SYNCHRONIZED", on: pr, data: { ...change, headSha, prevSha } });
  return headSha;
}

async function look({ issue, pr }: Earned) {
  await handleWith(issue, gate);
  const evaluated = (await world.history(pr)).findLast((fact) => fact.type === "GATE_EVALUATED");
  if (evaluated?.type !== "GATE_EVALUATED") throw new Error("nothing was evaluated");
  const review = evaluated.data.checks.find(({ name }) => name === "review");
  return { done: await appendedTo(issue), hold: review?.hold, why: review?.why };
}

const merged = ["MERGE_REQUESTED", "MERGED"];

test("an approval stays through updates of the branch, one after another", async () => {
  const earned = await earnedChange("carried");
  await skipStored();
  await moveBase("others-one");
  await update(earned);
  await moveBase("others-two");
  await update(earned);
  const why = expect.stringContaining(`as ${earned.headSha.slice(0, 7)}, into which only main was merged since`);
  expect(await look(earned)).toMatchObject({ done: merged, why });
});

test("an approval stays also where another appointed reviewer brought the branch up to date and approves that head", async () => {
  const earned = await earnedChange("twice");
  await skipStored();
  await moveBase("others-twice");
  await update(earned);
  const one = { ...at, pull_number: earned.pr.number, event: "APPROVE" } as const;
  await world.forge.octokitOf(person).rest.pulls.createReview(one);
  expect(await look(earned)).toMatchObject({ done: merged });
});

test("an approval stays through a merge of the base by hand that git makes alone, also of a file that both changed", async () => {
  const lines = (first: string, last: string) => `${first}\n2\n3\n4\n5\n6\n${last}\n`;
  await moveBase("others-file", { "both.txt": lines("1", "7") });
  await git("switch", "main");
  await git("merge", "origin/main");
  const earned = await earnedChange("byhand");
  await skipStored();
  const own = await world.forge.push(coder, earned.branch, { "both.txt": lines("one", "7") });
  await world.forge
    .octokitOf(reviewer)
    .rest.pulls.createReview({ ...at, pull_number: earned.pr.number, event: "APPROVE" });
  await moveBase("others-same", { "both.txt": lines("1", "seven") });
  await mergeByHand({ ...earned, headSha: own }, {});
  expect(await look(earned)).toMatchObject({ done: merged });
});

test.each<[string, string, Readonly<Record<string, string>>]>([
  ["more", "adds a file", { "evil.js": "1;\n" }],
  ["other", "changes what the branch has", { "other.js": "export const other = 2;\n" }],
  ["undo", "undoes what the base has", { "others-undo.js": "2;\n" }],
])("an approval of a head is none of a merge of the base that besides %s: it %s", async (name, _what, files) => {
  const earned = await earnedChange(name);
  await skipStored();
  await moveBase(`others-${name}`);
  await mergeByHand(earned, files);
  expect(await look(earned)).toMatchObject({ done: [], hold: "not-approved" });
});

test("an approval of a head is none of a merge of commits that the base does not have", async () => {
  const earned = await earnedChange("strange");
  await skipStored();
  await git("fetch", "origin");
  await git("switch", "-c", "elsewhere", "origin/main");
  await world.forge.push(person, "elsewhere", { "elsewhere.js": "1;\n" });
  await mergeByHand(earned, {}, "elsewhere");
  expect(await look(earned)).toMatchObject({ done: [], hold: "not-approved" });
});

test("where the base has got commits of the head, an approval does not stay: somebody has to see what the head does to them", async () => {
  const earned = await earnedChange("shared");
  await skipStored();
  const { pr, branch, headSha: own, change } = earned;
  const others = await world.forge.push(person, "repair-shared", { "repair-shared.js": "1;\n" });
  const undoing = await git("commit-tree", `${own}^{tree}`, "-p", own, "-p", others, "-m", "Add it");
  await git("push", "--force", "origin", `${undoing}:refs/heads/${branch}`);
  await world.forge.settled();
  await publish({ type: "PR_SYNCHRONIZED", on: pr, data: { ...change, headSha: undoing, prevSha: own } });
  const one = { ...at, pull_number: pr.number, event: "APPROVE" } as const;
  await world.forge.octokitOf(reviewer).rest.pulls.createReview(one);
  const wanted = { ...at, title: "Repair", head: "repair-shared", base: "main", body: "" };
  const { data: repair } = await world.forge.octokitOf(person).rest.pulls.create(wanted);
  const itself = { ...at, pull_number: repair.number };
  await world.forge.octokitOf(reviewer).rest.pulls.createReview({ ...itself, event: "APPROVE" });
  await world.forge.octokitOf(person).rest.pulls.merge(itself);
  await update(earned);
  expect(await look(earned)).toMatchObject({ done: [], hold: "not-approved" });
});

test("an approval whose marker names another merge base than the update began at does not stay", async () => {
  const earned = await earnedChange("moved");
  await skipStored();
  const { headSha } = earned;
  const textSha256 = approvedTextHash(foldIssue(await world.history(earned.issue)));
  const of = { headSha, textSha256, mergeBase: "b".repeat(40) };
  const body = reviewMarker(of);
  await world.forge
    .octokitOf(reviewer)
    .rest.pulls.createReview({ ...at, pull_number: earned.pr.number, event: "APPROVE", body });
  await moveBase("others-moved");
  await update(earned);
  expect(await look(earned)).toMatchObject({ done: [], hold: "other-diff" });
});
