import { commitAnswer, contentAnswer, fileAnswer } from "../answers/commit.ts";
import { fullRepositoryAnswer, labelAnswer, permissionAnswer, viewerAnswer } from "../answers/repository.ts";
import type { Schemas } from "../answers/schemas.ts";
import { type ForgeContext, gitDirectory } from "../context.ts";
import { invalid, notFound } from "../failure.ts";
import { parseDiff } from "../git/diff.ts";
import { diffText, listCommits, readBlob, readCommit, resolveCommit } from "../git/git.ts";
import { labelNamed } from "../issue-changes.ts";
import type { RepositoryRecord } from "../records.ts";
import {
  type Answer,
  type Call,
  created,
  ok,
  pageAnswer,
  type Route,
  requiredTextIn,
  textIn,
  writerOf,
} from "./route.ts";

/** The user, repositories, their files, commits and labels. */
export function repositoryRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo";
  return [
    {
      method: "GET",
      path: "/user",
      operations: ["users/get-authenticated"],
      handle: async (call) => ok(viewerAnswer(context, writerOf(call).login)),
    },
    {
      method: "GET",
      path: "/users/:login",
      operations: ["users/get-by-username"],
      handle: async (call) => getUser(context, call),
    },
    {
      method: "GET",
      path: "/rate_limit",
      operations: ["rate-limit/get"],
      handle: async (call) => getRateLimit(context, call),
    },
    {
      method: "GET",
      path: at,
      operations: ["repos/get"],
      handle: async (call) => ok(fullRepositoryAnswer(context, repositoryIn(context, call), call.viewer)),
    },
    {
      method: "GET",
      path: `${at}/contents/*`,
      operations: ["repos/get-content"],
      handle: (call) => getContent(context, call),
    },
    {
      method: "GET",
      path: `${at}/commits`,
      operations: ["repos/list-commits"],
      handle: (call) => getCommits(context, call),
    },
    {
      method: "GET",
      path: `${at}/collaborators/:login/permission`,
      operations: ["repos/get-collaborator-permission-level"],
      handle: async (call) => getPermission(context, call),
    },
    {
      method: "GET",
      path: `${at}/labels`,
      operations: ["issues/list-labels-for-repo"],
      handle: async (call) => getLabels(context, call),
    },
    {
      method: "POST",
      path: `${at}/labels`,
      operations: ["issues/create-label"],
      needs: "write",
      handle: async (call) => postLabel(context, call),
    },
  ];
}

/** The repository that the path names. Throws a 404 `ForgeFailure`. */
export function repositoryIn(context: ForgeContext, call: Call): RepositoryRecord {
  return context.store.repository(call.params.owner ?? "", call.params.repo ?? "");
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
  return pageAnswer(call, commits, (commit) => commitAnswer(context, repository, commit));
}

function getUser(context: ForgeContext, call: Call): Answer {
  const login = call.params.login ?? "";
  if (!context.users.some((each) => each.login === login)) throw notFound();
  return ok(viewerAnswer(context, login));
}

/** https://docs.github.com/rest/rate-limit/rate-limit: asking for it is not counted. */
function getRateLimit({ rateLimits }: ForgeContext, call: Call): Answer {
  const login = call.viewer?.login ?? "";
  const core = rateLimits.standing(login, "core");
  const graphql = rateLimits.standing(login, "graphql");
  const body: Schemas["rate-limit-overview"] = { resources: { core, graphql, search: core }, rate: core };
  return ok(body);
}

function getPermission(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const login = call.params.login ?? "";
  if (!context.users.some((each) => each.login === login)) throw notFound(`${login} is not a user`);
  return ok(permissionAnswer(context, repository, login));
}

function getLabels(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  return pageAnswer(call, repository.labels, (label) => labelAnswer(context, repository, label));
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
  return created(labelAnswer(context, repository, label));
}
