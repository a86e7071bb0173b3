import { mayPush } from "../access.ts";
import { type Scene, tellPull } from "../events.ts";
import { dequeueByHand, enqueue } from "../merge-queue.ts";
import type { PullIssue, RepositoryRecord, ThreadRecord } from "../records.ts";
import { isPull } from "../records.ts";
import { tellThread } from "../review-events.ts";
import { pullOf } from "../store.ts";
import { noteEvent } from "../timeline.ts";
import { queueEntryNode } from "./branch-nodes.ts";
import { Field, FieldError, type Fields } from "./engine.ts";
import { actorNode, issueNode, type View } from "./nodes.ts";
import { pullNode, threadNode } from "./pull-nodes.ts";
import { repositoryNode } from "./repository-node.ts";

/** What a query begins with. */
export function queryRoot(view: View): Fields {
  const { context, viewer } = view;
  return {
    viewer: () => ({ ...actorNode(view, viewer.login), __typename: "User" }),
    rateLimit: () => {
      const { limit, remaining, used, reset } = context.rateLimits.standing(viewer.login, "graphql");
      const resetAt = new Date(reset * 1_000).toISOString();
      return { limit, remaining, used, cost: 1, nodeCount: 0, resetAt };
    },
    repository: new Field(["owner", "name", "followRenames"], ({ owner, name, followRenames }) => {
      const [first, second] = [String(owner), String(name)];
      const former = followRenames === false ? undefined : context.store.formerRepository(first, second);
      const found = context.store.findRepository(first, second) ?? former;
      if (found !== undefined) return repositoryNode(view, found);
      throw new FieldError("NOT_FOUND", `Could not resolve to a Repository with the name '${first}/${second}'.`);
    }),
    node: new Field(["id"], ({ id }) => nodeOf(view, String(id))),
  };
}

/** What a mutation begins with. */
export function mutationRoot(view: View): Fields {
  const pulls = (change: (scene: Scene, issue: PullIssue) => Promise<void>) =>
    new Field(["input"], async ({ input }) => {
      const { pullRequestId, clientMutationId = null } = input as Readonly<Record<string, string | null>>;
      const { repository, issue } = pullById(view, String(pullRequestId));
      refuseOthers(view, repository, issue);
      await change({ context: view.context, repository, sender: view.viewer.login }, issue);
      return { clientMutationId, pullRequest: () => pullNode(view, repository, issue) };
    });
  return {
    enqueuePullRequest: queueChange(view, "pullRequestId", (scene, issue, { expectedHeadOid }) =>
      enqueue(scene, issue, expectedHeadOid ?? null),
    ),
    dequeuePullRequest: queueChange(view, "id", (scene, issue) => dequeueByHand(scene, issue)),
    resolveReviewThread: threads(view, "resolved"),
    unresolveReviewThread: threads(view, "unresolved"),
    convertPullRequestToDraft: pulls((scene, issue) => setDraft(scene, issue, "converted_to_draft")),
    markPullRequestReadyForReview: pulls((scene, issue) => setDraft(scene, issue, "ready_for_review")),
  };
}

type Input = Readonly<Record<string, string | null>>;

/** Puts a pull request into the merge queue of its base, or takes it out: who may write may. */
function queueChange(
  view: View,
  idField: string,
  change: (scene: Scene, issue: PullIssue, input: Input) => Promise<void>,
): Field {
  return new Field(["input"], async ({ input }) => {
    const given = input as Input;
    const { repository, issue } = pullById(view, String(given[idField]));
    const { context, viewer } = view;
    if (!mayPush(context, repository, viewer.login)) refuseOthers(view, repository, { ...issue, author: "" });
    const before = queueEntryNode(view, repository, issue.number);
    await change({ context, repository, sender: viewer.login }, issue, given);
    const mergeQueueEntry = () => queueEntryNode(view, repository, issue.number) ?? before;
    return { clientMutationId: given.clientMutationId ?? null, mergeQueueEntry };
  });
}

function threads(view: View, action: "resolved" | "unresolved"): Field {
  return new Field(["input"], async ({ input }) => {
    const { threadId, clientMutationId = null } = input as Readonly<Record<string, string | null>>;
    const { repository, issue, thread } = threadById(view, String(threadId));
    refuseOthers(view, repository, issue);
    const scene: Scene = { context: view.context, repository, sender: view.viewer.login };
    const before = thread.resolvedBy === null ? "unresolved" : "resolved";
    thread.resolvedBy = action === "resolved" ? (thread.resolvedBy ?? scene.sender) : null;
    if (before !== action) await tellThread(scene, action, issue, thread);
    return { clientMutationId, thread: () => threadNode(view, repository, issue, thread) };
  });
}

async function setDraft(
  scene: Scene,
  issue: PullIssue,
  action: "converted_to_draft" | "ready_for_review",
): Promise<void> {
  const isDraft = action === "converted_to_draft";
  if (issue.pull.draft === isDraft) return;
  issue.pull.draft = isDraft;
  noteEvent(scene, issue, { event: isDraft ? "convert_to_draft" : "ready_for_review" });
  await tellPull(scene, action, issue);
}

/** The author of a pull request and whoever may write change its threads and its draft: an App needs `contents: write`. */
function refuseOthers({ context, viewer }: View, repository: RepositoryRecord, issue: PullIssue): void {
  if (issue.author === viewer.login || mayPush(context, repository, viewer.login)) return;
  const message =
    viewer.type === "Bot"
      ? "Resource not accessible by integration"
      : `${viewer.login} does not have the correct permissions to execute this mutation`;
  throw new FieldError("FORBIDDEN", message);
}

/** The forge finds by their node ids what its own answers name so. */
function nodeOf(view: View, id: string): Fields | Promise<Fields> {
  const [, prefix, digits] = /^([A-Z]+)_(\d+)$/.exec(id) ?? [];
  const wanted = Number(digits);
  if (prefix === "PRRT") {
    const { repository, issue, thread } = threadById(view, id);
    return threadNode(view, repository, issue, thread);
  }
  if (prefix === "PR") {
    const { repository, issue } = pullById(view, id);
    return pullNode(view, repository, issue);
  }
  for (const repository of view.context.store.state.repositories) {
    if (prefix === "R" && repository.id === wanted) return repositoryNode(view, repository);
    const issue = repository.issues.find((each) => !isPull(each) && each.id === wanted);
    if (prefix === "I" && issue !== undefined) return issueNode(view, repository, issue);
  }
  throw unresolved(id);
}

function pullById(view: View, id: string): { readonly repository: RepositoryRecord; readonly issue: PullIssue } {
  for (const repository of view.context.store.state.repositories) {
    const issue = repository.issues.filter(isPull).find((each) => `PR_${each.pull.id}` === id);
    if (issue !== undefined) return { repository, issue };
  }
  throw unresolved(id);
}

function threadById(view: View, id: string) {
  for (const repository of view.context.store.state.repositories) {
    const thread: ThreadRecord | undefined = repository.threads.find((each) => each.id === id);
    if (thread !== undefined) return { repository, thread, issue: pullOf(repository, thread.number) };
  }
  throw unresolved(id);
}

function unresolved(id: string): FieldError {
  return new FieldError("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'.`);
}
