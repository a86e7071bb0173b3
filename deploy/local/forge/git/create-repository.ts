import { appendFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { emailOf, type ForgeContext, gitDirectory, timeNow } from "../context.ts";
import type { RepositoryRecord } from "../records.ts";
import type { ProtectionRecord } from "../rule-records.ts";
import { git, readHeads } from "./git.ts";

/** What a repository is made from. */
export interface RepositoryOptions {
  readonly owner: string;
  readonly name: string;
  /** Its files become the first commit of main; its `.gitignore` counts. */
  readonly templateDirectory: string;
  /** Default true: main takes pull requests only, with the check "test" green and one approval. */
  readonly protectMain?: boolean;
}

// An update hook refuses single refs, as GitHub does; a pre-receive hook would refuse the whole push. The forge says in the environment what
// the rules say to each ref of the push: `free`, `forward` (not forced) or `refused`, with the reason. A ref that it did not read is refused.
const updateHook = `#!/bin/sh
refuse() {
  echo "error: GH006: Protected branch update failed for $1." >&2
  echo "error: $2" >&2
  echo "error: protected branch hook declined" >&2
  exit 1
}
verdict=$(printf '%s\\n' "$FORGE_REFS" | while read -r ref words; do
  [ "$ref" != "$1" ] || echo "$words"
done)
case "$verdict" in
  free) ;;
  forward) git merge-base --is-ancestor "$2" "$3" || refuse "$1" "Cannot force-push to this branch" ;;
  "refused "*) refuse "$1" "\${verdict#refused }" ;;
  *) refuse "$1" "The forge has not read this ref of the push." ;;
esac
`;

const settings = `[http]
  receivepack = true
[uploadpack]
  allowReachableSHA1InWant = true
# A collection in the background would be a child that nobody ends.
[gc]
  auto = 0
[receive]
  autogc = false
  # Heads of pull requests: the forge writes them, and a push may not.
  hideRefs = refs/pull
`;

/**
 * Makes a bare repository whose main has one commit with the files of the template. Does nothing when it exists. The first
 * commit is told to nobody: no push event, no check run. Call it inside `store.exclusive`.
 * Throws when a name has characters that GitHub does not allow, and `GitFailure` when the template cannot be read.
 */
export async function createRepository(context: ForgeContext, options: RepositoryOptions): Promise<void> {
  const { owner, name } = options;
  if (context.store.findRepository(owner, name) !== undefined) return;
  for (const part of [owner, name]) {
    if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(part)) throw new Error(`"${part}" is no name that GitHub would take.`);
  }
  const record = repositoryRecord(context, owner, name);
  if (options.protectMain ?? true) record.protections.push(usualProtection);
  record.heads.main = await makeBare(gitDirectory(context, record), (directory) =>
    commitTemplate(directory, owner, options.templateDirectory),
  );
  context.store.state.repositories.push(record);
  await context.store.save();
}

/** Makes a fork with all branches of a repository, for an owner who has none of that name. Call it inside `store.exclusive`. */
export async function forkRepository(
  context: ForgeContext,
  origin: RepositoryRecord,
  owner: string,
): Promise<RepositoryRecord> {
  const record = repositoryRecord(context, owner, origin.name, origin.id);
  await makeBare(gitDirectory(context, record), (directory) =>
    git(directory, ["fetch", "--quiet", "--no-tags", gitDirectory(context, origin), "+refs/heads/*:refs/heads/*"]),
  );
  Object.assign(record.heads, await readHeads(gitDirectory(context, record)));
  context.store.state.repositories.push(record);
  return record;
}

/** Main takes pull requests only, with the check "test" green and one approval. */
const usualProtection: ProtectionRecord = {
  branch: "main",
  checks: [{ context: "test", appId: null }],
  strict: false,
  reviews: { approvals: 1, dismissStale: false, lastPush: false },
  enforceAdmins: true,
  linearHistory: false,
  forcePushes: false,
  deletions: false,
  conversationResolution: false,
};

function repositoryRecord(
  context: ForgeContext,
  owner: string,
  name: string,
  forkOf: number | null = null,
): RepositoryRecord {
  const now = timeNow();
  const id = context.store.takeId();
  // A repository that got another name keeps its directory.
  const isFree = context.store.state.repositories.every((each) => each.directory !== `${owner}/${name}.git`);
  return {
    id,
    owner,
    name,
    formerNames: [],
    directory: isFree ? `${owner}/${name}.git` : `${owner}/${name}-${id}.git`,
    forkOf,
    mergeMethods: ["merge", "squash"],
    protections: [],
    rulesets: [],
    createdAt: now,
    updatedAt: now,
    pushedAt: now,
    nextNumber: 1,
    heads: {},
    labels: [],
    issues: [],
    comments: [],
    reviews: [],
    reviewComments: [],
    threads: [],
    suites: [],
    statuses: [],
    events: [],
  };
}

async function makeBare<Result>(directory: string, fill: (directory: string) => Promise<Result>): Promise<Result> {
  // Made beside its place and renamed, so that what a crash leaves is never taken for a repository.
  const making = `${directory}.making`;
  await rm(making, { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
  await mkdir(dirname(directory), { recursive: true });
  await git(making, ["init", "--quiet", "--bare", "--template=", "-b", "main", making]);
  await appendFile(join(making, "config"), settings);
  const made = await fill(making);
  await mkdir(join(making, "hooks"));
  await writeFile(join(making, "hooks", "update"), updateHook, { mode: 0o755 });
  await rename(making, directory);
  return made;
}

async function commitTemplate(directory: string, owner: string, templateDirectory: string): Promise<string> {
  const index = join(directory, "template-index");
  const workTree = resolve(templateDirectory);
  const env = { GIT_WORK_TREE: workTree, GIT_INDEX_FILE: index };
  await git(directory, ["add", "--all", workTree], { env });
  const tree = await git(directory, ["write-tree"], { env });
  await rm(index, { force: true });
  const sha = await git(directory, ["commit-tree", tree, "-m", "Initial commit"], {
    env: {
      GIT_AUTHOR_NAME: owner,
      GIT_AUTHOR_EMAIL: emailOf(owner),
      GIT_COMMITTER_NAME: owner,
      GIT_COMMITTER_EMAIL: emailOf(owner),
    },
  });
  await git(directory, ["update-ref", "refs/heads/main", sha]);
  return sha;
}
