import { Effect } from "effect";
import type { IssueRef } from "#contracts/aggregates.ts";
import { GitHub } from "#kit/github/github.ts";
import { retryUnknown } from "#kit/github/not-known-yet.ts";

/** Reads the head of a pull request. */
export const readHead = Effect.fn("readHead")(function* (on: IssueRef, prNumber: number) {
  const github = yield* GitHub;
  const reading = github.call("read the head of the pull request", on, async (octokit, at) => {
    return (await octokit.rest.pulls.get({ ...at, pull_number: prNumber })).data.head.sha;
  });
  return yield* Effect.catchTag(reading, "GitHubRefused", retryUnknown);
});

/** Reads the name that the default branch has now. */
export const readDefaultBranch = Effect.fn("readDefaultBranch")(function* (on: IssueRef) {
  const github = yield* GitHub;
  const reading = github.call("read the default branch", on, async (octokit, at) => {
    return (await octokit.rest.repos.get({ ...at })).data.default_branch;
  });
  return yield* Effect.catchTag(reading, "GitHubRefused", retryUnknown);
});
