import { expect } from "vitest";
import { baseTopic } from "#contracts/base-line.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import type { ForgeWorld } from "#kit/github/test-forge-world.ts";
import { coder, person } from "../../deploy/local/forge/test-forge.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";

type Earned = Awaited<ReturnType<ReturnType<typeof earnedOn>["earnedChange"]>>;

/** What a test needs of the line of a base on the local forge. The world starts after the file is read. */
export function lineOn(world: () => ForgeWorld) {
  const { publish } = earnedOn(world);
  const { handleWith } = handlingOn(world);

  async function git(...args: readonly string[]): Promise<string> {
    return (await world().forge.git(coder, ...args)).stdout.trim();
  }

  /** GitHub's merge of the base into the head of a change, as its delivery tells it once it is tested. */
  async function updated(earned: Earned): Promise<Earned> {
    await world().forge.settled();
    const { change, pr, headSha: prevSha } = earned;
    const headSha = (
      await world()
        .forge.octokitOf(person)
        .rest.pulls.get({ ...at, pull_number: pr.number })
    ).data.head.sha;
    expect(headSha).not.toBe(prevSha);
    await publish({ type: "PR_SYNCHRONIZED", on: pr, data: { ...change, headSha, prevSha } });
    return { ...earned, headSha };
  }

  const look = ({ issue }: Earned) => handleWith(issue, gitHubLayer("merge-gate"));
  const mainNow = async () => {
    await git("fetch", "origin");
    return git("rev-parse", "origin/main");
  };
  const asPerson = () => world().forge.octokitOf(person).rest;
  const mergeByPerson = ({ pr }: Earned) => asPerson().pulls.merge({ ...at, pull_number: pr.number });

  /** A person closes a change, which gives its turn back. */
  async function close(earned: Earned): Promise<void> {
    await asPerson().pulls.update({ ...at, pull_number: earned.pr.number, state: "closed" });
    await look(earned);
  }

  /** What the last verdict on a change is held by, and why. */
  async function heldBy({ pr }: Earned) {
    const last = (await world().history(pr)).findLast((fact) => fact.type === "GATE_EVALUATED");
    const missing = last?.type === "GATE_EVALUATED" ? last.data.checks.filter(({ passed }) => !passed) : [];
    return missing.map(({ hold, why }) => [hold, why]);
  }

  /** The turns at a commit of the base: what happened, and to which pull request. */
  async function turnsAt(baseSha: string) {
    const history = await world().history(baseTopic({ ...at, branch: "main", baseSha }));
    return history.map(({ type, data }) => [type, "prNumber" in data && data.prNumber]);
  }

  return { git, updated, look, mainNow, asPerson, mergeByPerson, close, heldBy, turnsAt };
}
