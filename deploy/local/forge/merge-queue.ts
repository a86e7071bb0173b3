import { headRepository } from "./answers/pull.ts";
import { spokenText } from "./closing.ts";
import { type ForgeContext, gitDirectory, timeNow } from "./context.ts";
import { type Scene, tellPull } from "./events.ts";
import { git } from "./git/git.ts";
import { commitMerge, mergeTree, proposedMessage } from "./git/merge-commit.ts";
import { announcePushes } from "./git/push.ts";
import { FieldError } from "./graphql/engine.ts";
import { closeIssue, closeNamed } from "./issue-changes.ts";
import { checksOn, mergeStanding } from "./merge-standing.ts";
import type { PullIssue, QueueEntryRecord, RepositoryRecord } from "./records.ts";
import type { MergeMethod } from "./rule-records.ts";
import { demandsOn } from "./rules.ts";
import { pullOf } from "./store.ts";
import { noteEvent } from "./timeline.ts";

// The merge queue of a branch, played one entry at a time
// (https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue):
// a commit that merges the head into the base stands on a branch of its own, where the required checks have to pass; then the base moves to it.

/** GitHub's App that merges. It passes no rule because of who put a pull request in. */
const queueLogin = "github-merge-queue[bot]";

/** How the timeline and the webhook say why a pull request is in the queue no more. */
const reasons = {
  merged: "MERGE",
  manual: "MANUAL",
  failed_checks: "CI_FAILURE",
  merge_conflict: "MERGE_CONFLICT",
  branch_protection_failure: "BRANCH_PROTECTIONS",
  queue_cleared: "QUEUE_CLEARED",
  head_changed: "UNKNOWN_REMOVAL_REASON",
} as const;
type Reason = keyof typeof reasons;

/** The entry of a pull request in the queue of its base; undefined where it is in none. */
export function entryOf({ queue = [] }: RepositoryRecord, number: number): QueueEntryRecord | undefined {
  return queue.find((each) => each.number === number);
}

/** The entries with their places, from 1, in the queue of each base. */
export function placesIn(repository: RepositoryRecord) {
  const byBase = Map.groupBy(repository.queue ?? [], ({ number }) => pullOf(repository, number).pull.baseRef);
  return [...byBase.values()].flatMap((entries) => entries.map((entry, index) => ({ entry, position: index + 1 })));
}

function methodOf(repository: RepositoryRecord, branch: string): MergeMethod | null {
  const method = demandsOn(repository, branch).find(({ mergeQueue }) => mergeQueue !== null)?.mergeQueue;
  return method == null ? null : (method.toLowerCase() as MergeMethod);
}

/** Puts a pull request into the queue of its base. Throws GitHub's refusal where it is in there, or lacks what the base requires. */
export async function enqueue(scene: Scene, issue: PullIssue, expectedHeadSha: string | null): Promise<void> {
  const { context, repository, sender } = scene;
  const refused = await refusalOf(scene, issue, expectedHeadSha);
  if (refused !== undefined) throw new FieldError("UNPROCESSABLE", refused);
  const entry = { id: context.store.takeId(), number: issue.number, enqueuer: sender, headSha: issue.pull.headSha };
  repository.queue = [...(repository.queue ?? []), { ...entry, enqueuedAt: timeNow(), group: null }];
  issue.updatedAt = timeNow();
  noteEvent(scene, issue, { event: "added_to_merge_queue" });
  await tellPull(scene, "enqueued", issue);
}

async function refusalOf(scene: Scene, issue: PullIssue, expectedHeadSha: string | null): Promise<string | undefined> {
  const { headSha, baseRef, draft } = issue.pull;
  if (methodOf(scene.repository, baseRef) === null) return `No merge queue found for branch '${baseRef}'`;
  if (entryOf(scene.repository, issue.number) !== undefined) return "Pull request is already in the queue";
  if (issue.state === "closed") return "Pull request is closed";
  if (draft) return "Pull request is in draft state";
  if ((expectedHeadSha ?? headSha) !== headSha) return "Head branch was modified. Review and try the merge again.";
  const [first] = (await refusalsOf(scene, issue)).filter((each) => each !== closedToPushes);
  return first === undefined ? undefined : `Pull request ${first}`;
}

/** Takes a pull request out, as its author or whoever may write asks for it. */
export async function dequeueByHand(scene: Scene, issue: PullIssue): Promise<void> {
  const entry = entryOf(scene.repository, issue.number);
  if (entry === undefined) throw new FieldError("UNPROCESSABLE", "Pull request is not in the merge queue");
  await removeEntry(scene, issue, "manual");
}

/** Brings the queues on as far as they go now. Call it inside `store.exclusive`, after whatever may let them. */
export async function moveQueues(context: ForgeContext): Promise<void> {
  for (const repository of context.store.state.repositories) {
    // Each turn ends an entry, or makes its group; an entry without an end waits for checks.
    for (let turns = 3 * (repository.queue?.length ?? 0); turns > 0; turns -= 1) {
      const first = repository.queue?.[0];
      if (first === undefined || (await moveEntry({ context, repository, sender: queueLogin }, first)) === "waits")
        break;
    }
  }
}

async function moveEntry(scene: Scene, entry: QueueEntryRecord): Promise<"moved" | "waits"> {
  const { context, repository } = scene;
  const issue = pullOf(repository, entry.number);
  const { baseRef, headSha } = issue.pull;
  const baseSha = repository.heads[baseRef] ?? "";
  const method = methodOf(repository, baseRef);
  if (issue.state === "closed" || method === null) return removeEntry(scene, issue, "queue_cleared");
  if (headSha !== entry.headSha) return removeEntry(scene, issue, "head_changed");
  if (entry.group?.baseSha !== baseSha) return makeGroup(scene, issue, { entry, baseSha, method });
  const outcome = checksOn(repository, entry.group.sha, demandsOn(repository, baseRef));
  if (outcome === "running") return "waits";
  if (outcome === "red") return removeEntry(scene, issue, "failed_checks");
  if ((await refusalsOf(scene, issue)).length > 0) return removeEntry(scene, issue, "branch_protection_failure");
  const { sha } = entry.group;
  await git(gitDirectory(context, repository), ["update-ref", `refs/heads/${baseRef}`, sha, baseSha]);
  Object.assign(issue.pull, { mergedAt: timeNow(), mergedBy: queueLogin, mergeCommitSha: sha });
  await removeEntry(scene, issue, "merged");
  noteEvent(scene, issue, { event: "merged", commitId: sha });
  await closeIssue(scene, issue, "completed", sha);
  await announcePushes(context, repository, queueLogin);
  // Whoever put it in closes what it names.
  if (baseRef === "main") await closeNamed({ ...scene, sender: entry.enqueuer }, spokenText(issue.body), sha);
  return "moved";
}

/** Makes the commit that is tested, on the base as it is now. */
async function makeGroup(
  scene: Scene,
  issue: PullIssue,
  {
    entry,
    baseSha,
    method,
  }: { readonly entry: QueueEntryRecord; readonly baseSha: string; readonly method: MergeMethod },
): Promise<"moved"> {
  const { context, repository } = scene;
  const directory = gitDirectory(context, repository);
  await removeGroup(scene, entry);
  const branch = `gh-readonly-queue/${issue.pull.baseRef}/pr-${issue.number}-${baseSha}`;
  const { owner } = headRepository(context, issue);
  const { title, body } = await proposedMessage(directory, issue, { owner, method, baseSha });
  await git(directory, ["update-ref", `refs/heads/${branch}`, baseSha]);
  const order = { baseRef: branch, baseSha, headSha: entry.headSha, method, merger: queueLogin };
  // Without its number, an entry of the same second would have the commit, and with it the checks, of an earlier one.
  const message = `${title}\n\n${body}\n\nMerge-Queue-Entry: ${entry.id}`;
  const sha = await commitMerge(directory, { ...order, message });
  entry.group = { sha: sha ?? baseSha, baseSha, branch };
  if (sha === null) return removeEntry(scene, issue, "merge_conflict");
  await announcePushes(context, repository, queueLogin);
  return "moved";
}

async function removeGroup({ context, repository }: Scene, entry: QueueEntryRecord): Promise<void> {
  if (entry.group === null) return;
  await git(gitDirectory(context, repository), ["update-ref", "-d", `refs/heads/${entry.group.branch}`]);
  entry.group = null;
}

async function removeEntry(scene: Scene, issue: PullIssue, reason: Reason): Promise<"moved"> {
  const { context, repository, sender } = scene;
  const entry = entryOf(repository, issue.number);
  if (entry === undefined) return "moved";
  repository.queue = repository.queue?.filter((each) => each !== entry) ?? [];
  await removeGroup(scene, entry);
  await announcePushes(context, repository, sender);
  issue.updatedAt = timeNow();
  noteEvent(scene, issue, { event: "removed_from_merge_queue", reason });
  await tellPull(scene, "dequeued", issue, { reason: reasons[reason] });
  return "moved";
}

/** What the rules say to everybody but those whom they let pass. */
const closedToPushes = "Cannot update this protected ref.";

/** Why the base refuses the merge by the queue's App. Its checks are those of the group once there is one. */
async function refusalsOf({ context, repository }: Scene, issue: PullIssue): Promise<readonly string[]> {
  const { baseRef, headSha } = issue.pull;
  const baseSha = repository.heads[baseRef] ?? "";
  const conflicts = (await mergeTree(gitDirectory(context, repository), baseSha, headSha)) === null;
  const { mergeable, refusals } = mergeStanding(context, repository, issue, { conflicts, upToDate: true }, queueLogin);
  return mergeable === true ? refusals : ["is not mergeable"];
}
