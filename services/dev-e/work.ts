import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Effect } from "effect";
import { issueAt } from "#contracts/aggregates.ts";
import type { Publishes } from "#contracts/choreography.ts";
import { closingNothing } from "#contracts/closing.ts";
import { issueBranch } from "#contracts/issue-branch.ts";
import { epochTrailer } from "#contracts/pull-request-body.ts";
import { because, type Why } from "#contracts/reason.ts";
import type { DevItem, FailureClass } from "#contracts/work.ts";
import type { Bus } from "#kit/bus/bus.ts";
import { outside, Retryable } from "#kit/errors.ts";
import { load, loadApproved, loadIssue } from "#kit/facts/aggregate.ts";
import { GitHub } from "#kit/github/github.ts";
import { makeTrust, type Trust } from "#kit/github/trust.ts";
import { Model, type ModelFailed } from "#kit/model/model.ts";
import { optional } from "#kit/process/settings.ts";
import { plainEnvironment, runCommand } from "#kit/process/shell.ts";
import type { Held } from "#kit/work/held.ts";
import { brief, openPullRequest, reportProgress, type Taken } from "./forge.ts";
import { checkOutBranch, clone, commitStaged, lendRepository, mergeBase, push, stage, type WorkTree } from "./git.ts";
import { type Briefing, prompt, system } from "./prompt.ts";
import { readSigningKey, signingBy, whyUnsigned } from "./signing.ts";

type HeldIssue = Held<"issue", Publishes<"dev-e", "issue">>;

/**
 * A run of Dev-E ended without a usable change; `RUN_FAILED` is appended with its class and reason.
 * Kind: business no.
 * What to do: nothing at the first failure, another attempt follows. When the issue is `needs_human`, mend what the
 * reason says, then take the label `agent-ready` off and set it again.
 */
interface RunFailed {
  readonly _tag: "RunFailed";
  readonly class: FailureClass;
  readonly why: Why;
}

/** What Dev-E does with the claim on an attempt. Whatever ends a run without a usable change is appended as RUN_FAILED. */
export const makeDevE = Effect.gen(function* () {
  const workDirectory = (yield* optional("RIG_WORK_DIRECTORY")) ?? join(tmpdir(), "rig-work");
  const trust = yield* makeTrust;
  const signingKey = yield* readSigningKey;
  return (held: HeldIssue) => devE(held, { workDirectory, trust, signingKey });
});

/** What every run of the service uses. */
interface Shared {
  readonly workDirectory: string;
  readonly trust: Trust;
  /** The path of the key that signs commits; null where there is none. */
  readonly signingKey: string | null;
}

function devE(held: HeldIssue, shared: Shared) {
  return run(held, shared).pipe(
    Effect.catchTag("ModelFailed", (error: ModelFailed) => failed(error.class, error.why)),
    Effect.catchTag(["GitHubRefused", "NotTold"], ({ why }) => failed("internal", why)),
    Effect.catchTag("RunFailed", (end: RunFailed) =>
      Effect.andThen(
        held.fail(end.class, end.why),
        report(held, `Attempt ${held.item.attempt} failed (${end.class}): ${inFull(end.why)}`),
      ),
    ),
  );
}

const run = Effect.fn("run")(function* (held: HeldIssue, shared: Shared) {
  const { item, claim } = held;
  const { trust, signingKey } = shared;
  const unsigned = yield* whyUnsigned(item, signingKey);
  if (unsigned !== null) return yield* failed("unsigned", unsigned);
  const model = yield* Model;
  // A change that is open is taken up again, also when the issue has another title by now.
  const life = yield* loadIssue(issueAt(item));
  const branch = life.pr?.branch ?? issueBranch(item.number, item.title);
  yield* Effect.scoped(
    Effect.gen(function* () {
      const { tree, existed, conflicts } = yield* prepare(held, branch, shared);
      const { remarks, ...found } = yield* brief(trust, item, life);
      const data = { claimId: claim.claimId, task: item.task, model: model.name, remarks };
      yield* held.append("started", [{ type: "WORK_STARTED", on: issueAt(item), agentId: claim.agentId, data }]);
      yield* report(held, `Attempt ${item.attempt} (${item.task}) is under way on \`${branch}\`.`);
      const { turns, summary } = yield* write(held, tree, { ...found, conflicts });
      // Staged before the tests, so that what they leave behind is not in the change.
      const { repositoryInside } = yield* stage(tree);
      if (repositoryInside !== null)
        return yield* failed("internal", because("there is a repository inside of the work tree", repositoryInside));
      yield* test(tree, life.testCommand);
      yield* commitStaged(tree, commitMessage(held));
      const headSha = yield* tree.output("rev-parse", "HEAD");
      yield* refuseNothing(tree, item, headSha);
      yield* deliver(held, tree, { branch, existed, headSha, turns, summary });
    }),
  );
});

/**
 * Clones into a new directory, which is removed when the run ends; checks out the issue's branch, and merges the base into it if the branch
 * existed.
 */
const prepare = Effect.fn("prepare")(function* (
  held: HeldIssue,
  branch: string,
  { workDirectory, signingKey }: Shared,
) {
  const { item } = held;
  const github = yield* GitHub;
  const directory = yield* Effect.acquireRelease(
    outside("make a work tree", async () => {
      await mkdir(workDirectory, { recursive: true });
      return mkdtemp(join(workDirectory, `${item.repo}-${item.number}-`));
    }),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true })),
  );
  const url = yield* github.call("read the repository", item, async (octokit, at) => {
    const { data } = await octokit.rest.repos.get({ ...at });
    return data.clone_url;
  });
  const identity = {
    login: yield* github.login,
    token: yield* github.gitToken(item),
    signing: yield* signingBy(item, signingKey),
  };
  const tree = yield* clone(url, join(directory, "tree"), identity);
  const { existed } = yield* checkOutBranch(tree, branch, item.baseBranch);
  const conflicts = existed ? yield* mergeBase(tree, item.baseBranch) : false;
  yield* lendRepository(tree);
  yield* held.progress();
  return { tree, existed, conflicts };
});

/** Lets the model write. Every answer is counted as money and as progress before its tools run. */
const write = Effect.fn("write")(function* (held: HeldIssue, tree: WorkTree, found: Omit<Briefing, "issueBody">) {
  const { item } = held;
  const model = yield* Model;
  const { body: issueBody } = yield* loadApproved(item);
  if (issueBody === null)
    return yield* failed(
      "erased",
      because("the approved text was erased: take the label agent-ready off and set it again"),
    );
  const runPromise = Effect.runPromiseWith(yield* Effect.context<Bus>());
  return yield* model.converse({
    system,
    prompt: prompt(item, { ...found, issueBody }),
    workTree: tree.path,
    env: commandEnvironment(tree),
    onAnswer: (usage) => runPromise(Effect.andThen(held.countTokens(usage), held.progress())),
  });
});

/**
 * Runs the repository's own tests by the command of the issue's approval, which the change cannot alter. What that command does is in
 * the change's own files, so a green run proves only that this command ended with 0: the review and the checks of the base branch's protection decide.
 */
const test = Effect.fn("test")(function* (tree: WorkTree, command: string) {
  const result = yield* outside("run the tests", (signal) =>
    runCommand("sh", ["-c", command], { cwd: tree.path, env: commandEnvironment(tree), signal }),
  );
  if (result.exitCode === 0) return;
  const last = `${result.stdout}\n${result.stderr}`.trim().slice(-2_000);
  const how = result.timedOut ? "did not end in time" : `ended with ${result.exitCode}`;
  return yield* failed("tests", because(`\`${command}\` ${how}`, last));
});

/** A run that changed nothing is a failure, not a success (domain rule: no-diff). */
const refuseNothing = Effect.fn("refuseNothing")(function* (tree: WorkTree, item: DevItem, headSha: string) {
  const base = yield* tree.git("diff", "--quiet", `origin/${item.baseBranch}...HEAD`);
  if (base.exitCode === 0) return yield* failed("no-diff", because("the run ended without a change to any file"));
  if (item.task === "fix" && headSha === item.headSha)
    return yield* failed("no-diff", because("the fix changed nothing"));
});

/** Makes the work visible: branch, pull request, facts. Each step finds what an earlier claim left, so that none is done twice. */
const deliver = Effect.fn("deliver")(function* (
  held: HeldIssue,
  tree: WorkTree,
  of: { branch: string; existed: boolean; headSha: string; turns: number; summary: string },
) {
  const { item, claim } = held;
  const { agentId, claimId, epoch } = claim;
  const on = issueAt(item);
  yield* held.check();
  if (!(yield* push(tree, of.branch))) {
    return yield* new Retryable({ what: `${of.branch} has commits of somebody else: begin again on top of them` });
  }
  // A claim that was killed right after its push left a branch that no fact tells of.
  const { facts } = yield* load(on);
  const isKnown = facts.some(
    ({ type, actor, data }) => type === "BRANCH_CREATED" && actor === agentId && data.branch === of.branch,
  );
  if (!of.existed || !isKnown) {
    yield* held.append("branch", [
      { type: "BRANCH_CREATED", on, agentId, data: { claimId, agentId, branch: of.branch } },
    ]);
  }
  yield* held.check();
  const pr = yield* openPullRequest({ item, branch: of.branch, epoch, summary: of.summary });
  if ("author" in pr) return yield* failed("internal", takenBy(pr, of.branch));
  yield* report(held, `Attempt ${item.attempt} (${item.task}) is done: #${pr.number}.`);
  const created = { claimId, agentId, prNumber: pr.number, prUrl: pr.url, branch: of.branch, epoch };
  const ended = { claimId, attempt: item.attempt, prNumber: pr.number, headSha: of.headSha, turns: of.turns };
  yield* held.append("end", [
    { type: "PR_CREATED", on, agentId, data: created },
    { type: "RUN_SUCCEEDED", on, agentId, data: { ...ended, summary: { text: of.summary.slice(0, 2_000) } } },
  ]);
});

/** Why a pull request is not the agent's own, with what to do. */
function takenBy({ number, author }: Taken, branch: string): Why {
  const whose = author === "" ? "an account that is gone" : author;
  return because(`#${number} from ${branch} was opened by ${whose}: close it, so that the agent can open its own`);
}

/** A comment that cannot be written is no reason to lose the run. */
function report(held: HeldIssue, text: string) {
  return reportProgress(held.item, text).pipe(
    Effect.catchTag(["Retryable", "GitHubRefused"], (error) =>
      Effect.logWarning("progress not reported", error.message),
    ),
  );
}

function failed(failure: FailureClass, why: Why): Effect.Effect<never, RunFailed> {
  return Effect.fail({ _tag: "RunFailed", class: failure, why });
}

/** For the comment on GitHub, from where nothing is erased by the rig anyway. */
function inFull({ reason, details }: Why): string {
  return details !== null && "text" in details ? `${reason}:\n${details.text}` : reason;
}

/** What commands of the model and of the tests see: programs, a home of their own, no secret. */
function commandEnvironment(tree: WorkTree): Record<string, string> {
  const path = `${dirname(process.execPath)}:${process.env.PATH ?? ""}`;
  return plainEnvironment({ PATH: path, HOME: dirname(tree.path), CI: "true" });
}

function commitMessage({ item, claim }: HeldIssue): string {
  const subject =
    item.task === "fix" ? `Answer the review of #${item.prNumber ?? item.number}` : closingNothing(item.title);
  return `${subject}\n\nIssue: #${item.number}\nRig-Claim: ${claim.claimId}\n${epochTrailer(claim.epoch)}`;
}
