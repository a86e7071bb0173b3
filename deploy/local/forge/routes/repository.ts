import { commitAnswer, contentAnswer, fileAnswer } from "../answers/commit.ts";
import { fullRepositoryAnswer, labelAnswer, permissionAnswer, viewerAnswer } from "../answers/repository.ts";
import { type ForgeContext, gitDirectory } from "../context.ts";
import { invalid, notFound } from "../failure.ts";
import { parseDiff } from "../git/diff.ts";
import { diffText, listCommits, readBlob, readCommit, resolveCommit } from "../git/git.ts";
import { labelNamed } from "../issue-changes.ts";
import type { RepositoryRecord } from "../records.ts";
import { type Answer, type Call, pageOf, type Route, requiredTextIn, textIn, writerOf } from "./route.ts";

/** The user, repositories, their files, commits and labels. */
export function repositoryRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo";
  return [
    { method: "GET", path: "/user", handle: async (call) => ok(viewerAnswer(context, writerOf(call).login)) },
    { method: "GET", path: at, handle: async (call) => ok(fullRepositoryAnswer(context, repositoryIn(context, call))) },
    { method: "GET", path: `${at}/contents/*`, handle: (call) => getContent(context, call) },
    { method: "GET", path: `${at}/commits`, handle: (call) => getCommits(context, call) },
    {
      method: "GET",
      path: `${at}/collaborators/:login/permission`,
      handle: async (call) => getPermission(context, call),
    },
    { method: "GET", path: `${at}/labels`, handle: async (call) => getLabels(context, call) },
    { method: "POST", path: `${at}/labels`, handle: async (call) => postLabel(context, call) },
  ];
}

/** The repository that the path names. Throws a 404 `ForgeFailure`. */
export function repositoryIn(context: ForgeContext, call: Call): RepositoryRecord {
  return context.store.repository(call.params.owner ?? "", call.params.repo ?? "");
}

/** 200 with a body. */
export function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** The commit that a branch or SHA means. Throws a 404 `ForgeFailure`, or 422 for the commit endpoints, as GitHub does. */
export async function commitShaOf(context: ForgeContext, repository: RepositoryRecord, ref: string): Promise<string> {
  const sha = await resolveCommit(gitDirectory(context, repository), ref);
  if (sha === null) throw notFound(`No commit found for the ref ${ref}`);
  return sha;
}

/** One commit with its files and statistics (https://docs.github.com/rest/commits/commits#get-a-commit). */
export async function getCommit(context: ForgeContext, repository: RepositoryRecord, ref: string): Promise<Answer> {
  const directory = gitDirectory(context, repository);
  const sha = await resolveCommit(directory, ref);
  if (sha === null) throw invalid(`No commit found for SHA: ${ref}`);
  const commit = await readCommit(directory, sha);
  // A commit without a parent has nothing to be compared with, and lists no files here.
  const parent = commit.parents[0];
  const files = parent === undefined ? [] : parseDiff(await diffText(directory, parent, sha));
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return ok({
    ...commitAnswer(context, repository, commit),
    stats: { additions, deletions, total: additions + deletions },
    files: files.map((file) => fileAnswer(context, repository, sha, file)),
  });
}

async function getContent(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const path = call.params["*"] ?? "";
  const ref = call.query.get("ref") ?? "main";
  const sha = await commitShaOf(context, repository, ref);
  const blob = path === "" ? null : await readBlob(gitDirectory(context, repository), sha, path);
  if (blob === null) throw notFound();
  if (/application\/vnd\.github(\.v3)?\.raw/.test(call.accept)) return ok(blob.bytes.toString("utf8"));
  return ok(contentAnswer(context, repository, { path, ref, ...blob }));
}

async function getCommits(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const sha = await commitShaOf(context, repository, call.query.get("sha") ?? "main");
  const commits = await listCommits(gitDirectory(context, repository), [sha], 1_000);
  const page = pageOf(call, commits);
  const body = page.items.map((commit) => commitAnswer(context, repository, commit));
  return { status: 200, body, headers: page.headers };
}

function getPermission(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const login = call.params.login ?? "";
  if (!context.users.some((each) => each.login === login)) throw notFound(`${login} is not a user`);
  return ok(permissionAnswer(context, repository, login));
}

function getLabels(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const page = pageOf(call, repository.labels);
  const body = page.items.map((label) => labelAnswer(context, repository, label));
  return { status: 200, body, headers: page.headers };
}

function postLabel(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const name = requiredTextIn(call, "Label", "name");
  if (repository.labels.some((each) => each.name.toLowerCase() === name.toLowerCase())) {
    throw invalid({ resource: "Label", field: "name", code: "already_exists" });
  }
  const label = labelNamed(context, repository, {
    name,
    color: textIn(call, "color") ?? "ededed",
    description: textIn(call, "description") ?? "",
  });
  return { status: 201, body: labelAnswer(context, repository, label) };
}
