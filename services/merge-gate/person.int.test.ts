import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RefOf } from "#contracts/aggregates.ts";
import { GitHubRefused, gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { coder, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";

// Which changes of a real forge a person merges, although everything else about them is met.

let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
});
afterAll(() => world.stop());
const { publish, earnedChange, pullOnForge } = earnedOn(() => world);
const { handleWith, handleAs } = handlingOn(() => world);

/** What the gate's last evaluation says of the condition. */
async function lastOf(pr: RefOf<"pr">) {
  const last = (await world.history(pr)).findLast((fact) => fact.type === "GATE_EVALUATED");
  return last?.type === "GATE_EVALUATED" ? last.data.checks.find(({ name }) => name === "person") : undefined;
}

test("a large change waits for the label of a person, and one that an agent sets is none", async () => {
  const many = Array.from({ length: 501 }, (_, line) => `// ${line}\n`).join("");
  const { issue, pr, change } = await earnedChange("large", coder, { "many.js": many });
  const labelled = async (by: typeof coder) => {
    const one = { ...at, issue_number: pr.number };
    await world.forge.octokitOf(by).rest.issues.addLabels({ ...one, labels: ["large-pr-ok"] });
    const edited = { type: "PR_EDITED", on: pr, data: { ...change, labels: ["large-pr-ok"] } } as const;
    await publish(edited);
    const fact = (await world.history(pr)).findLast(({ type }) => type === "PR_EDITED");
    if (fact?.type !== "PR_EDITED") throw new Error("no label was told of");
    await handleAs(fact, gitHubLayer("merge-gate"));
  };
  await handleWith(issue, gitHubLayer("merge-gate"));
  expect(await lastOf(pr)).toMatchObject({ hold: "large-change" });
  await labelled(coder);
  expect(await lastOf(pr)).toMatchObject({ hold: "large-change" });
  await world.forge.octokitOf(person).rest.issues.removeLabel({ ...at, issue_number: pr.number, name: "large-pr-ok" });
  await labelled(person);
  expect((await pullOnForge(pr.number)).merged).toBe(true);
});

test("files or rules that GitHub does not tell hold a change, and are asked for again", async () => {
  const { issue, pr } = await earnedChange("untold");
  // GraphQL does not tell the file with the rules, so that REST is asked for it.
  const withoutRules = <A>(shown: A): A => ({ ...shown, rules: null });
  const refusing = (asked: string) =>
    gitHubWith("merge-gate", (what, call) => {
      if (what === asked) return Effect.fail(new GitHubRefused({ what, status: 403, reason: "forbidden" }));
      return what === "read the pull request" ? Effect.map(call, withoutRules) : call;
    });
  await expect(handleWith(issue, refusing("compare with the base"))).rejects.toMatchObject({ _tag: "Retryable" });
  expect(await lastOf(pr)).toMatchObject({ hold: "files-cut" });
  await expect(handleWith(issue, refusing("read .rig-agent.yaml"))).rejects.toMatchObject({ _tag: "Retryable" });
  expect(await lastOf(pr)).toMatchObject({ hold: "rules-unknown" });
  await handleWith(issue, gitHubLayer("merge-gate"));
  expect((await pullOnForge(pr.number)).merged).toBe(true);
});
