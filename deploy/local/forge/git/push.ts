import { mayPush } from "../access.ts";
import { baseSha } from "../answers/pull.ts";
import { type ForgeContext, gitDirectory, timeNow } from "../context.ts";
import { type Scene, tellIssue, tellPush, tellSynchronize } from "../events.ts";
import { closeNamed } from "../issue-changes.ts";
import type { PullIssue, RepositoryRecord } from "../records.ts";
import { dismissStale } from "../review-changes.ts";
import { openPulls } from "../store.ts";
import { noteEvent } from "../timeline.ts";
import { fetchBranch, git, isAncestor, listCommits, readCommit, readHeads, zeroSha } from "./git.ts";

// GitHub lists at most 2 048 commits in a push; a hundred are more than any run of the rig makes.
const commitsListedMax = 100;

/**
 * Finds the branches that differ from what was announced last and tells each: `push`, `pull_request.synchronize` for open
 * pull requests on the branch, a check suite for its head. A deleted branch closes its open pull requests, as on GitHub.
 * Call it inside `store.exclusive`, after every change of refs and once at the start: a crash after a push loses no event.
 */
export async function announcePushes(
  context: ForgeContext,
  repository: RepositoryRecord,
  pusher: string,
): Promise<void> {
  const heads = await readHeads(gitDirectory(context, repository));
  const branches = new Set([...Object.keys(repository.heads), ...Object.keys(heads)]);
  for (const branch of [...branches].sort()) {
    const before = repository.heads[branch] ?? zeroSha;
    const after = heads[branch] ?? zeroSha;
    if (before !== after) await announce(context, repository, pusher, { branch, before, after });
  }
}

interface Move {
  readonly branch: string;
  readonly before: string;
  readonly after: string;
}

async function announce(
  context: ForgeContext,
  repository: RepositoryRecord,
  pusher: string,
  move: Move,
): Promise<void> {
  const scene = { context, repository, sender: pusher };
  const { branch, before, after } = move;
  const facts = await pushFacts(context, repository, move);
  repository.pushedAt = timeNow();
  notePush(scene, { ...move, forced: facts.forced });
  if (after === zeroSha) {
    await closeOrphanedPulls(context, repository, pusher, branch);
    delete repository.heads[branch];
    tellPush(scene, facts);
    return;
  }
  repository.heads[branch] = after;
  tellPush(scene, facts);
  for (const { home, issue } of pullsFrom(context, repository, branch)) {
    await moveHead({ context, repository: home, sender: pusher }, repository, issue, {
      before,
      after,
      forced: facts.forced,
    });
  }
  // A commit that reaches the default branch closes what its message names, whatever the pull request says.
  if (branch === "main" && repository.forkOf === null) {
    for (const { sha, message } of facts.commits) await closeNamed(scene, message, sha);
  }
  // A fork runs no tests of its own, as on GitHub, where Actions are off in a fork.
  if (repository.forkOf === null) {
    context.checks.add(context, repository, { branch, sha: after, before: before === zeroSha ? null : before, pusher });
  }
}

/** For the list of what happened to the branches. */
function notePush({ context, repository, sender: actor }: Scene, move: Move & { readonly forced: boolean }): void {
  const push = { ...move, id: context.store.takeId(), actor, createdAt: repository.pushedAt };
  repository.pushes = [...(repository.pushes ?? []), push];
}

async function moveHead(
  scene: Scene,
  headRepository: RepositoryRecord,
  issue: PullIssue,
  move: { readonly before: string; readonly after: string; readonly forced: boolean },
): Promise<void> {
  await showHead(scene, headRepository, issue, move.after);
  issue.pull.headSha = move.after;
  issue.updatedAt = timeNow();
  if (move.forced) noteEvent(scene, issue, { event: "head_ref_force_pushed", commitId: move.after });
  await tellSynchronize(scene, issue, { before: move.before, after: move.after });
  dismissStale(scene, issue);
}

/**
 * Makes the head of a pull request known in its own repository, as `refs/pull/N/head`. A head of a fork brings its commits along; it is
 * tested when its author may write: GitHub waits for an approval with everybody else.
 */
export async function showHead(
  scene: Scene,
  headRepository: RepositoryRecord,
  issue: PullIssue,
  sha: string,
): Promise<void> {
  const { context, repository, sender } = scene;
  const directory = gitDirectory(context, repository);
  const isFork = headRepository.id !== repository.id;
  if (isFork) await fetchBranch(directory, gitDirectory(context, headRepository), issue.pull.headRef);
  await git(directory, ["update-ref", `refs/pull/${issue.number}/head`, sha]);
  if (isFork && mayPush(context, repository, issue.author)) {
    context.checks.add(context, repository, { branch: issue.pull.headRef, sha, before: null, pusher: sender });
  }
}

/** The open pull requests whose head is this branch, each with the repository that it is in. */
function pullsFrom(context: ForgeContext, headRepository: RepositoryRecord, branch: string) {
  return context.store.state.repositories.flatMap((home) =>
    openPulls(home)
      .filter(({ pull }) => pull.headRef === branch && pull.headRepositoryId === headRepository.id)
      .map((issue) => ({ home, issue })),
  );
}

async function pushFacts(context: ForgeContext, repository: RepositoryRecord, move: Move) {
  const directory = gitDirectory(context, repository);
  const { branch, before, after } = move;
  const ref = `refs/heads/${branch}`;
  if (after === zeroSha) return { ref, before, after, forced: false, commits: [], head: null };
  const base = before === zeroSha ? repository.heads.main : before;
  const range = base === undefined || base === after ? [after] : [after, `^${base}`];
  const commits = base === after ? [] : await listCommits(directory, range, commitsListedMax);
  const forced = before !== zeroSha && !(await isAncestor(directory, before, after));
  const head = await readCommit(directory, after);
  return { ref, before, after, forced, commits: commits.reverse(), head };
}

async function closeOrphanedPulls(
  context: ForgeContext,
  repository: RepositoryRecord,
  sender: string,
  branch: string,
): Promise<void> {
  for (const { home, issue } of pullsFrom(context, repository, branch)) {
    const scene = { context, repository: home, sender };
    issue.pull.baseSha = baseSha(home, issue);
    Object.assign(issue, { state: "closed", closedAt: timeNow(), updatedAt: timeNow(), closedBy: sender });
    noteEvent(scene, issue, { event: "head_ref_deleted" });
    noteEvent(scene, issue, { event: "closed" });
    await tellIssue(scene, "closed", issue);
  }
}
