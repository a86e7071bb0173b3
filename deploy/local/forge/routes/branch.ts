import { commitAnswer } from "../answers/commit.ts";
import type { Schemas } from "../answers/schemas.ts";
import { apiUrl, type ForgeContext, gitDirectory, webUrl } from "../context.ts";
import { invalid, notFound, unprocessable } from "../failure.ts";
import { git, readCommit, zeroSha } from "../git/git.ts";
import { announcePushes } from "../git/push.ts";
import { pushVerdict } from "../push-rules.ts";
import type { RepositoryRecord } from "../records.ts";
import { demandsOn } from "../rules.ts";
import { deleteProtection, getProtection, putProtection } from "./protection.ts";
import { repositoryIn } from "./repository.ts";
import { type Answer, type Call, noContent, ok, pageAnswer, type Route, writerOf } from "./route.ts";

/** Branches with their protection, and refs. */
export function branchRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo";
  const branch = `${at}/branches/*`;
  return [
    {
      method: "GET",
      path: `${at}/branches`,
      operations: ["repos/list-branches"],
      handle: async (call) => listBranches(context, call),
    },
    {
      method: "GET",
      path: branch,
      operations: ["repos/get-branch", "repos/get-branch-protection"],
      handle: (call) => getBranch(context, call),
    },
    {
      method: "PUT",
      path: branch,
      operations: ["repos/update-branch-protection"],
      handle: async (call) => putProtection(context, call),
    },
    {
      method: "DELETE",
      path: branch,
      operations: ["repos/delete-branch-protection"],
      handle: async (call) => deleteProtection(context, call),
    },
    {
      method: "GET",
      path: `${at}/git/ref/*`,
      operations: ["git/get-ref"],
      handle: async (call) => getRef(context, call),
    },
    {
      method: "DELETE",
      path: `${at}/git/refs/*`,
      operations: ["git/delete-ref"],
      needs: "write",
      handle: (call) => deleteRef(context, call),
    },
  ];
}

function listBranches(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  return pageAnswer(call, Object.entries(repository.heads).sort(), ([name, sha]) => ({
    name,
    commit: { sha, url: `${apiUrl(context, repository)}/commits/${sha}` },
    protected: demandsOn(repository, name).length > 0,
  }));
}

async function getBranch(context: ForgeContext, call: Call): Promise<Answer> {
  const path = call.params["*"] ?? "";
  if (path.endsWith("/protection")) return getProtection(context, call);
  const repository = repositoryIn(context, call);
  const sha = repository.heads[path];
  if (sha === undefined) throw notFound("Branch not found");
  return ok(await branchAnswer(context, repository, path, sha));
}

async function branchAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  name: string,
  sha: string,
): Promise<Schemas["branch-with-protection"]> {
  const self = `${apiUrl(context, repository)}/branches/${encodeURIComponent(name)}`;
  const demands = demandsOn(repository, name);
  // `protection` is the classic one: of a branch that only rulesets protect it says that there is none.
  const classic = demands.find((each) => each.ruleset === null);
  const checks = classic?.checks ?? [];
  return {
    name,
    commit: commitAnswer(context, repository, await readCommit(gitDirectory(context, repository), sha)),
    _links: { self, html: `${webUrl(context, repository)}/tree/${name}` },
    protected: demands.length > 0,
    protection: {
      enabled: classic !== undefined,
      required_status_checks: {
        enforcement_level: checks.length > 0 ? "everyone" : "off",
        contexts: checks.map((each) => each.context),
        checks: checks.map((each) => ({ context: each.context, app_id: each.appId })),
      },
    },
    protection_url: `${self}/protection`,
  };
}

function getRef(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const name = call.params["*"] ?? "";
  const sha = repository.heads[name.replace(/^heads\//, "")];
  if (sha === undefined || !name.startsWith("heads/")) throw notFound();
  const api = apiUrl(context, repository);
  const answer: Schemas["git-ref"] = {
    ref: `refs/${name}`,
    node_id: `REF_${repository.id}_${name}`,
    url: `${api}/git/refs/${name}`,
    object: { type: "commit", sha, url: `${api}/git/commits/${sha}` },
  };
  return ok(answer);
}

/** https://docs.github.com/rest/git/refs#delete-a-reference */
async function deleteRef(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const name = call.params["*"] ?? "";
  const branch = name.replace(/^heads\//, "");
  const sha = repository.heads[branch];
  if (sha === undefined || !name.startsWith("heads/")) throw unprocessable("Reference does not exist");
  if (branch === "main") throw invalid("Cannot delete the default branch");
  const { login } = writerOf(call);
  const move = { ref: `refs/heads/${branch}`, before: sha, after: zeroSha };
  const verdict = pushVerdict(context, repository, login, move);
  if (verdict.startsWith("refused ")) throw unprocessable(verdict.slice("refused ".length));
  await git(gitDirectory(context, repository), ["update-ref", "-d", `refs/heads/${branch}`, sha]);
  await announcePushes(context, repository, login);
  return noContent;
}
