import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { Effect } from "effect";
import { agentConfigPath } from "#contracts/policy.ts";
import { narrowByText, readPolicy } from "#kit/policy/policy.ts";
import { plainEnvironment, runCommand } from "#kit/process/shell.ts";
import { type Checks, type ForgeContext, gitDirectory, type PushedHead, timeNow } from "./context.ts";
import { tellCheckRun, tellCheckSuite } from "./events.ts";
import { git } from "./git/git.ts";
import type { CheckRunRecord, RepositoryRecord, SuiteRecord } from "./records.ts";

// Two at a time: the demo's suite takes seconds, and a laptop also runs the rig beside it.
const runningMax = 2;
const testTimeoutMs = 5 * 60_000;
const outputBytesKept = 4_096;

/** The parts of a finished check run that its tests decide. */
type Verdict = Pick<CheckRunRecord, "conclusion" | "title" | "summary" | "text">;

/**
 * Runs each pushed commit's own tests, for real, as the check run "test" of one check suite per commit: the
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
    if (repository.suites.some((each) => each.headSha === push.sha)) return;
    const now = timeNow();
    const suite: SuiteRecord = {
      id: context.store.takeId(),
      headBranch: push.branch,
      headSha: push.sha,
      before: push.before,
      pusher: push.pusher,
      createdAt: now,
      updatedAt: now,
      run: {
        id: context.store.takeId(),
        name: "test",
        status: "queued",
        startedAt: now,
        conclusion: null,
        completedAt: null,
        title: null,
        summary: null,
        text: null,
      },
    };
    repository.suites.push(suite);
    tellCheckRun({ context, repository, sender: push.pusher }, "created", suite);
  }

  /** Starts queued runs, at most two at a time. */
  wake(context: ForgeContext): void {
    for (const repository of context.store.state.repositories) {
      for (const suite of repository.suites) {
        if (this.#closing.signal.aborted || this.#running.size >= runningMax) return;
        if (suite.run.status === "completed" || this.#running.has(suite.id)) continue;
        const done = this.#run(context, repository, suite).finally(() => {
          this.#running.delete(suite.id);
          this.wake(context);
          this.#changed();
        });
        this.#running.set(suite.id, done);
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running.values());
  }

  async #run(context: ForgeContext, repository: RepositoryRecord, suite: SuiteRecord): Promise<void> {
    suite.run.status = "in_progress";
    const verdict = await runTests(context, repository, suite, this.#closing.signal);
    if (this.#closing.signal.aborted) {
      suite.run.status = "queued";
      return;
    }
    await context.store.exclusive(async () => {
      Object.assign(suite.run, verdict, { status: "completed", completedAt: timeNow() });
      suite.updatedAt = timeNow();
      const scene = { context, repository, sender: suite.pusher };
      tellCheckRun(scene, "completed", suite);
      await tellCheckSuite(scene, suite);
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
  context: ForgeContext,
  repository: RepositoryRecord,
  suite: SuiteRecord,
  signal: AbortSignal,
): Promise<Verdict> {
  const directory = join(context.dataDirectory, "checks", `${suite.run.id}-${randomUUID().slice(0, 8)}`);
  const workTree = join(directory, "tree");
  try {
    await mkdir(workTree, { recursive: true });
    const env = { GIT_WORK_TREE: workTree, GIT_INDEX_FILE: join(directory, "git-index") };
    await git(gitDirectory(context, repository), ["read-tree", suite.headSha], { env });
    await git(gitDirectory(context, repository), ["checkout-index", "--all", "--force"], { env });
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
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
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
