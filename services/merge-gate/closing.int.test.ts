import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { issueAt } from "#contracts/aggregates.ts";
import { evaluateSeen } from "#contracts/gate/evaluate.ts";
import { seen } from "#contracts/gate/test-earned.ts";
import { readyLabel } from "#contracts/labels.ts";
import { pullRequestBody } from "#contracts/pull-request-body.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { forgeSettings } from "#kit/github/test-forge-world.ts";
import { makeTrust } from "#kit/github/trust.ts";
import { settingsLayer } from "#kit/test/test-world.ts";
import { coder, person, reviewer, startTestForge, type TestForge } from "../../deploy/local/forge/test-forge.ts";
import { merge, readFresh } from "./forge.ts";
import { gateLayer } from "./test-change.ts";

// What a merge closes on the local forge, which closes issues by the body and by the messages of commits, as GitHub does.

const at = { owner: "acme", repo: "shop" };
let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
  await forge.git(coder, "clone");
});
afterAll(() => forge.close());

const asGate = <A, E>(program: Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.provide(program, settingsLayer(forgeSettings(forge))));

async function fileIssue(title: string): Promise<number> {
  return (await forge.octokitOf(person).rest.issues.create({ ...at, title, body: "", labels: [readyLabel] })).data
    .number;
}

async function stateOf(issue: number): Promise<string> {
  return (await forge.octokitOf(person).rest.issues.get({ ...at, issue_number: issue })).data.state;
}

/** A pull request that closes an issue of its own, tested and approved. */
async function changeOf(issue: number, { title, branch }: { title: string; branch: string }) {
  const body = pullRequestBody("", { issueNumber: issue, epoch: 1 });
  const wanted = { ...at, title, head: branch, base: "main", body };
  const { number } = (await forge.octokitOf(coder).rest.pulls.create(wanted)).data;
  await forge.octokitOf(reviewer).rest.pulls.createReview({ ...at, pull_number: number, event: "APPROVE" });
  await forge.settled();
  const pr = { ...at, number };
  const on = issueAt({ ...at, number: issue });
  const reading = Effect.flatMap(makeTrust, (trust) => readFresh(pr, { on, trust, branches: [] }));
  return { pr, fresh: await asGate(Effect.provide(reading, gateLayer)) };
}

test("a commit whose message closes another issue holds the merge, though GitHub does not list that issue", async () => {
  const [issue, other] = [await fileIssue("Own"), await fileIssue("Another")];
  await forge.push(coder, "stray", { "stray.txt": "1\n" });
  await forge.git(coder, "commit", "--allow-empty", "-m", `Tidy up\n\nFixes #${other}`);
  await forge.git(coder, "push", "origin", "stray");
  const { fresh } = await changeOf(issue, { title: "Stray", branch: "stray" });
  expect(fresh.linked?.places).toEqual([{ ...at, number: issue }]);
  const given = seen({ forge: fresh });
  const { checks } = evaluateSeen({ ...given, on: { ...given.on, number: issue } });
  expect(checks.find(({ name }) => name === "issue")?.why).toBe(
    `the merge closes others too: #${other} (commit ${fresh.headSha.slice(0, 7)})`,
  );
});

test("a title with a closing keyword does not get into the merge's message as one", async () => {
  const [issue, other] = [await fileIssue("Own"), await fileIssue("Another")];
  await forge.push(coder, "titled", { "titled.txt": "1\n" });
  const { pr, fresh } = await changeOf(issue, { title: `Fixes #${other}`, branch: "titled" });
  await asGate(Effect.provide(merge(pr, fresh), gitHubLayer("merge-gate")));
  expect([await stateOf(issue), await stateOf(other)]).toEqual(["closed", "open"]);
});
