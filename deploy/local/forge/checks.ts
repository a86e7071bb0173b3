import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { Effect } from "effect";
import { agentConfigPath } from "#contracts/policy.ts";
import { narrowByText, readPolicy } from "#kit/policy/policy.ts";
import { plainEnvironment, runCommand } from "#kit/process/shell.ts";
import { tellCheckRun, tellCheckSuite } from "./check-events.ts";
import { type Checks, type ForgeContext, gitDirectory, type PushedHead, timeNow } from "./context.ts";
import { git } from "./git/git.ts";
import { moveQueues } from "./merge-queue.ts";
import type { CheckRunRecord, RepositoryRecord, SuiteRecord } from "./records.ts";

// Two at a time: the demo's suite takes seconds, and a laptop also runs the rig beside it.
const runningMax = 2;
const testTimeoutMs = 5 * 60_000;
const outputBytesKept = 4_096;

/** Who runs the tests: an App like any other. */
export const testerLogin = "local-checks[bot]";

/** The parts of a finished check run that its tests decide. */
type Verdict = Pick<CheckRunRecord, "conclusion" | "title" | "summary" | "text">;

/**
 * Runs each pushed commit's own tests, for real, as the check run "test" of one check suite per commit, of an App of its own: the
 * `testCommand` of its `.rig-agent.yaml`, else the default of facts/policy.yaml, through `sh -c`, within 5 minutes, with no secret in the
 * environment. The check of a commit whose file is wrong fails with what is wrong.
 */
export class CheckRunner implements Checks {
  readonly #changed: () => void;
  readonly #closing = new AbortController();
  readonly #running = new Map<number, Promise<void>>();

  /** `changed` is called whenever a run ends. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  add(context: ForgeContext, repository: RepositoryRecord, push: PushedHead): void {
    if (repository.suites.some((each) => each.headSha === push.sha && each.app === testerLogin)) return;
    const now = timeNow();
    const run: CheckRunRecord = {
      id: context.store.takeId(),
      name: "test",
      externalId: "",
      detailsUrl: null,
      status: "queued",
      startedAt: now,
      conclusion: null,
      completedAt: null,
      title: null,
      summary: null,
      text: null,
    };
    const suite: SuiteRecord = {
      id: context.store.takeId(),
      app: testerLogin,
      headBranch: push.branch,
      headSha: push.sha,
      before: push.before,
      pusher: push.pusher,
      createdAt: now,
      updatedAt: now,
      runs: [run],
    };
    repository.suites.push(suite);
    tellCheckRun({ context, repository, sender: push.pusher }, "created", suite, run);
  }

  /** Starts queued test runs, at most two at a time; the runs of other Apps are theirs. */
  wake(context: ForgeContext): void {
    for (const repository of context.store.state.repositories) {
      for (const suite of repository.suites.filter((each) => each.app === testerLogin)) {
        for (const run of suite.runs) {
          if (this.#closing.signal.aborted || this.#running.size >= runningMax) return;
          if (run.status === "completed" || this.#running.has(run.id)) continue;
          const done = this.#run(context, repository, suite, run).finally(() => {
            this.#running.delete(run.id);
            this.wake(context);
            this.#changed();
          });
          this.#running.set(run.id, done);
        }
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running.values());
  }

  async #run(
    context: ForgeContext,
    repository: RepositoryRecord,
    suite: SuiteRecord,
    run: CheckRunRecord,
  ): Promise<void> {
    run.status = "in_progress";
    const at = gitDirectory(context, repository);
    const directory = join(context.dataDirectory, "checks", `${run.id}-${randomUUID().slice(0, 8)}`);
    const verdict = await runTests({ repository: at, headSha: suite.headSha, directory }, this.#closing.signal);
    if (this.#closing.signal.aborted) {
      run.status = "queued";
      return;
    }
    await context.store.exclusive(async () => {
      Object.assign(run, verdict, { status: "completed", completedAt: timeNow() });
      suite.updatedAt = timeNow();
      const scene = { context, repository, sender: suite.pusher };
      tellCheckRun(scene, "completed", suite, run);
      await tellCheckSuite(scene, "completed", suite);
      await moveQueues(context);
      await context.store.save();
    });
    context.deliveries.wake();
  }
}

/** The test command of a work tree by its `.rig-agent.yaml`, or the policy's default where there is no such file. Throws when the file is wrong. */
async function testCommandOf(workTree: string): Promise<string> {
  const policy = await Effect.runPromise(readPolicy());
  const text = await readFile(join(workTree, agentConfigPath), "utf8").catch(() => null);
  if (text === null) return policy.testCommand.default;
  const narrowed = narrowByText(policy, text);
  if ("wrong" in narrowed) throw new Error(`${agentConfigPath} is wrong: ${narrowed.wrong}`);
  return narrowed.effective.testCommand;
}

async function runTests(
  of: { readonly repository: string; readonly headSha: string; readonly directory: string },
  signal: AbortSignal,
): Promise<Verdict> {
  const workTree = join(of.directory, "tree");
  try {
    await mkdir(workTree, { recursive: true });
    const env = { GIT_WORK_TREE: workTree, GIT_INDEX_FILE: join(of.directory, "git-index") };
    await git(of.repository, ["read-tree", "--reset", "-u", of.headSha], { env });
    const command = await testCommandOf(workTree);
    const result = await runCommand("sh", ["-c", `exec 2>&1\n${command}`], {
      cwd: workTree,
      env: plainEnvironment({
        CI: "true",
        PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ""}`,
        npm_config_update_notifier: "false",
      }),
      timeoutMs: testTimeoutMs,
      signal,
    });
    return verdictOf(command, result);
  } catch (error) {
    return { conclusion: "failure", title: "The tests could not be started", summary: String(error), text: null };
  } finally {
    await rm(of.directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

function verdictOf(
  command: string,
  result: {
    readonly exitCode: number;
    readonly timedOut: boolean;
    readonly stdout: string;
    readonly durationMs: number;
  },
): Verdict {
  const seconds = (result.durationMs / 1_000).toFixed(1);
  const text = Buffer.from(result.stdout).subarray(-outputBytesKept).toString("utf8");
  if (result.timedOut) {
    return {
      conclusion: "timed_out",
      title: "Tests took too long",
      summary: `\`${command}\` was ended after ${seconds} s.`,
      text,
    };
  }
  const summary = `\`${command}\` ended with exit code ${result.exitCode} after ${seconds} s.`;
  if (result.exitCode === 0) return { conclusion: "success", title: "Tests passed", summary, text };
  return { conclusion: "failure", title: "Tests failed", summary, text };
}
