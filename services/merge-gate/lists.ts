import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { eventsMax } from "#contracts/gate/undone.ts";
import type { Retryable } from "#kit/errors.ts";
import type { GitHubRefused, Octokit } from "#kit/github/github.ts";
import type { ChangeEvent } from "./undone.ts";

// How the gate reads what may be long, or may not be told for a while.

/** The events of a pull request, oldest first, over all pages but no more than `eventsMax` (https://docs.github.com/rest/using-the-rest-api/issue-event-types). */
export async function changeEvents(octokit: Octokit, { owner, repo }: RepositoryRef, number: number) {
  const request = { owner, repo, issue_number: number, per_page: 100 };
  let pages = 0;
  let isCut = false;
  const events = await octokit.paginate(octokit.rest.issues.listEvents, request, ({ data, headers }, done) => {
    pages += 1;
    if (pages * request.per_page >= eventsMax) {
      isCut = headers.link?.includes('rel="next"') === true;
      done();
    }
    return data.map(eventOf);
  });
  return { events, isCut };
}

function eventOf(each: Awaited<ReturnType<Octokit["rest"]["issues"]["listEvents"]>>["data"][number]): ChangeEvent {
  const { login = "", type = "Other" } = each.actor ?? {};
  const label = "label" in each ? (each.label?.name ?? "") : "";
  const review = "dismissed_review" in each ? each.dismissed_review : undefined;
  const dismissed = review === undefined ? null : { reviewId: review.review_id, state: review.state.toLowerCase() };
  const { from, to } = "rename" in each ? (each.rename ?? {}) : {};
  const renamed = from === undefined || to === undefined ? {} : { renamed: { from, to } };
  return { event: each.event ?? "", at: each.created_at ?? "", actor: { login, type }, label, dismissed, ...renamed };
}

/**
 * What only GraphQL knows, null while its limit is used up: GitHub counts requests to it apart, and the gate goes on with what REST says.
 */
export function whatGraphQlTells<Asked, Needs>(read: Effect.Effect<Asked, Retryable | GitHubRefused, Needs>) {
  return read.pipe(
    Effect.map((asked): Told<Asked> => ({ asked, graphQlAfterMs: 0 })),
    Effect.catchTag("Retryable", (error) =>
      error.delayMs === undefined
        ? Effect.fail(error)
        : Effect.succeed<Told<Asked>>({ asked: null, graphQlAfterMs: error.delayMs }),
    ),
  );
}

interface Told<Asked> {
  readonly asked: Asked | null;
  /** How long it takes until GraphQL can be asked again; 0 when it answered. */
  readonly graphQlAfterMs: number;
}
