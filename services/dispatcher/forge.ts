import { Effect } from "effect";
import type { IssueRef } from "#contracts/aggregates.ts";
import { GitHub } from "#kit/github/github.ts";
import { retryUnknown } from "#kit/github/not-known-yet.ts";
import type { Trust } from "#kit/github/trust.ts";

/** Reads a pull request. */
export const readPull = Effect.fn("readPull")(function* (on: IssueRef, prNumber: number) {
  const github = yield* GitHub;
  return yield* github.call("read the pull request", on, async (octokit, at) => {
    return (await octokit.rest.pulls.get({ ...at, pull_number: prNumber })).data;
  });
});

/** Where it comes from. A deleted account, and the repository of a deleted fork, are null. */
export function originOf({ head, base, user }: Effect.Success<ReturnType<typeof readPull>>, { agents }: Trust) {
  return {
    branch: head.ref,
    ownRepository: head.repo?.id === base.repo.id,
    byAgent: agents.has(user?.login ?? ""),
  };
}

/** Reads the head of a pull request. */
export const readHead = Effect.fn("readHead")(function* (on: IssueRef, prNumber: number) {
  return (yield* Effect.catchTag(readPull(on, prNumber), "GitHubRefused", retryUnknown)).head.sha;
});

/** Reads the name that the default branch has now. */
export const readDefaultBranch = Effect.fn("readDefaultBranch")(function* (on: IssueRef) {
  const github = yield* GitHub;
  const reading = github.call("read the default branch", on, async (octokit, at) => {
    return (await octokit.rest.repos.get({ ...at })).data.default_branch;
  });
  return yield* Effect.catchTag(reading, "GitHubRefused", retryUnknown);
});
