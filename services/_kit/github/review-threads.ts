import type { RepositoryRef } from "#contracts/aggregates.ts";
import { type ActorNode, accountOf } from "./actors.ts";
import type { Octokit } from "./github.ts";

/** One review thread of a pull request from GitHub's GraphQL API. REST does not show whether a thread is resolved. */
export interface ReviewThread {
  readonly id: string;
  readonly isResolved: boolean;
  /** Who resolved it. GitHub's type for it is a user, also where an App did it; null when the account is deleted. */
  readonly resolvedBy: { readonly login: string } | null;
  readonly path: string;
  /** null when the line is no longer in the diff. */
  readonly line: number | null;
  /** The first 100 at most, oldest first. */
  readonly comments: readonly ThreadComment[];
}

/** One comment of a review thread. */
interface ThreadComment {
  readonly id: string;
  /** The id that REST and deliveries name it by; null where GitHub does not tell it. */
  readonly databaseId: number | null;
  readonly body: string;
  readonly updatedAt: string;
  /** The login as REST names it: an App's ends in `[bot]`, so that nobody passes for an App by his login. Empty when the account is deleted. */
  readonly author: string;
  readonly authorType: string;
}

const query = `query ($owner: String!, $repo: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $repo) { pullRequest(number: $number) { reviewThreads(first: 100, after: $after) {
    nodes { id isResolved resolvedBy { login } path line comments(first: 100) { nodes { id fullDatabaseId body updatedAt author { __typename login } } } }
    pageInfo { hasNextPage endCursor } } } } }`;

interface CommentNode extends Pick<ThreadComment, "id" | "body" | "updatedAt"> {
  /** A BigInt, which GitHub writes as a text. */
  readonly fullDatabaseId: string | null;
  readonly author: ActorNode;
}

/** A thread as the queries of the rig ask for it. */
export interface ThreadNode extends Omit<ReviewThread, "comments"> {
  readonly comments: { readonly nodes: readonly CommentNode[] };
}

interface Answer {
  readonly repository: {
    readonly pullRequest: {
      readonly reviewThreads: {
        readonly nodes: readonly ThreadNode[];
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      };
    };
  };
}

/** At most 100 pages of 100 threads, more than any pull request has. */
const pagesMax = 100;

/** Reads all review threads of a pull request, over all pages, because an open thread on any page blocks the merge. */
export async function reviewThreads(
  octokit: Octokit,
  { owner, repo }: RepositoryRef,
  number: number,
): Promise<readonly ReviewThread[]> {
  const threads: ReviewThread[] = [];
  let after: string | null = null;
  for (let page = 0; page < pagesMax; page += 1) {
    const answer: Answer = await octokit.graphql<Answer>(query, { owner, repo, number, after });
    const { nodes, pageInfo } = answer.repository.pullRequest.reviewThreads;
    threads.push(...nodes.map(threadOf));
    if (!pageInfo.hasNextPage) return threads;
    after = pageInfo.endCursor;
  }
  throw new Error(`#${number} has more than ${pagesMax * 100} review threads`);
}

/** A thread with its comments as REST names their authors. */
export function threadOf(node: ThreadNode): ReviewThread {
  return { ...node, comments: node.comments.nodes.map(commentOf) };
}

function commentOf({ author, fullDatabaseId, ...node }: CommentNode): ThreadComment {
  const { login, type } = accountOf(author);
  const databaseId = fullDatabaseId === null ? null : Number(fullDatabaseId);
  return { ...node, databaseId, author: login, authorType: type };
}
