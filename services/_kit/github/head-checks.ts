import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { gateCheck } from "#contracts/checks.ts";
import { type CheckSuite, type HeadCheck, type HeadChecks, latestRuns } from "#contracts/required-checks.ts";
import { Retryable } from "#kit/errors.ts";
import { accountOf } from "./actors.ts";
import { GitHub, NotTold, type Octokit } from "./github.ts";
import {
  askHead,
  type Optional,
  type RepositoryNode,
  type RunNode,
  type StatusNode,
  type SuiteNode,
} from "./head-query.ts";

/** A head, the pull request that it is of, and the branch into which that would be merged. */
export interface HeadOf {
  readonly number: number;
  readonly headSha: string;
  readonly branch: string;
}

/** What GraphQL tells of a head, and of the branch and the repository into which it would be merged. */
export interface HeadTold {
  readonly head: HeadChecks;
  readonly repository: Pick<
    RepositoryNode,
    "databaseId" | "mergeCommitAllowed" | "squashMergeAllowed" | "rebaseMergeAllowed" | "mergeQueue" | "ref"
  >;
  /** What stands under the name of the gate's verdict: by whom, a run by its App's slug and a status by its login, and what its mark is. */
  readonly verdicts: readonly {
    readonly kind: "run" | "status";
    readonly by: string;
    readonly id: number | null;
    readonly mark: string;
  }[];
  /** What GitHub refuses to tell of it. */
  readonly lacking: readonly Optional[];
}

/** At most 10 pages of 100 checks and 100 suites: GitHub itself goes no further than 1,000 suites of a commit (https://docs.github.com/rest/checks/runs#list-check-runs-for-a-git-reference). */
const pagesMax = 10;

/**
 * Reads everything that reports on a head, each bound to its App, and the settings of its repository: one request for each hundred checks or
 * suites. Of the runs of a name only the latest is kept, over all suites. GraphQL, because REST takes a request for each part, and does not tell
 * whether GitHub requires a check (https://docs.github.com/graphql/reference/interfaces#requirablebypullrequest) or who set a status. Fails with
 * `Retryable` while GitHub does not know the commit, and with `NotTold` where it refuses to tell the checks.
 */
export const readHeadChecks = Effect.fn("readHeadChecks")(function* (
  at: RepositoryRef,
  { number, headSha, branch }: HeadOf,
) {
  const github = yield* GitHub;
  const what = `read the checks of ${headSha}`;
  const told = yield* github.call(what, at, (octokit, { owner, repo }) =>
    allPages(octokit, { owner, repo, number, oid: headSha, branch, ref: `refs/heads/${branch}` }),
  );
  if (told === "unknown") return yield* new Retryable({ what: `${what}: GitHub does not know the commit yet` });
  if (!("refused" in told)) return told;
  const reason = `${told.refused}: give the App Checks (read) and Commit statuses (read)`;
  return yield* new NotTold({ what, reason });
});

/**
 * The same of a first page that was asked for with other things; null where it does not tell everything, so that it has to be read. `own`: the
 * repository of the head, `owner/name`.
 */
export function headOnPage(
  repository: RepositoryNode,
  { own, lacking }: { readonly own: string; readonly lacking: readonly Optional[] },
): HeadTold | null {
  const [checks, suites] = [repository.object?.statusCheckRollup?.contexts, repository.object?.checkSuites];
  if (suites == null || suites.pageInfo.hasNextPage || checks?.pageInfo.hasNextPage === true) return null;
  const found = { checks: [...(checks?.nodes ?? [])], suites: [...suites.nodes] };
  const told = toldBy(found, { repository, lacking, own, isCut: false });
  return "refused" in told ? null : told;
}

interface Found {
  readonly checks: (RunNode | StatusNode | null)[];
  readonly suites: (SuiteNode | null)[];
}

/** Reads page after page until there is no more of either list. */
async function allPages(
  octokit: Octokit,
  wanted: Omit<Parameters<typeof askHead>[1], "checksAfter" | "suitesAfter">,
): Promise<HeadTold | { readonly refused: string } | "unknown"> {
  const found: Found = { checks: [], suites: [] };
  let after: Cursors = { checksAfter: null, suitesAfter: null };
  for (let page = 1; ; page += 1) {
    const answer = await askHead(octokit, { ...wanted, ...after });
    if ("refused" in answer) return answer;
    const { object } = answer.repository;
    if (object === null) return "unknown";
    const [checks, suites] = [object.statusCheckRollup?.contexts, object.checkSuites];
    if (suites === null) return notShown;
    found.checks.push(...(checks?.nodes ?? []));
    found.suites.push(...suites.nodes);
    const isMore = suites.pageInfo.hasNextPage || checks?.pageInfo.hasNextPage === true;
    if (!isMore || page === pagesMax)
      return toldBy(found, { ...answer, own: `${wanted.owner}/${wanted.repo}`, isCut: isMore });
    after = {
      checksAfter: checks?.pageInfo.endCursor ?? after.checksAfter,
      suitesAfter: suites.pageInfo.endCursor ?? after.suitesAfter,
    };
  }
}

interface Cursors {
  readonly checksAfter: string | null;
  readonly suitesAfter: string | null;
}

const notShown = { refused: "GitHub shows that there are checks, and not which" };

interface Answered extends Pick<HeadTold, "lacking"> {
  readonly repository: RepositoryNode;
  /** The repository of the head, `owner/name`. */
  readonly own: string;
  readonly isCut: boolean;
}

function toldBy(found: Found, { repository, lacking, own, isCut }: Answered): HeadTold | { readonly refused: string } {
  const checks = found.checks.flatMap((node) => node ?? []);
  const suites = found.suites.flatMap((node) => node ?? []);
  if (checks.length + suites.length < found.checks.length + found.suites.length) return notShown;
  const apps = appsIn(checks, suites);
  const all = checks.map((node) => (node.__typename === "CheckRun" ? runOf(node) : statusOf(node, apps)));
  const ofSuites = suites.map((node) => suiteOf(node, own));
  const verdicts = checks.flatMap(verdictOf);
  const workflows = workflowsOf(checks, suites);
  const latest = latestRuns(all, ({ id }) => workflows.get(id) ?? null);
  return { head: { checks: latest, suites: ofSuites, isCut }, repository, verdicts, lacking };
}

function verdictOf(node: RunNode | StatusNode): HeadTold["verdicts"] {
  if (node.__typename === "StatusContext") {
    const { context, creator } = node;
    return context === gateCheck
      ? [{ kind: "status", by: accountOf(creator).login, id: null, mark: statusMark(node) }]
      : [];
  }
  const { name, databaseId: id, externalId, checkSuite } = node;
  return name === gateCheck ? [{ kind: "run", by: checkSuite.app?.slug ?? "", id, mark: externalId ?? "" }] : [];
}

/** What tells apart what two commit statuses say. */
export function statusMark({
  state,
  description,
}: {
  readonly state: string;
  readonly description: string | null;
}): string {
  return `${state.toLowerCase()} ${description ?? ""}`;
}

/** The workflows of the runs by the ids of these, as the suite of each shows it. */
function workflowsOf(checks: readonly (RunNode | StatusNode)[], suites: readonly SuiteNode[]) {
  const files = new Map(suites.map(({ databaseId, workflowRun }) => [databaseId, workflowRun?.file ?? null]));
  return new Map(
    checks.flatMap((node): [number | null, string][] => {
      const file = node.__typename === "CheckRun" ? files.get(node.checkSuite.databaseId ?? null) : null;
      return node.__typename === "CheckRun" && file ? [[node.databaseId, `${file.repositoryName} ${file.path}`]] : [];
    }),
  );
}

/** The ids of the Apps by their slugs. An App that may write checks has a suite of each commit, also where it runs nothing. */
function appsIn(checks: readonly (RunNode | StatusNode)[], suites: readonly SuiteNode[]): ReadonlyMap<string, number> {
  const ofRuns = checks.flatMap((node) => (node.__typename === "CheckRun" ? [node.checkSuite.app] : []));
  const known = [...ofRuns, ...suites.map(({ app }) => app)].flatMap((app): [string, number][] =>
    app?.databaseId == null ? [] : [[app.slug, app.databaseId]],
  );
  return new Map(known);
}

function runOf({ name, databaseId: id, status, conclusion, startedAt, isRequired, checkSuite }: RunNode): HeadCheck {
  return {
    ...{ kind: "run", name, id, isRequired, since: startedAt, appId: checkSuite.app?.databaseId ?? null },
    ...endOf({ status, conclusion }),
  };
}

function statusOf(
  { context: name, state, createdAt, isRequired, creator }: StatusNode,
  apps: ReadonlyMap<string, number>,
): HeadCheck {
  const isGoing = state === "PENDING" || state === "EXPECTED";
  return {
    ...{ kind: "status", name, id: null, isRequired, since: createdAt, appId: appBehind(creator, apps) },
    status: isGoing ? state.toLowerCase() : "completed",
    conclusion: isGoing ? null : state.toLowerCase(),
  };
}

/**
 * The App that set a status; null where a person did, or where GitHub does not tell it. GraphQL names an App's bot by the App's slug. Of an App
 * that writes only statuses the picture tells the id, `…/in/ID`, which is not documented: GitHub Desktop builds it so (`dotComBot` in
 * https://github.com/desktop/desktop/blob/development/app/src/ui/lib/avatar.tsx).
 */
function appBehind(creator: StatusNode["creator"], apps: ReadonlyMap<string, number>): number | null {
  if (creator?.__typename !== "Bot") return null;
  const [, id] = /\/in\/(\d+)(?:[?/]|$)/.exec(creator.avatarUrl) ?? [];
  return apps.get(creator.login) ?? (id === undefined ? null : Number(id));
}

function suiteOf(
  { databaseId: id, status, conclusion, app, checkRuns, workflowRun }: SuiteNode,
  own: string,
): CheckSuite {
  const file = workflowRun?.file ?? null;
  return {
    ...{ id, appId: app?.databaseId ?? null, app: app?.slug ?? "", runs: checkRuns?.totalCount ?? 0 },
    ...endOf({ status, conclusion }),
    workflow: file === null ? null : { path: file.path, isOwn: isSameRepository(file.repositoryName, own) },
  };
}

/** GitHub writes the words of GraphQL in capitals. */
function endOf({ status, conclusion }: { readonly status: string; readonly conclusion: string | null }) {
  return { status: status.toLowerCase(), conclusion: conclusion?.toLowerCase() ?? null };
}

/** `repositoryName` is a URI that ends in owner and name. */
function isSameRepository(repositoryName: string, own: string): boolean {
  return `/${repositoryName}`.toLowerCase().endsWith(`/${own.toLowerCase()}`);
}
