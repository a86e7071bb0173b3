import type { Octokit } from "./github.ts";
import type { RefUpdateRule } from "./protection-demands.ts";

// `object` binds everything to this very commit: the head may move while it is read.
const query = `query ($owner: String!, $repo: String!, $number: Int!, $oid: GitObjectID!, $branch: String!, $ref: String!, $checksAfter: String, $suitesAfter: String) {
  repository(owner: $owner, name: $repo) {
    databaseId mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed
    mergeQueue(branch: $branch) { configuration { mergeMethod } }
    ref(qualifiedName: $ref) { refUpdateRule { requiredApprovingReviewCount requiredStatusCheckContexts requiresCodeOwnerReviews
      requiresConversationResolution requiresLinearHistory requiresSignatures } }
    object(oid: $oid) { ... on Commit {
      statusCheckRollup { contexts(first: 100, after: $checksAfter) { pageInfo { hasNextPage endCursor } nodes { __typename
        ... on CheckRun { databaseId name status conclusion startedAt externalId isRequired(pullRequestNumber: $number) checkSuite { databaseId app { databaseId slug } } }
        ... on StatusContext { context state description createdAt isRequired(pullRequestNumber: $number) creator { __typename login avatarUrl } } } } }
      checkSuites(first: 100, after: $suitesAfter) { pageInfo { hasNextPage endCursor } nodes { databaseId status conclusion
        app { databaseId slug } checkRuns(first: 1) { totalCount } workflowRun { file { path repositoryName } } } } } } } }`;

/** One page of a list; a node is null where GitHub does not show it. */
export interface Page<Node> {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly nodes: readonly (Node | null)[];
}

/** A GitHub App; its id is null where GitHub does not tell it. */
export interface AppNode {
  readonly databaseId: number | null;
  readonly slug: string;
}

/** A check run, with its App. */
export interface RunNode {
  readonly __typename: "CheckRun";
  readonly databaseId: number | null;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly startedAt: string | null;
  /** What its App wrote beside it; GitHub shows it to nobody. */
  readonly externalId: string | null;
  readonly isRequired: boolean;
  readonly checkSuite: { readonly databaseId?: number | null; readonly app: AppNode | null };
}

/** A commit status. GraphQL names who set it, and of an App the bot. */
export interface StatusNode {
  readonly __typename: "StatusContext";
  readonly context: string;
  readonly state: string;
  readonly description: string | null;
  readonly createdAt: string;
  readonly isRequired: boolean;
  readonly creator: { readonly __typename: string; readonly login: string; readonly avatarUrl: string } | null;
}

/** What one App, or one workflow, does for the head. `checkRuns` and `workflowRun` are null where there are none or GitHub does not show them. */
export interface SuiteNode {
  readonly databaseId: number | null;
  readonly status: string;
  readonly conclusion: string | null;
  readonly app: AppNode | null;
  readonly checkRuns: { readonly totalCount: number } | null;
  readonly workflowRun: { readonly file: { readonly path: string; readonly repositoryName: string } | null } | null;
}

/** The repository with its settings, the branch and the head; `object` is null while GitHub does not know the commit. */
export interface RepositoryNode {
  readonly databaseId: number | null;
  readonly mergeCommitAllowed: boolean;
  readonly squashMergeAllowed: boolean;
  readonly rebaseMergeAllowed: boolean;
  readonly mergeQueue: { readonly configuration: { readonly mergeMethod: string | null } | null } | null;
  readonly ref: { readonly refUpdateRule: RefUpdateRule | null } | null;
  readonly object: {
    readonly statusCheckRollup: { readonly contexts: Page<RunNode | StatusNode> } | null;
    readonly checkSuites: Page<SuiteNode> | null;
  } | null;
}

/** What the query asks for. The cursors are null for the first page. */
export interface Variables {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
  readonly oid: string;
  readonly branch: string;
  readonly ref: string;
  readonly checksAfter: string | null;
  readonly suitesAfter: string | null;
}

/** What may be refused, and is then null: GitHub documents no permission for GraphQL, and nothing that is required hangs on these alone. */
const optional = ["mergeQueue", "refUpdateRule", "workflowRun"] as const;
/** A field that GitHub may refuse. */
export type Optional = (typeof optional)[number];

interface Refusal {
  readonly errors: readonly { readonly type?: string; readonly message: string; readonly path?: readonly unknown[] }[];
  readonly data: { readonly repository: RepositoryNode | null } | null;
}

/** One page of the answer, with the optional fields that GitHub refused; or why it refuses the rest. */
export async function askHead(
  octokit: Octokit,
  variables: Variables,
): Promise<
  { readonly repository: RepositoryNode; readonly lacking: readonly Optional[] } | { readonly refused: string }
> {
  try {
    const { repository } = await octokit.graphql<{ readonly repository: RepositoryNode }>(query, { ...variables });
    return { repository, lacking: [] };
  } catch (cause) {
    const { errors = [], data = null } = cause as Partial<Refusal>;
    const refusals = errors.filter(({ type }) => type === "FORBIDDEN");
    if (refusals.length === 0 || refusals.length < errors.length) throw cause;
    const lacking = refusals.map(({ path }) => optional.find((field) => path?.includes(field)));
    const found = lacking.flatMap((field) => field ?? []);
    if (found.length < lacking.length || !data?.repository) return { refused: refusals[0]?.message ?? "" };
    return { repository: data.repository, lacking: [...new Set(found)] };
  }
}
