import { currentLine } from "../answers/review.ts";
import type { ForgeContext } from "../context.ts";
import { type Scene, tellThreadResolved } from "../events.ts";
import { ForgeFailure } from "../failure.ts";
import { closingNumbers, reviewDecision } from "../merge-standing.ts";
import type { PullIssue, RepositoryRecord, ThreadRecord } from "../records.ts";
import { issueOf, pullOf } from "../store.ts";
import { type Answer, type Call, type Route, writerOf } from "./route.ts";

/**
 * The GraphQL operations that the rig uses (https://docs.github.com/graphql/reference): the review threads, closing issues and
 * review decision of a pull request, when an issue was edited, and the mutation `resolveReviewThread`. The operation is known by these words; the
 * answer has the whole of what the forge knows there, whatever fields the query selects. Everything else is an error.
 */
export function graphqlRoute(context: ForgeContext): Route {
  return { method: "POST", path: "/graphql", handle: (call) => answerQuery(context, call) };
}

async function answerQuery(context: ForgeContext, call: Call): Promise<Answer> {
  const query = typeof call.body.query === "string" ? call.body.query : "";
  try {
    if (query.includes("resolveReviewThread")) return data(await resolveThread(context, call, query));
    if (/\bpullRequest\b/.test(query)) return data(await readPull(context, call, query));
    if (/\bissue\s*\(/.test(query)) return data(readIssue(context, call, query));
    return failure(null, "The local forge answers queries for a pullRequest or an issue, and resolveReviewThread.");
  } catch (error) {
    if (!(error instanceof ForgeFailure)) throw error;
    return failure("NOT_FOUND", "Could not resolve to a node with the given owner, name, number or id.");
  }
}

async function readPull(context: ForgeContext, call: Call, query: string): Promise<unknown> {
  const owner = argumentIn(call, query, "repository", "owner");
  const name = argumentIn(call, query, "repository", "name");
  const repository = context.store.repository(String(owner), String(name));
  const issue = pullOf(repository, Number(argumentIn(call, query, "pullRequest", "number")));
  const threads = repository.threads.filter((each) => each.number === issue.number);
  const closing = closingNumbers(issue.body)
    .map((number) => repository.issues.find((each) => each.number === number && each.pull === null))
    .filter((each) => each !== undefined);
  const nodes = await Promise.all(threads.map((each) => threadNode(context, repository, issue, each)));
  const pullRequest = {
    id: `PR_${issue.pull.id}`,
    number: issue.number,
    headRefOid: issue.pull.headSha,
    state: issue.pull.mergedAt === null ? issue.state.toUpperCase() : "MERGED",
    reviewDecision: reviewDecision(context, repository, issue),
    reviewThreads: connection(nodes),
    closingIssuesReferences: connection(
      closing.map((each) => ({ id: `I_${each.id}`, number: each.number, state: each.state.toUpperCase() })),
    ),
  };
  return { repository: { id: `R_${repository.id}`, pullRequest } };
}

function readIssue(context: ForgeContext, call: Call, query: string): unknown {
  const owner = argumentIn(call, query, "repository", "owner");
  const name = argumentIn(call, query, "repository", "name");
  const repository = context.store.repository(String(owner), String(name));
  const issue = issueOf(repository, Number(argumentIn(call, query, "issue", "number")));
  const { id, number, title, lastEditedAt = null } = issue;
  return { repository: { id: `R_${repository.id}`, issue: { id: `I_${id}`, number, title, lastEditedAt } } };
}

async function threadNode(
  context: ForgeContext,
  repository: RepositoryRecord,
  issue: PullIssue,
  thread: ThreadRecord,
): Promise<unknown> {
  const comments = repository.reviewComments.filter((each) => each.threadId === thread.id);
  const [first] = comments;
  if (first === undefined) throw new ForgeFailure(404, "Not Found");
  const line = await currentLine(context, repository, issue, first);
  return {
    id: thread.id,
    isResolved: thread.resolvedBy !== null,
    isOutdated: line === null,
    resolvedBy: thread.resolvedBy === null ? null : { login: graphqlLogin(thread.resolvedBy) },
    path: first.path,
    line,
    originalLine: first.line,
    diffSide: first.side,
    comments: connection(
      comments.map((each) => ({
        id: `PRRC_${each.id}`,
        databaseId: each.id,
        body: each.body,
        author: authorOf(context, each.author),
        createdAt: each.createdAt,
        updatedAt: each.createdAt,
      })),
    ),
  };
}

async function resolveThread(context: ForgeContext, call: Call, query: string): Promise<unknown> {
  const inline = argumentIn(call, query, "resolveReviewThread", "threadId");
  const input = variablesOf(call).input as { readonly threadId?: unknown } | undefined;
  const threadId = inline ?? input?.threadId;
  for (const repository of context.store.state.repositories) {
    const thread = repository.threads.find((each) => each.id === threadId);
    if (thread === undefined) continue;
    const scene: Scene = { context, repository, sender: writerOf(call).login };
    const wasOpen = thread.resolvedBy === null;
    thread.resolvedBy ??= scene.sender;
    if (wasOpen) await tellThreadResolved(scene, pullOf(repository, thread.number), thread);
    return { resolveReviewThread: { thread: { id: thread.id, isResolved: true } } };
  }
  throw new ForgeFailure(404, "Not Found");
}

/** The value of `field(argument: …)` in the query: a literal there, or the variable that it names. */
function argumentIn(call: Call, query: string, field: string, argument: string): unknown {
  const list = new RegExp(`\\b${field}\\s*\\(([^)]*)\\)`).exec(query)?.[1] ?? "";
  const [, variable, text, digits] =
    new RegExp(`\\b${argument}\\s*:\\s*(?:\\$(\\w+)|"([^"]*)"|(\\d+))`).exec(list) ?? [];
  return variable === undefined ? (text ?? digits) : variablesOf(call)[variable];
}

function variablesOf(call: Call): Readonly<Record<string, unknown>> {
  const { variables } = call.body;
  return typeof variables === "object" && variables !== null ? (variables as Record<string, unknown>) : {};
}

/** The author of a comment, as GraphQL's interface Actor has him. */
function authorOf({ users }: ForgeContext, login: string) {
  const type = users.find((each) => each.login === login)?.type ?? "User";
  return { __typename: type, login: graphqlLogin(login) };
}

/** GraphQL names a bot without the `[bot]` that the REST API puts after its login. */
function graphqlLogin(login: string): string {
  return login.replace(/\[bot\]$/, "");
}

function connection<Node>(nodes: readonly Node[]) {
  return { nodes, totalCount: nodes.length, pageInfo: { hasNextPage: false, endCursor: null } };
}

function data(body: unknown): Answer {
  return { status: 200, body: { data: body } };
}

function failure(type: string | null, message: string): Answer {
  return { status: 200, body: { data: null, errors: [{ ...(type === null ? {} : { type }), message }] } };
}
