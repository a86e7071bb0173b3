import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Effect, Layer } from "effect";
import { expect } from "vitest";
import { type IssueRef, issueAt } from "#contracts/aggregates.ts";
import { issueClaims } from "#contracts/claims.ts";
import type { Usage } from "#contracts/events/cost.ts";
import { issueBranch } from "#contracts/issue-branch.ts";
import { approvalOf, draftOf, workItem } from "#contracts/test-facts.ts";
import type { DevItem } from "#contracts/work.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { Retryable } from "#kit/errors.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { type Around, type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { type Conversation, Model, type ModelFailed } from "#kit/model/model.ts";
import { eventually, type Running, type Settings, withBus } from "#kit/test/test-world.ts";
import { claimWork } from "#kit/work/claim.ts";
import { person, shopTestCommand } from "../../deploy/local/forge/test-forge.ts";
import { makeDevE } from "./work.ts";

/** A test that waits for a redelivery does not wait for the next pull of an idle agent. */
const oftenPulled = { pullEveryMs: 200 };

/** What the played model does with its conversation. */
export type Play = (of: Conversation) => Effect.Effect<void, Retryable | ModelFailed>;

/** An attempt that stands on the work queue. */
export interface Dispatched {
  readonly on: IssueRef;
  readonly item: DevItem;
  /** The branch that the first change of the issue is pushed to. */
  readonly branch: string;
}

interface Pull {
  readonly number: number;
  readonly body: string | null;
  readonly head: { readonly sha: string };
}

/** Dev-E with everything that is real but the model. */
export interface Scene {
  readonly world: ForgeWorld;
  /** The directory in which work trees are made. */
  readonly workDirectory: string;
  /** The conversations that the model had, oldest first. */
  readonly asked: readonly Conversation[];
  /** Says what the model does from here on, and forgets the conversations. */
  play(play: Play): void;
  /** Files an issue that a person approved, and queues its first attempt. */
  dispatch(title: string, more?: { readonly baseBranch?: string; readonly testCommand?: string }): Promise<Dispatched>;
  /** Queues the next attempt: a fix of the open change at this head. */
  dispatchFix(of: Dispatched, at: { readonly prNumber: number; readonly headSha: string }): Promise<void>;
  start(faults?: { readonly around?: Around; readonly bus?: Partial<Bus["Service"]> }): Running<unknown>;
  /** Resolves once the work queue is empty. */
  untilEmpty(): Promise<void>;
  /** Runs Dev-E until the work queue is empty. */
  workEverything(): Promise<void>;
  /** The types of the facts that agents appended to the issue. */
  typesOn(on: IssueRef): Promise<readonly string[]>;
  /** The pull requests of the branch, open or not. */
  pullsOf(branch: string): Promise<readonly Pull[]>;
  /** Runs git in the clone of a person, after it fetched everything. */
  git(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a bus, a forge and a directory for work trees. */
export async function startScene(settings: Settings = {}): Promise<Scene> {
  const workDirectory = await mkdtemp(join(tmpdir(), "rig-dev-e-"));
  const world = await startForgeWorld({ settings: { RIG_WORK_DIRECTORY: workDirectory, ...settings } });
  let asked: Conversation[] = [];
  let playing: Play = () => Effect.die("the model was asked before it was told what to play");
  const converse = (of: Conversation) => {
    asked.push(of);
    const usage = usageOf(`answer ${asked.length}`);
    const answered = Effect.tap(playing(of), () => Effect.promise(() => of.onAnswer(usage)));
    return Effect.as(answered, { turns: 1, summary: "As the issue asks." });
  };
  const ask = () => Effect.die("Dev-E asks no questions");
  const model = Layer.succeed(Model, Model.of({ name: "played", converse, ask }));
  const start: Scene["start"] = ({ around, bus = {} } = {}) => {
    const github = around === undefined ? gitHubLayer("dev-e") : gitHubWith("dev-e", around);
    const claiming = Effect.flatMap(makeDevE, (devE) => claimWork("dev-e", issueClaims, devE, oftenPulled));
    const agent = Effect.provide(claiming, Layer.merge(github, model));
    return world.start("dev-e", withBus(bus, agent));
  };
  const enqueue = async (item: DevItem) => {
    const { attempt, task, reason, prNumber, headSha } = item;
    const queued = { attempt, task, reason, prNumber, headSha };
    await world.publishAll({ ...draftOf("ISSUE_QUEUED", item.number, queued), on: issueAt(item) });
    await world.enqueue(item);
  };
  const untilEmpty = () =>
    eventually(async () => expect((await world.manager.streams.info("WORK")).state.messages).toBe(0), 30_000);
  return {
    world,
    workDirectory,
    get asked() {
      return asked;
    },
    play: (play) => {
      asked = [];
      playing = play;
    },
    dispatch: async (title, { baseBranch = "main", testCommand = shopTestCommand } = {}) => {
      const wanted = { owner: "acme", repo: "shop", title, body: approvedText };
      const { data } = await world.forge.octokitOf(person).rest.issues.create(wanted);
      const item = workItem({ owner: "acme", repo: "shop", number: data.number, title, baseBranch });
      const on = issueAt(item);
      const approval = { ...approvalOf({ title, testCommand }), body: { text: approvedText } };
      await world.publishAll({ ...draftOf("ISSUE_APPROVED", item.number, approval), on });
      await enqueue(item);
      return { on, item, branch: issueBranch(item.number, title) };
    },
    dispatchFix: ({ item }, { prNumber, headSha }) =>
      enqueue({ ...item, task: "fix", attempt: item.attempt + 1, title: `${item.title} again`, prNumber, headSha }),
    start,
    untilEmpty,
    workEverything: async () => {
      const running = start();
      await untilEmpty();
      await running.stop();
    },
    typesOn: async (on) =>
      (await world.history(on)).filter(({ agentId }) => agentId !== undefined).map(({ type }) => type),
    pullsOf: async (branch) => {
      const wanted = { owner: "acme", repo: "shop", head: `acme:${branch}`, state: "all" } as const;
      return (await world.forge.octokitOf(person).rest.pulls.list(wanted)).data;
    },
    git: async (...args) => {
      await world.forge.git(person, "fetch", "--quiet", "origin");
      return (await world.forge.git(person, ...args)).stdout.trim();
    },
    stop: async () => {
      await world.stop();
      await rm(workDirectory, { recursive: true, force: true });
    },
  };
}

/** The text of the issue that was approved. */
export const approvedText = "Do it as approved.";

/** Writes files into the work tree. */
export function writing(files: Readonly<Record<string, string>>): Play {
  return ({ workTree }) =>
    Effect.promise(async () => {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(workTree, path)), { recursive: true });
        await writeFile(join(workTree, path), text);
      }
    });
}

/** One answered request of the model. */
export function usageOf(requestId: string): Usage {
  const counts = { inputTokens: 10, outputTokens: 5, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 };
  return { requestId, model: "played", ...counts, cacheReadTokens: 0, serverToolRequests: 0 };
}

/** The paths of all files below a directory. */
export async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
