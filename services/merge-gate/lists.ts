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
  const reviewer = "requested_reviewer" in each ? each.requested_reviewer : undefined;
  const requested = reviewer == null ? {} : { requested: { login: reviewer.login, type: reviewer.type } };
  const of = { label, dismissed, ...renamed, ...requested };
  return { event: each.event ?? "", at: each.created_at ?? "", actor: { login, type }, ...of };
}

/**
 * What only GraphQL knows, null while its limit is used up or it answers with an error: GitHub counts requests to it apart, and the gate goes on with
 * what REST says. Where that fails too, nothing is known.
 */
export function whatGraphQlTells<Asked, Needs>(read: Effect.Effect<Asked, Retryable | GitHubRefused, Needs>) {
  return read.pipe(
    Effect.map((asked): Told<Asked> => ({ asked, graphQlAfterMs: 0 })),
    Effect.catchTag("Retryable", (error) => {
      const { delayMs, cause } = error;
      if (delayMs !== undefined) return Effect.succeed<Told<Asked>>({ asked: null, graphQlAfterMs: delayMs });
      return cause === undefined ? Effect.fail(error) : withoutIt<Asked>(error.message, faultIn(cause));
    }),
    Effect.catchTag("GitHubRefused", (refused) => withoutIt<Asked>(refused.message, faultIn(refused))),
  );
}

function withoutIt<Asked>(message: string, graphQlFault: string) {
  return Effect.as(Effect.logWarning("GraphQL answers with an error", message), {
    asked: null,
    ...{ graphQlAfterMs: 0, graphQlFault },
  } satisfies Told<Asked>);
}

interface Told<Asked> extends Lacking {
  readonly asked: Asked | null;
}

/** Why something is not known that only GraphQL tells. */
export interface Lacking {
  /** How long it takes until GraphQL can be asked again; 0 when it answered, or when nobody knows. */
  readonly graphQlAfterMs: number;
  /** What is wrong with its answer, where that is not its limit. */
  readonly graphQlFault?: string;
}

/** Why something is not known of several answers. */
export function lackingIn(answers: readonly Lacking[]): Lacking {
  const graphQlFault = answers.find((each) => each.graphQlFault !== undefined)?.graphQlFault;
  const graphQlAfterMs = Math.max(0, ...answers.map((each) => each.graphQlAfterMs));
  return { graphQlAfterMs, ...(graphQlFault !== undefined && { graphQlFault }) };
}

interface Fault {
  readonly status?: number;
  readonly errors?: readonly { readonly type?: string; readonly path?: readonly unknown[] }[];
}

/** What is wrong with an answer of GraphQL, in words that stay the same while it is so: GitHub's own have the number of the request. */
function faultIn(cause: unknown): string {
  const { status, errors } = (cause ?? {}) as Fault;
  if (status !== undefined) return `GitHub's GraphQL API answers ${status}`;
  if (!Array.isArray(errors)) return "an answer of GitHub's GraphQL API does not come whole";
  const named = (errors as NonNullable<Fault["errors"]>).map(({ type = "an error", path = [] }) => {
    const fields = path.filter((part) => typeof part === "string");
    return [type, ...(fields.length === 0 ? [] : [`for ${fields.join(".")}`])].join(" ");
  });
  return `GitHub's GraphQL API answers with ${[...new Set(named)].sort().join(", ")}`;
}
