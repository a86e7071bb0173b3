import { gitDirectory } from "../context.ts";
import { readCommit, readObject, tryGit } from "../git/git.ts";
import { placesIn } from "../merge-queue.ts";
import type { PullIssue, RepositoryRecord } from "../records.ts";
import { demandsOn } from "../rules.ts";
import { associatedField } from "./associated-nodes.ts";
import { checkedCommitNode } from "./check-nodes.ts";
import { Field, type Fields } from "./engine.ts";
import { actorNode, type View } from "./nodes.ts";

/** A branch by its qualified name; null where there is none. */
export function refField(view: View, repository: RepositoryRecord): Field {
  return new Field(["qualifiedName"], ({ qualifiedName }) =>
    refNode(view, repository, String(qualifiedName).replace(/^refs\/heads\//, "")),
  );
}

/** A branch with what its classic protection shows to those who do not administer it (https://docs.github.com/graphql/reference/objects#refupdaterule); null where there is none. */
export function refNode(view: View, repository: RepositoryRecord, name: string): Fields | null {
  const sha = repository.heads[name];
  if (sha === undefined) return null;
  const directory = gitDirectory(view.context, repository);
  const statusCheckRollup = async () =>
    checkedCommitNode(view, repository, await readCommit(directory, sha)).statusCheckRollup;
  const target = { __typename: "Commit", oid: sha, file: fileField(directory, sha), statusCheckRollup };
  const isFrom = ({ pull }: PullIssue) => pull.headRef === name && pull.headRepositoryId === repository.id;
  const associatedPullRequests = associatedField(view, repository, isFrom);
  const refUpdateRule = ruleOf(repository, name);
  return { __typename: "Ref", id: refId(repository, name), name, target, refUpdateRule, associatedPullRequests };
}

/** A file of a commit; null where it has none at that path. */
function fileField(directory: string, sha: string): Field {
  return new Field(["path"], async ({ path }) => {
    const entry = await tryGit(directory, ["ls-tree", "-z", sha, "--", String(path)]);
    const [, mode, oid = ""] = /^(\d+) blob ([0-9a-f]{40})\t/.exec(entry.stdout) ?? [];
    if (mode === undefined) return null;
    const object = async () => {
      const bytes = await readObject(directory, oid);
      const isBinary = bytes.includes(0);
      const text = isBinary ? null : bytes.toString("utf8");
      return { __typename: "Blob", oid, byteSize: bytes.length, isBinary, isTruncated: false, text };
    };
    return { name: String(path).split("/").at(-1), path, oid, mode: Number.parseInt(mode, 8), type: "blob", object };
  });
}

/** The node id of a branch. */
export function refId(repository: RepositoryRecord, name: string): string {
  return `REF_${repository.id}_${name}`;
}

function ruleOf(repository: RepositoryRecord, branch: string): Fields | null {
  const classic = demandsOn(repository, branch).find(({ ruleset }) => ruleset === null);
  if (classic === undefined) return null;
  return {
    pattern: branch,
    allowsDeletions: !classic.deletion,
    allowsForcePushes: !classic.nonFastForward,
    requiredApprovingReviewCount: classic.reviews?.approvals ?? null,
    requiredStatusCheckContexts: classic.checks.map(({ context }) => context),
    requiresCodeOwnerReviews: false,
    requiresConversationResolution: classic.conversationResolution,
    requiresLinearHistory: classic.linearHistory,
    requiresSignatures: false,
  };
}

/** The merge queue of a branch by its name. */
export function mergeQueueField(repository: RepositoryRecord): Field {
  return new Field(["branch"], ({ branch }) => mergeQueueNode(repository, String(branch ?? "main")));
}

/** The merge queue of a branch: a ruleset demands it. */
export function mergeQueueNode(repository: RepositoryRecord, branch: string): Fields | null {
  const queue = demandsOn(repository, branch).find(({ mergeQueue }) => mergeQueue !== null);
  return queue === undefined ? null : { id: `MQ_${repository.id}`, configuration: { mergeMethod: queue.mergeQueue } };
}

/** The entry of a pull request in the queue of its base; null where it is in none. */
export function queueEntryNode(view: View, repository: RepositoryRecord, number: number): Fields | null {
  const found = placesIn(repository).find(({ entry }) => entry.number === number);
  if (found === undefined) return null;
  const { entry, position } = found;
  return {
    __typename: "MergeQueueEntry",
    id: `MQE_${entry.id}`,
    enqueuedAt: entry.enqueuedAt,
    enqueuer: () => actorNode(view, entry.enqueuer),
    position,
    state: entry.group === null ? "QUEUED" : "AWAITING_CHECKS",
    jump: false,
    solo: false,
  };
}
