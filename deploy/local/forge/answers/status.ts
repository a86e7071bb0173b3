import { apiUrl, type ForgeContext, gitDirectory } from "../context.ts";
import { readCommit, tryGit } from "../git/git.ts";
import type { RepositoryRecord, StatusRecord } from "../records.ts";
import { commitAnswer } from "./commit.ts";
import { repositoryAnswer, userAnswer } from "./repository.ts";
import type { Schemas } from "./schemas.ts";

/** A commit status (https://docs.github.com/rest/commits/statuses). */
export function statusAnswer(context: ForgeContext, repository: RepositoryRecord, status: StatusRecord) {
  const creator = userAnswer(context, status.creator);
  return {
    url: `${apiUrl(context, repository)}/statuses/${status.sha}`,
    avatar_url: creator.avatar_url,
    id: status.id,
    node_id: `SC_${status.id}`,
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    creator,
  } satisfies Schemas["status"];
}

/** The latest status of each context, oldest first. */
export function latestStatuses(repository: RepositoryRecord, sha: string): StatusRecord[] {
  const found = repository.statuses.filter((each) => each.sha === sha);
  return found.filter((status) => found.findLast((each) => each.context === status.context) === status);
}

/** What all contexts come to: check runs are no part of it (https://docs.github.com/rest/commits/statuses#get-the-combined-status-for-a-specific-reference). */
export function combinedAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  sha: string,
): Schemas["combined-commit-status"] {
  const latest = latestStatuses(repository, sha);
  const states = latest.map((each) => each.state);
  const isRed = states.includes("failure") || states.includes("error");
  const isGreen = states.length > 0 && states.every((each) => each === "success");
  const commitUrl = `${apiUrl(context, repository)}/commits/${sha}`;
  return {
    state: isRed ? "failure" : isGreen ? "success" : "pending",
    statuses: latest.map((each) => {
      const { creator: _creator, ...simple } = statusAnswer(context, repository, each);
      return simple;
    }),
    sha,
    total_count: latest.length,
    repository: repositoryAnswer(context, repository),
    commit_url: commitUrl,
    url: `${commitUrl}/status`,
  };
}

/** The status as its webhook carries it, with the branches whose tip the commit is. */
export async function statusPayload(context: ForgeContext, repository: RepositoryRecord, status: StatusRecord) {
  const directory = gitDirectory(context, repository);
  const commit = await readCommit(directory, status.sha);
  const tips = await tryGit(directory, [
    "for-each-ref",
    "--format=%(refname:lstrip=2)",
    "--points-at",
    status.sha,
    "refs/heads",
  ]);
  const url = `${apiUrl(context, repository)}/commits/${status.sha}`;
  const shown = commitAnswer(context, repository, commit);
  // The webhook's schema is older than the field `verified_at`.
  const verification = { verified: false, reason: "unsigned", payload: null, signature: null };
  const {
    id,
    avatar_url,
    state,
    description,
    target_url,
    context: name,
    created_at,
    updated_at,
  } = statusAnswer(context, repository, status);
  return {
    ...{ id, sha: status.sha, name: `${repository.owner}/${repository.name}`, avatar_url, target_url },
    ...{ context: name, description, state, created_at, updated_at },
    commit: { ...shown, commit: { ...shown.commit, verification } },
    branches: tips.stdout
      .split("\n")
      .filter((branch) => branch !== "")
      .map((branch) => ({ name: branch, commit: { sha: status.sha, url }, protected: false })),
  };
}
