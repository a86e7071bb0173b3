import { commitAnswer, fileAnswer } from "../answers/commit.ts";
import type { Schemas } from "../answers/schemas.ts";
import { apiUrl, type ForgeContext, gitDirectory, webUrl } from "../context.ts";
import { ForgeFailure, notFound } from "../failure.ts";
import { parseDiff } from "../git/diff.ts";
import {
  countCommits,
  diffText,
  fetchBranch,
  type GitCommit,
  git,
  listCommits,
  mergeBase,
  readCommit,
} from "../git/git.ts";
import type { RepositoryRecord } from "../records.ts";
import { commitShaOf, repositoryIn } from "./repository.ts";
import { type Answer, type Call, ok, pageOf, type Route } from "./route.ts";

// Without pages GitHub lists at most 250 commits (https://docs.github.com/rest/commits/commits#compare-two-commits).
const commitsMax = 250;

/** What one commit adds to another. */
export function compareRoutes(context: ForgeContext): Route[] {
  const operations = ["repos/compare-commits-with-basehead"];
  return [
    { method: "GET", path: "/repos/:owner/:repo/compare/*", operations, handle: (call) => compare(context, call) },
  ];
}

/** Two commits of one repository, and where they left each other. */
interface Ends {
  readonly base: string;
  readonly head: string;
  readonly mergeBase: string;
}

/** The text of a diff, or a 406 `ForgeFailure` in GitHub's words when it is too large to be shown. */
export async function shownDiff(
  context: ForgeContext,
  repository: RepositoryRecord,
  ends: { readonly base: string; readonly head: string },
): Promise<string> {
  const { diffLinesMax, diffBytesMax, filesMax } = context.limits;
  const text = await diffText(gitDirectory(context, repository), ends.base, ends.head);
  if (parseDiff(text).length > filesMax) throw tooLarge(`files (${filesMax})`);
  if (text.split("\n").length > diffLinesMax || Buffer.byteLength(text) > diffBytesMax) {
    throw tooLarge(`lines (${diffLinesMax})`);
  }
  return text;
}

function tooLarge(what: string): ForgeFailure {
  const message = `Sorry, the diff exceeded the maximum number of ${what}. Consider using 'List pull requests files' API or locally cloning the repository instead.`;
  return new ForgeFailure(406, message, [{ resource: "PullRequest", field: "diff", code: "too_large" }]);
}

async function compare(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const [, baseName = "", headName = ""] = /^(.+?)\.\.\.(.+)$/.exec(call.params["*"] ?? "") ?? [];
  if (baseName === "") throw notFound();
  const base = await endOf(context, repository, baseName);
  const head = await endOf(context, repository, headName);
  const found = await mergeBase(gitDirectory(context, repository), base, head);
  if (found === null) throw notFound(`No common ancestor between ${baseName} and ${headName}.`);
  if (/application\/vnd\.github(\.v3)?\.diff/.test(call.accept)) {
    return ok(await shownDiff(context, repository, { base, head }));
  }
  if (/application\/vnd\.github(\.v3)?\.patch/.test(call.accept)) {
    return ok(await git(gitDirectory(context, repository), ["format-patch", "--stdout", `${found}..${head}`, "--"]));
  }
  return comparison(context, call, repository, { base, head, mergeBase: found });
}

/** The commit that `branch`, a SHA, `owner:branch` or `owner:repo:branch` means; the last two are branches of forks. */
async function endOf(context: ForgeContext, repository: RepositoryRecord, name: string): Promise<string> {
  const parts = name.split(":");
  if (parts.length === 1) return commitShaOf(context, repository, name);
  const [owner = "", second = "", third] = parts;
  const other = context.store.repository(owner, third === undefined ? repository.name : second);
  const branch = third ?? second;
  if (other.id === repository.id) return commitShaOf(context, repository, branch);
  const sha = await fetchBranch(gitDirectory(context, repository), gitDirectory(context, other), branch);
  if (sha === null) throw notFound();
  return sha;
}

async function comparison(
  context: ForgeContext,
  call: Call,
  repository: RepositoryRecord,
  ends: Ends,
): Promise<Answer> {
  const directory = gitDirectory(context, repository);
  const commits = (await listCommits(directory, [`${ends.base}..${ends.head}`], 10_000)).reverse();
  const behind = await countCommits(directory, [`${ends.head}..${ends.base}`]);
  const paged = call.query.has("page") || call.query.has("per_page");
  const page = paged ? pageOf(call, commits) : { items: commits.slice(0, commitsMax), headers: {} };
  const api = `${apiUrl(context, repository)}/compare/${ends.base}...${ends.head}`;
  const web = `${webUrl(context, repository)}/compare/${ends.base}...${ends.head}`;
  const shown = (commit: GitCommit) => commitAnswer(context, repository, commit);
  const isFirst = (call.query.get("page") ?? "1") === "1";
  const body: Schemas["commit-comparison"] = {
    url: api,
    html_url: web,
    permalink_url: web,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    base_commit: shown(await readCommit(directory, ends.base)),
    merge_base_commit: shown(await readCommit(directory, ends.mergeBase)),
    status: statusOf(commits.length, behind),
    ahead_by: commits.length,
    behind_by: behind,
    total_commits: commits.length,
    commits: page.items.map(shown),
    ...(isFirst ? { files: await filesOf(context, repository, ends) } : {}),
  };
  return { status: 200, body, headers: page.headers };
}

/** At most 300 files, and nothing says that there are more. */
async function filesOf(context: ForgeContext, repository: RepositoryRecord, ends: Ends) {
  const files = parseDiff(await diffText(gitDirectory(context, repository), ends.base, ends.head));
  return files.slice(0, context.limits.filesMax).map((file) => fileAnswer(context, repository, ends.head, file));
}

function statusOf(ahead: number, behind: number): Schemas["commit-comparison"]["status"] {
  if (ahead > 0) return behind > 0 ? "diverged" : "ahead";
  return behind > 0 ? "behind" : "identical";
}
