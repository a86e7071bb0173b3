import type { Schemas } from "../answers/schemas.ts";
import { apiUrl, type ForgeContext, gitDirectory } from "../context.ts";
import { notFound } from "../failure.ts";
import { git, readObject, tryGit } from "../git/git.ts";
import { repositoryIn } from "./repository.ts";
import { type Answer, type Call, ok, type Route } from "./route.ts";

/** Trees, which say whether a path is a file, a symlink (120000) or a gitlink (160000), and blobs. */
export function objectRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo/git";
  return [
    { method: "GET", path: `${at}/trees/:sha`, operations: ["git/get-tree"], handle: (call) => getTree(context, call) },
    { method: "GET", path: `${at}/blobs/:sha`, operations: ["git/get-blob"], handle: (call) => getBlob(context, call) },
  ];
}

/** https://docs.github.com/rest/git/trees#get-a-tree. Any value of `recursive` counts, as on GitHub. */
async function getTree(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const directory = gitDirectory(context, repository);
  const named = await tryGit(directory, ["rev-parse", "--verify", "--quiet", `${objectIn(call)}^{tree}`]);
  if (named.exitCode !== 0) throw notFound();
  const sha = named.stdout.trim();
  const recursive = call.query.has("recursive") ? ["-r", "-t"] : [];
  const listed = await git(directory, ["ls-tree", "-z", "-l", ...recursive, sha]);
  const api = `${apiUrl(context, repository)}/git`;
  const tree = listed.split("\0").flatMap((line) => {
    const [, mode, type, object = "", size, path] = /^(\d+) (\w+) ([0-9a-f]{40}) +(-|\d+)\t([\s\S]+)$/.exec(line) ?? [];
    if (mode === undefined || type === undefined || path === undefined) return [];
    const entry = { path, mode, type, sha: object };
    if (type === "commit") return [entry];
    const url = `${api}/${type}s/${object}`;
    return [size === "-" ? { ...entry, url } : { ...entry, size: Number(size), url }];
  });
  const body: Schemas["git-tree"] = { sha, url: `${api}/trees/${sha}`, tree, truncated: false };
  return ok(body);
}

/** https://docs.github.com/rest/git/blobs#get-a-blob */
async function getBlob(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const directory = gitDirectory(context, repository);
  const sha = objectIn(call);
  if ((await tryGit(directory, ["cat-file", "-t", sha])).stdout.trim() !== "blob") throw notFound();
  const bytes = await readObject(directory, sha);
  const body: Schemas["blob"] = {
    sha,
    node_id: `B_${sha}`,
    size: bytes.length,
    url: `${apiUrl(context, repository)}/git/blobs/${sha}`,
    content: bytes.toString("base64").replace(/.{60}/g, "$&\n"),
    encoding: "base64",
  };
  return ok(body);
}

/** The SHA in the path; text that is none names nothing. */
function objectIn(call: Call): string {
  const sha = call.params.sha ?? "";
  if (!/^[0-9a-f]{40}$/.test(sha)) throw notFound();
  return sha;
}
