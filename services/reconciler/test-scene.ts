import { Effect } from "effect";
import { changeAt, issueAt, type RefOf } from "#contracts/aggregates.ts";
import type { Fact, FactDraft } from "#contracts/envelope.ts";
import { approvalOf, factOf, labelOf } from "#contracts/test-facts.ts";
import type { Retryable } from "#kit/errors.ts";
import type { GitHubRefused, Octokit } from "#kit/github/github.ts";
import { type Around, type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { coder, person } from "../../deploy/local/forge/test-forge.ts";
import type { KnownRepository } from "./known.ts";
import { makeHandle } from "./work.ts";

/** The repository of the integration tests. */
export const at = { owner: "acme", repo: "shop" };

/** The reconciler on a real bus and a forge that delivers nothing to anybody. */
export interface Scene {
  readonly world: ForgeWorld;
  /** What the read model says. */
  known: KnownRepository;
  /** The calls to GitHub of the last tick. */
  readonly asked: string[];
  /** What happens before each call to GitHub; a test may replace it. */
  before(what: string): Effect.Effect<void, Retryable | GitHubRefused>;
  /** What the reconciler reads in the place of an answer of GitHub; a test may replace it. */
  shown(what: string, answer: unknown): unknown;
  /** Compares once. Each tick is a minute after the one before. */
  tick(instantMs?: number): Promise<void>;
  /** Lets so many minutes pass without a tick. */
  pass(minutes: number): void;
  rest(who: typeof person): Octokit["rest"];
  tell(...drafts: readonly FactDraft[]): Promise<void>;
}

/** Starts it. Its ticks begin an hour ahead: by then everything that happens in a test is lost. */
export async function startScene(): Promise<Scene> {
  const world = await startForgeWorld({ settings: { RIG_REPOSITORIES: "acme/shop" } });
  let minute = 60;
  const scene: Scene = {
    world,
    known: { ...at, issues: new Map(), changes: new Set() },
    asked: [],
    before: () => Effect.void,
    shown: (_what, answer) => answer,
    tick: async (instantMs = Date.now() + minute * 60_000) => {
      minute += 1;
      const instant = new Date(instantMs).toISOString();
      scene.asked.length = 0;
      await handle(factOf("TICK", { schedule: "minute", instant }, { id: `tick ${instant}`, actor: "scheduler" }));
    },
    pass: (minutes) => {
      minute += minutes;
    },
    rest: (who) => world.forge.octokitOf(who).rest,
    tell: async (...drafts) => {
      await world.publishAll(...drafts);
    },
  };
  const handle = await makeReconciler(scene);
  return scene;
}

async function makeReconciler(scene: Scene) {
  const { world } = scene;
  const around: Around = <A>(what: string, call: Effect.Effect<A, Retryable | GitHubRefused>) =>
    Effect.gen(function* () {
      scene.asked.push(what);
      yield* scene.before(what);
      return scene.shown(what, yield* call) as A;
    });
  const layer = gitHubWith("reconciler", around);
  const making = makeHandle(Effect.sync(() => [scene.known]));
  const made = await world.as("reconciler", Effect.provide(making, layer));
  return (tick: Fact<"TICK">) => world.as("reconciler", Effect.provide(made(tick), layer));
}

/** Compares this often while GitHub fails for the calls whose names begin so. */
export async function tickWhile(
  scene: Scene,
  failing: Readonly<Record<string, Retryable | GitHubRefused>>,
  ticks = 1,
): Promise<void> {
  scene.before = (what) => {
    const error = Object.entries(failing).find(([name]) => what.startsWith(name))?.[1];
    return error === undefined ? Effect.void : Effect.fail(error);
  };
  try {
    for (let count = 0; count < ticks; count += 1) await scene.tick();
  } finally {
    scene.before = () => Effect.void;
  }
}

/** The facts that the reconciler published about one thing. */
export async function publishedOn<Kind extends "issue" | "pr">({ world }: Scene, on: RefOf<Kind>) {
  return (await world.history(on)).filter(({ actor }) => actor === "reconciler");
}

/** Files an issue on the forge. */
export async function fileIssue(scene: Scene, title: string, labels: readonly string[] = ["agent-ready"]) {
  const wanted = { ...at, title, body: `Do ${title}.`, labels: [...labels] };
  return issueAt({ ...at, number: (await scene.rest(person).issues.create(wanted)).data.number });
}

/** An issue that the rig works on, with an open pull request that it was told of. */
export async function changeInReview(scene: Scene, file: string) {
  const issue = await fileIssue(scene, file);
  const { data: filed } = await scene.rest(person).issues.get({ ...at, issue_number: issue.number });
  const { created_at: approvedAt } = filed;
  await scene.tell({ type: "ISSUE_LABELED", on: issue, data: labelOf({ title: file, updatedAt: approvedAt }) });
  await scene.tell({ type: "ISSUE_APPROVED", on: issue, data: approvalOf({ title: file }) });
  const branch = `feature/issue-${issue.number}-${file}`;
  const headSha = await scene.world.forge.push(coder, branch, { [`${file}.js`]: "const one = 1;\n" });
  const wanted = { ...at, title: file, head: branch, base: "main", body: `Closes #${issue.number}` };
  const { data } = await scene.rest(coder).pulls.create(wanted);
  const pr = changeAt({ ...at, number: data.number });
  const snapshot = { title: file, author: coder.login, branch, baseBranch: "main", closes: [issue.number] };
  await scene.tell({ type: "PR_OPENED", on: pr, data: { ...snapshot, headSha } });
  const seen = { isWorkedOn: true, prNumber: pr.number, approvedAt };
  scene.known = { ...at, issues: new Map([[issue.number, seen]]), changes: new Set([pr.number]) };
  return { issue, pr, branch, headSha };
}
