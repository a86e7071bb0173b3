import { checkRunAnswer, checkSuiteAnswer } from "../answers/check.ts";
import { commitAnswer } from "../answers/commit.ts";
import { repositoryAnswer } from "../answers/repository.ts";
import type { Schemas } from "../answers/schemas.ts";
import { apiUrl, type ForgeContext, gitDirectory, webUrl } from "../context.ts";
import { invalid, notFound, unprocessable } from "../failure.ts";
import { git, readCommit } from "../git/git.ts";
import { announcePushes } from "../git/push.ts";
import { isProtected, requiredCheck } from "../merge-standing.ts";
import type { RepositoryRecord } from "../records.ts";
import { commitShaOf, getCommit, ok, repositoryIn } from "./repository.ts";
import { type Answer, type Call, pageOf, type Route, writerOf } from "./route.ts";

/** Branches, refs, branch protection, and what the checks say about a commit. */
export function branchRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo";
  return [
    { method: "GET", path: `${at}/branches/*`, handle: (call) => getBranch(context, call) },
    { method: "GET", path: `${at}/git/ref/*`, handle: async (call) => getRef(context, call) },
    { method: "DELETE", path: `${at}/git/refs/*`, handle: (call) => deleteRef(context, call) },
    { method: "GET", path: `${at}/commits/*`, handle: (call) => getOfCommit(context, call) },
  ];
}

async function getBranch(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const [, branch = "", part] = /^(.+?)(\/protection)?$/.exec(call.params["*"] ?? "") ?? [];
  const sha = repository.heads[branch];
  if (sha === undefined) throw notFound("Branch not found");
  if (part !== undefined) return ok(protectionAnswer(context, repository, branch));
  return ok(await branchAnswer(context, repository, branch, sha));
}

async function branchAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  name: string,
  sha: string,
): Promise<Schemas["branch-with-protection"]> {
  const self = `${apiUrl(context, repository)}/branches/${encodeURIComponent(name)}`;
  const guarded = isProtected(repository, name);
  const contexts = guarded ? [requiredCheck] : [];
  return {
    name,
    commit: commitAnswer(context, repository, await readCommit(gitDirectory(context, repository), sha)),
    _links: { self, html: `${webUrl(context, repository)}/tree/${name}` },
    protected: guarded,
    protection: {
      enabled: guarded,
      required_status_checks: {
        enforcement_level: guarded ? "everyone" : "off",
        contexts,
        checks: contexts.map((each) => ({ context: each, app_id: null })),
      },
    },
    protection_url: `${self}/protection`,
  };
}

/** https://docs.github.com/rest/branches/branch-protection#get-branch-protection */
function protectionAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  branch: string,
): Schemas["branch-protection"] {
  if (!isProtected(repository, branch)) throw notFound("Branch not protected");
  const url = `${apiUrl(context, repository)}/branches/${branch}/protection`;
  return {
    url,
    required_status_checks: {
      url: `${url}/required_status_checks`,
      strict: false,
      contexts: [requiredCheck],
      contexts_url: `${url}/required_status_checks/contexts`,
      checks: [{ context: requiredCheck, app_id: null }],
    },
    required_pull_request_reviews: {
      url: `${url}/required_pull_request_reviews`,
      dismiss_stale_reviews: false,
      require_code_owner_reviews: false,
      require_last_push_approval: false,
      required_approving_review_count: 1,
    },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: true },
    required_linear_history: { enabled: false },
    allow_force_pushes: { enabled: false },
    allow_deletions: { enabled: false },
    required_conversation_resolution: { enabled: false },
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
  await git(gitDirectory(context, repository), ["update-ref", "-d", `refs/heads/${branch}`, sha]);
  await announcePushes(context, repository, writerOf(call).login);
  return { status: 204, body: null };
}

async function getOfCommit(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const path = call.params["*"] ?? "";
  const [, ref = "", part] = /^(.+?)(?:\/(check-runs|check-suites|status))?$/.exec(path) ?? [];
  if (part === undefined) return getCommit(context, repository, ref);
  const sha = await commitShaOf(context, repository, ref);
  if (part === "status") return ok(statusAnswer(context, repository, sha));
  const suites = repository.suites.filter((each) => each.headSha === sha);
  if (part === "check-suites") {
    const page = pageOf(call, suites);
    const answers = await Promise.all(page.items.map((each) => checkSuiteAnswer(context, repository, each)));
    const body = { total_count: suites.length, check_suites: answers };
    return { status: 200, body, headers: page.headers };
  }
  const wanted = (name: string, value: string): boolean => (call.query.get(name) ?? value) === value;
  const found = suites.filter((each) => wanted("check_name", each.run.name) && wanted("status", each.run.status));
  const page = pageOf(call, found);
  const runs: Schemas["check-run"][] = page.items.map((each) => checkRunAnswer(context, repository, each));
  return { status: 200, body: { total_count: found.length, check_runs: runs }, headers: page.headers };
}

/** Commit statuses are another thing than check runs, and nobody posts them here: pending with none, as on GitHub. */
function statusAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  sha: string,
): Schemas["combined-commit-status"] {
  const commitUrl = `${apiUrl(context, repository)}/commits/${sha}`;
  return {
    state: "pending",
    statuses: [],
    sha,
    total_count: 0,
    repository: repositoryAnswer(context, repository),
    commit_url: commitUrl,
    url: `${commitUrl}/status`,
  };
}
