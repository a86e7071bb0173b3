import { baseSha } from "../answers/pull.ts";
import { type ForgeContext, gitDirectory, timeNow } from "../context.ts";
import { tellIssue, tellPush, tellSynchronize } from "../events.ts";
import type { RepositoryRecord } from "../records.ts";
import { openPulls } from "../store.ts";
import { listCommits, readCommit, readHeads, tryGit, zeroSha } from "./git.ts";

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
  if (after === zeroSha) {
    await closeOrphanedPulls(context, repository, pusher, branch);
    delete repository.heads[branch];
    tellPush(scene, facts);
    return;
  }
  repository.heads[branch] = after;
  tellPush(scene, facts);
  for (const issue of openPulls(repository).filter((each) => each.pull.headRef === branch)) {
    issue.pull.headSha = after;
    issue.updatedAt = timeNow();
    await tellSynchronize(scene, issue, { before, after });
  }
  context.checks.add(context, repository, { branch, sha: after, before: before === zeroSha ? null : before, pusher });
}

async function pushFacts(context: ForgeContext, repository: RepositoryRecord, move: Move) {
  const directory = gitDirectory(context, repository);
  const { branch, before, after } = move;
  const ref = `refs/heads/${branch}`;
  if (after === zeroSha) return { ref, before, after, forced: false, commits: [], head: null };
  const base = before === zeroSha ? repository.heads.main : before;
  const range = base === undefined || base === after ? [after] : [after, `^${base}`];
  const commits = base === after ? [] : await listCommits(directory, range, commitsListedMax);
  const ancestor =
    before === zeroSha ? 0 : (await tryGit(directory, ["merge-base", "--is-ancestor", before, after])).exitCode;
  const head = await readCommit(directory, after);
  return { ref, before, after, forced: ancestor !== 0, commits: commits.reverse(), head };
}

async function closeOrphanedPulls(
  context: ForgeContext,
  repository: RepositoryRecord,
  sender: string,
  branch: string,
): Promise<void> {
  for (const issue of openPulls(repository).filter((each) => each.pull.headRef === branch)) {
    issue.pull.baseSha = baseSha(repository, issue);
    Object.assign(issue, { state: "closed", closedAt: timeNow(), updatedAt: timeNow(), closedBy: sender });
    await tellIssue({ context, repository, sender }, "closed", issue);
  }
}
