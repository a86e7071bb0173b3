import { Effect, Exit } from "effect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { epochIn } from "#contracts/pull-request-body.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { Outgoing, Publication } from "#kit/bus/protocol.ts";
import { Retryable } from "#kit/errors.ts";
import { closedIssues } from "#kit/github/closing.ts";
import { coder, person } from "../../deploy/local/forge/test-forge.ts";
import { type Dispatched, type Scene, startScene, writing } from "./test-dev-e.ts";

// What stands already when Dev-E begins: the work of a dead claim, somebody else's commits, or the open change that is to be fixed.

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene.stop());

const claimed = ["ISSUE_ASSIGNED", "WORK_STARTED"];
const delivered = ["BRANCH_CREATED", "PR_CREATED", "RUN_SUCCEEDED"];
const feature = (name: string) => writing({ [`${name}.js`]: `export const ${name} = 1;\n` });

/** The only pull request of the issue's branch. */
async function pullOf({ branch }: Dispatched) {
  const [pull, ...more] = await scene.pullsOf(branch);
  if (pull === undefined || more.length > 0) throw new Error(`${more.length} pull requests too many, or none`);
  return { prNumber: pull.number, headSha: pull.head.sha, body: pull.body ?? "" };
}

async function lastOn({ on }: Dispatched) {
  return (await scene.world.history(on)).at(-1);
}

test("a fault outside releases the claim, and the next one delivers", async () => {
  const { on } = await scene.dispatch("Model away");
  let asked = 0;
  scene.play((of) => {
    asked += 1;
    return asked === 1 ? Effect.fail(new Retryable({ what: "the model is away", delayMs: 1 })) : feature("away")(of);
  });
  await scene.workEverything();
  expect(await scene.typesOn(on)).toEqual([...claimed, "ISSUE_UNASSIGNED", ...claimed, ...delivered]);
  const released = (await scene.world.history(on)).find(({ type }) => type === "ISSUE_UNASSIGNED");
  expect(released).toMatchObject({ data: { reason: expect.stringContaining("the model is away") } });
});

test("a run whose branch has a person's open pull request fails, and says whose it is and what to do", async () => {
  const { on, branch } = await scene.dispatch("Taken");
  scene.play(feature("taken"));
  const ada = scene.world.forge.octokitOf(person);
  await scene.world.forge.push(coder, branch, { "before.js": "1;\n" });
  const at = { owner: "acme", repo: "shop" };
  const { data } = await ada.rest.pulls.create({ ...at, head: branch, base: "main", title: "Mine", body: "" });
  await scene.workEverything();
  const reason = `#${data.number} from ${branch} was opened by ${person.login}: close it, so that the agent can open its own`;
  expect(await scene.typesOn(on)).not.toContain("PR_CREATED");
  expect((await scene.world.history(on)).at(-1)).toMatchObject({ type: "RUN_FAILED", data: { reason } });
});

test("a GitHub that takes no pull request costs three runs of the model, then the attempt has failed", async () => {
  const { on } = await scene.dispatch("Five hundred");
  scene.play(feature("five"));
  const away = Effect.fail(new Retryable({ what: "open the pull request: 503", delayMs: 1 }));
  const running = scene.start({ around: (what, call) => (what === "open the pull request" ? away : call) });
  await scene.untilEmpty();
  await running.stop();
  expect(scene.asked).toHaveLength(3);
  const types = await scene.typesOn(on);
  expect(types.filter((type) => type === "ISSUE_ASSIGNED")).toHaveLength(3);
  const data = { class: "internal", retryable: true, reason: "open the pull request: 503" };
  expect((await scene.world.history(on)).at(-1)).toMatchObject({ type: "RUN_FAILED", data });
});

test("somebody else's commit on the branch is built upon and never overwritten", async () => {
  const dispatched = await scene.dispatch("Shared branch");
  let theirs: string | undefined;
  scene.play((of) => {
    const foreign = { "theirs.js": "export const theirs = 1;\n" };
    const pushed = Effect.promise(async () => {
      theirs ??= await scene.world.forge.push(person, dispatched.branch, foreign);
    });
    return Effect.andThen(feature("ours")(of), pushed);
  });
  await scene.workEverything();
  const { headSha } = await pullOf(dispatched);
  expect(await scene.git("rev-parse", `${headSha}^`)).toBe(theirs);
  expect(await scene.git("diff", "--name-only", `origin/main...${headSha}`)).toBe("ours.js\ntheirs.js");
  expect(await scene.typesOn(dispatched.on)).toEqual([...claimed, "ISSUE_UNASSIGNED", ...claimed, ...delivered]);
});

/** Where a process dies: right before or right after it stores this fact. */
const deaths = [
  { name: "after the claim", when: "before", type: "WORK_STARTED" },
  { name: "after the push", when: "before", type: "BRANCH_CREATED" },
  { name: "before the pull request is opened", when: "after", type: "BRANCH_CREATED" },
  { name: "after the pull request was opened", when: "before", type: "PR_CREATED" },
  { name: "after the end, before the item is acked", when: "after", type: "PR_CREATED" },
] as const;

describe("killed", () => {
  const killed = new Map<string, Dispatched>();
  beforeAll(async () => {
    scene.play(feature("killed"));
    for (const death of deaths) {
      const dispatched = await scene.dispatch(`Killed ${death.name}`);
      killed.set(death.name, dispatched);
      // Items of earlier deaths that are redelivered meanwhile are done on the way.
      const bus = dyingBus(await scene.world.busOf("dev-e"), dispatched.item.number, death);
      expect(Exit.hasDies(await scene.start({ bus }).ended)).toBe(true);
    }
    await scene.workEverything();
  });

  test.each(deaths)(
    "$name, the next claim leaves each fact once, one branch and one pull request",
    async ({ name }) => {
      const dispatched = killed.get(name);
      if (dispatched === undefined) throw new Error("was not killed");
      const types = await scene.typesOn(dispatched.on);
      for (const type of delivered) expect(types.filter((each) => each === type)).toEqual([type]);
      const claims = types.filter((type) => type === "ISSUE_ASSIGNED").length;
      const { prNumber, headSha, body } = await pullOf(dispatched);
      expect([closedIssues(body, dispatched.item), epochIn(body)]).toEqual([[dispatched.item.number], claims]);
      expect(await lastOn(dispatched)).toMatchObject({ type: "RUN_SUCCEEDED", data: { prNumber, headSha } });
      expect(await scene.git("branch", "--remotes", "--list", `origin/feature/issue-${dispatched.item.number}-*`)).toBe(
        `origin/${dispatched.branch}`,
      );
    },
  );
});

/** A bus on which the process dies when it stores the fact of this type about the issue. */
function dyingBus(
  { publish, publishAtomic }: Bus["Service"],
  number: number,
  { when, type }: (typeof deaths)[number],
): Partial<Bus["Service"]> {
  const dying = (messages: readonly Outgoing[], stored: Effect.Effect<Publication, Retryable>) => {
    if (!messages.some(({ subject }) => subject.includes(`.${number}.${type}.`))) return stored;
    return when === "before" ? Effect.die("killed here") : Effect.andThen(stored, Effect.die("killed here"));
  };
  return {
    publish: (message) => dying([message], publish(message)),
    publishAtomic: (messages) => dying(messages, publishAtomic(messages)),
  };
}

describe("a fix", () => {
  let change: Dispatched;
  beforeAll(async () => {
    await scene.world.forge.push(coder, "base", { "base.js": "export const base = 1;\n" });
    change = await scene.dispatch("Fix me", { baseBranch: "base" });
    scene.play(feature("fixed"));
    await scene.workEverything();
  });

  test("that changes nothing is RUN_FAILED of the class no-diff", async () => {
    const before = await pullOf(change);
    await scene.dispatchFix(change, before);
    scene.play(() => Effect.void);
    await scene.workEverything();
    expect(await lastOn(change)).toMatchObject({ type: "RUN_FAILED", data: { attempt: 2, class: "no-diff" } });
    expect(await pullOf(change)).toEqual(before);
  });

  test("continues the open change on its own branch, with the base merged in", async () => {
    const before = await pullOf(change);
    const base = await scene.world.forge.push(coder, "base", { "base.js": "export const base = 2;\n" });
    await scene.dispatchFix({ ...change, item: { ...change.item, attempt: 2 } }, before);
    scene.play(writing({ "fixed.js": "export const fixed = 2;\n" }));
    await scene.workEverything();
    const after = await pullOf(change);
    expect(after.prNumber).toBe(before.prNumber);
    expect(epochIn(after.body)).toBe(3);
    for (const sha of [before.headSha, base]) expect(await scene.git("merge-base", sha, after.headSha)).toBe(sha);
    expect(await scene.git("show", `${after.headSha}:fixed.js`)).toBe("export const fixed = 2;");
    expect(await lastOn(change)).toMatchObject({
      type: "RUN_SUCCEEDED",
      data: { attempt: 3, prNumber: before.prNumber, headSha: after.headSha },
    });
    expect(scene.asked[0]?.prompt).toContain("Task: fix");
  });
});
