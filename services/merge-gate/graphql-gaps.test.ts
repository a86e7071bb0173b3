import { expect, test } from "vitest";
import type { Answer } from "#kit/test/test-answers.ts";
import { gitHubWith, playGate } from "./test-played.ts";

// What GraphQL counts and does not show, or refuses to tell, holds the merge, and the verdict names it.

const { lookAt } = playGate();
const plain = gitHubWith({});

type Shown = Readonly<Record<string, object>>;

/** GitHub, of whose pull request GraphQL shows something else, with these errors. */
function showing(more: (pull: Shown) => object, errors: readonly object[] = []): typeof plain {
  return (asked) => {
    const answer = plain(asked);
    const { data } = answer.body as { readonly data?: { readonly repository: { readonly pullRequest?: Shown } } };
    const { repository } = data ?? {};
    if (!asked.path.endsWith("/graphql") || repository?.pullRequest === undefined) return answer;
    const pullRequest = { ...repository.pullRequest, ...more(repository.pullRequest) };
    const told = { data: { repository: { ...repository, pullRequest } } };
    return { ...answer, body: errors.length === 0 ? told : { ...told, errors } } satisfies Answer;
  };
}

const counted = { nodes: [null], totalCount: 1, pageInfo: { hasNextPage: false, endCursor: null } };
const unread = { type: "FORBIDDEN", message: "Resource not accessible by integration" };

test.each([
  ["a review thread that is counted and not shown", showing(() => ({ reviewThreads: counted })), "threads-unknown"],
  ["a linked issue that is counted and not shown", showing(() => ({ closingIssuesReferences: counted })), "links-cut"],
  [
    "checks that GitHub refuses to tell",
    showing(() => ({}), [{ ...unread, path: ["repository", "pullRequest", "lastCommit", "nodes", 0, "commit"] }]),
    "requirements-unknown",
  ],
])("%s holds the merge", async (_, answer, hold) => {
  const { verdict, appended } = await lookAt(answer);
  expect([appended, verdict?.checks.flatMap((check) => check.hold ?? [])]).toEqual([
    [],
    expect.arrayContaining([hold]),
  ]);
});
