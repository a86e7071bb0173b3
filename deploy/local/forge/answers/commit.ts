import { apiUrl, emailOf, type ForgeContext, webUrl } from "../context.ts";
import type { DiffFile } from "../git/diff.ts";
import type { GitCommit, GitPerson } from "../git/git.ts";
import type { RepositoryRecord } from "../records.ts";
import { userAnswer } from "./repository.ts";
import type { Schemas } from "./schemas.ts";

/** A commit (https://docs.github.com/rest/commits/commits#get-a-commit). Statistics and files come with a single commit only. */
export function commitAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  commit: GitCommit,
): Schemas["commit"] {
  const api = apiUrl(context, repository);
  const web = webUrl(context, repository);
  return {
    url: `${api}/commits/${commit.sha}`,
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    html_url: `${web}/commit/${commit.sha}`,
    comments_url: `${api}/commits/${commit.sha}/comments`,
    commit: {
      url: `${api}/git/commits/${commit.sha}`,
      author: { ...commit.author },
      committer: { ...commit.committer },
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.treeSha, url: `${api}/git/trees/${commit.treeSha}` },
      verification: { verified: false, reason: "unsigned", payload: null, signature: null, verified_at: null },
    },
    author: accountOf(context, commit.author),
    committer: accountOf(context, commit.committer),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/commits/${sha}`,
      html_url: `${web}/commit/${sha}`,
    })),
  };
}

/** A commit as check suites carry it. */
export function simpleCommitAnswer(commit: GitCommit): Schemas["simple-commit"] {
  return {
    id: commit.sha,
    tree_id: commit.treeSha,
    message: commit.message,
    timestamp: commit.committer.date,
    author: { name: commit.author.name, email: commit.author.email },
    committer: { name: commit.committer.name, email: commit.committer.email },
  };
}

/** A file of a pull request (https://docs.github.com/rest/pulls/pulls#list-pull-requests-files). */
export function fileAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  headSha: string,
  file: DiffFile,
): Schemas["diff-entry"] {
  const path = file.filename.split("/").map(encodeURIComponent).join("/");
  const web = webUrl(context, repository);
  return {
    sha: file.blobSha,
    filename: file.filename,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${web}/blob/${headSha}/${path}`,
    raw_url: `${web}/raw/${headSha}/${path}`,
    contents_url: `${apiUrl(context, repository)}/contents/${path}?ref=${headSha}`,
    ...(isShown(context, file.patch) ? { patch: file.patch } : {}),
    ...(file.previousFilename === null ? {} : { previous_filename: file.previousFilename }),
  };
}

/** GitHub shows no patch of a binary file, of a mere change of mode or name, and none that is too large; it does not say which. */
function isShown({ limits }: ForgeContext, patch: string): boolean {
  if (patch === "" || Buffer.byteLength(patch) > limits.patchBytesMax) return false;
  return patch.split("\n").length <= limits.patchLinesMax;
}

/** A file at a commit, in base64 with a line break per 60 characters (https://docs.github.com/rest/repos/contents#get-repository-content). */
export function contentAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  file: { readonly path: string; readonly ref: string; readonly sha: string; readonly bytes: Buffer },
): Schemas["content-file"] {
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  const ref = encodeURIComponent(file.ref);
  const self = `${apiUrl(context, repository)}/contents/${path}?ref=${ref}`;
  const blob = `${apiUrl(context, repository)}/git/blobs/${file.sha}`;
  const html = `${webUrl(context, repository)}/blob/${ref}/${path}`;
  return {
    type: "file",
    encoding: "base64",
    size: file.bytes.length,
    name: file.path.slice(file.path.lastIndexOf("/") + 1),
    path: file.path,
    content: file.bytes.toString("base64").replace(/.{60}/g, "$&\n"),
    sha: file.sha,
    url: self,
    git_url: blob,
    html_url: html,
    download_url: `${webUrl(context, repository)}/raw/${ref}/${path}`,
    _links: { self, git: blob, html },
  };
}

/** The login whose noreply address a commit carries, or null for an address that belongs to nobody here. */
export function loginOf(context: ForgeContext, person: GitPerson): string | null {
  return context.users.find((each) => emailOf(each.login) === person.email)?.login ?? null;
}

function accountOf(context: ForgeContext, person: GitPerson): Schemas["simple-user"] | null {
  const login = loginOf(context, person);
  return login === null ? null : userAnswer(context, login);
}
