import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { Retryable } from "#kit/errors.ts";
import { GitHub, type Octokit } from "#kit/github/github.ts";
import type { Fresh } from "./forge.ts";

// How the gate puts a change into a merge queue, and takes it out.

const enqueueMutation = `mutation ($id: ID!, $headSha: GitObjectID!) {
  enqueuePullRequest(input: { pullRequestId: $id, expectedHeadOid: $headSha }) { mergeQueueEntry { id } } }`;
const dequeueMutation = "mutation ($id: ID!) { dequeuePullRequest(input: { id: $id }) { mergeQueueEntry { id } } }";

/**
 * Asks once to put exactly this head into the merge queue of its base. GitHub refuses what is in there, and what lacks something that it requires.
 * After a fault the message is delivered again, so that the gate looks first: somebody may have taken it out since.
 */
export const enqueue = Effect.fn("enqueue")(function* (pr: Place, { nodeId: id, headSha }: Fresh) {
  const github = yield* GitHub;
  const ask = (octokit: Octokit) => refusable(() => octokit.graphql(enqueueMutation, { id, headSha } as Variables));
  return yield* github.call("put it into the merge queue", pr, ask, { attemptsMax: 1 });
});

/** Takes it out. What GitHub does not take out any more, because it is merging it, is looked at again. */
export const dequeue = Effect.fn("dequeue")(function* (pr: Place, { nodeId: id }: Fresh) {
  const github = yield* GitHub;
  yield* github
    .call("take it out of the merge queue", pr, (octokit) =>
      refusable(() => octokit.graphql(dequeueMutation, { id } as Variables)),
    )
    .pipe(Effect.catchTag("GitHubRefused", ({ message }) => Effect.fail(new Retryable({ what: message }))));
});

type Variables = NonNullable<Parameters<Octokit["graphql"]>[1]>;

/** What GraphQL says of a mutation that it refuses for good. Without such a type GitHub had a fault, and may answer otherwise later. */
const refusals: Readonly<Record<string, number>> = { UNPROCESSABLE: 422, FORBIDDEN: 403, NOT_FOUND: 404 };

/** GraphQL refuses with 200; here a refusal has the status of one of REST. */
async function refusable<Answer>(run: () => Promise<Answer>): Promise<Answer> {
  try {
    return await run();
  } catch (cause) {
    const { errors = [] } = cause as { readonly errors?: readonly { type?: string; message?: string }[] };
    const status = errors.map(({ type = "" }) => refusals[type]).find((each) => each !== undefined);
    if (status === undefined) throw cause;
    throw Object.assign(new Error(errors.map(({ message = "" }) => message).join("; ")), { status });
  }
}
