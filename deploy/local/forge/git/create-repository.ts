import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { emailOf, type ForgeContext, gitDirectory, timeNow } from "../context.ts";
import type { RepositoryRecord } from "../records.ts";
import { git } from "./git.ts";

/** What a repository is made from. */
export interface RepositoryOptions {
  readonly owner: string;
  readonly name: string;
  /** Its files become the first commit of main; its `.gitignore` counts. */
  readonly templateDirectory: string;
  /** Default true: main takes pull requests only, with the check "test" green and one approval. */
  readonly protectMain?: boolean;
}

// An update hook refuses single refs, as GitHub does; a pre-receive hook would refuse the whole push.
const updateHook = `#!/bin/sh
if [ "$1" = refs/heads/main ]; then
  echo "error: GH006: Protected branch update failed for refs/heads/main." >&2
  echo "error: Changes must be made through a pull request." >&2
  echo "error: protected branch hook declined" >&2
  exit 1
fi
`;

const settings: readonly (readonly [string, string])[] = [
  ["http.receivepack", "true"],
  ["uploadpack.allowReachableSHA1InWant", "true"],
  // A collection in the background would be a child that nobody ends.
  ["gc.auto", "0"],
  ["receive.autogc", "false"],
];

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
  const now = timeNow();
  const record: RepositoryRecord = {
    id: context.store.takeId(),
    owner,
    name,
    protectMain: options.protectMain ?? true,
    createdAt: now,
    updatedAt: now,
    pushedAt: now,
    nextNumber: 1,
    heads: {},
    labels: [],
    issues: [],
    comments: [],
    events: [],
    reviews: [],
    reviewComments: [],
    threads: [],
    suites: [],
  };
  record.heads.main = await makeBare(gitDirectory(context, record), record, options.templateDirectory);
  context.store.state.repositories.push(record);
  await context.store.save();
}

async function makeBare(directory: string, record: RepositoryRecord, templateDirectory: string): Promise<string> {
  // Made beside its place and renamed, so that what a crash leaves is never taken for a repository.
  const making = `${directory}.making`;
  await rm(making, { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
  await mkdir(dirname(directory), { recursive: true });
  await git(making, ["init", "--quiet", "--bare", "--template=", "-b", "main", making]);
  for (const [key, value] of settings) await git(making, ["config", key, value]);
  const sha = await commitTemplate(making, record.owner, templateDirectory);
  if (record.protectMain) {
    await mkdir(join(making, "hooks"));
    await writeFile(join(making, "hooks", "update"), updateHook, { mode: 0o755 });
  }
  await rename(making, directory);
  return sha;
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
