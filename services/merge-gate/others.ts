import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { othersMax } from "#contracts/gate/others.ts";
import type { ForgeState, Other } from "#contracts/gate/snapshot.ts";
import { GitHub, type Octokit } from "#kit/github/github.ts";
import { reviewThreads } from "#kit/github/review-threads.ts";
import { pullRequestReviews } from "#kit/github/reviews.ts";
import type { Trust } from "#kit/github/trust.ts";
import { changeEvents, lackingIn, whatGraphQlTells } from "./lists.ts";
import type { ShownChange } from "./told.ts";
import { type ChangeEvent, type Judged, undoneIn } from "./undone.ts";
import { weighReviews, weighThreads } from "./weigh.ts";
import { writersIn } from "./writers.ts";

// The other pull requests of an issue: what a person did on one of them holds also after an agent closed it and opened the next.

/** A pull request in a list of those of a branch. */
export interface ListedPull {
  readonly number: number;
  readonly title: string;
  readonly open: boolean;
  readonly draft: boolean;
  readonly merged: boolean;
  readonly baseBranch: string;
  readonly ownRepository: boolean;
  readonly headSha: string;
  readonly labels: readonly string[];
  readonly author: string;
  readonly updatedAt: string;
}

/** `owner`: whose repository GitHub says it is by now, after a change of its name. */
interface Asking {
  readonly owner: string;
  /** What is known of one branch already. */
  readonly ofBranch: { readonly branch: string; readonly pulls: readonly ListedPull[] } | null;
  readonly said: Pick<ForgeState, "number" | "open" | "ownRepository" | "branch" | "baseBranch" | "headSha">;
  readonly trust: Trust;
  readonly branches: readonly string[];
}

/**
 * Reads the pull requests from the branches that are not merged into its base and that no person closed. One request for each branch of
 * which nothing is known, one for each pull request that a person closed, and three for each other one.
 */
export const readOthers = Effect.fn("readOthers")(function* (change: Place, asking: Asking) {
  const { owner, ofBranch, said, trust, branches } = asking;
  const isAsked = said.open && said.ownRepository;
  const names = isAsked ? [...new Set([said.branch, ...branches])] : [];
  const lists = yield* Effect.forEach(
    names.slice(0, othersMax),
    (branch) => (ofBranch?.branch === branch ? Effect.succeed(ofBranch.pulls) : listOf(change, `${owner}:${branch}`)),
    { concurrency: 4 },
  );
  const found = lists.flat().filter((each) => each.number !== said.number && isLeft(each, said));
  const read = yield* Effect.forEach(found.slice(0, othersMax), (each) => readOther(change, each, trust), {
    concurrency: 4,
  });
  const left = read.filter((each) => each !== null);
  return {
    others: left.map(({ other }) => other),
    sameHead: found.filter(({ open, headSha }) => open && headSha === said.headSha).map(({ number }) => number),
    othersCut: names.length > othersMax || found.length > othersMax,
    untold: left.flatMap(({ untold }) => untold),
    shown: left.map(({ other, shown }) => [other.number, shown] as const),
    ...lackingIn(left.map(({ graphQl }) => graphQl)),
  };
});

/** Of the repository itself, and not merged into this base. An agent may merge into another one. */
function isLeft({ merged, baseBranch, ownRepository }: ListedPull, said: Asking["said"]): boolean {
  return ownRepository && (!merged || baseBranch !== said.baseBranch);
}

/** The newest hundred from this head, `owner:branch`. */
const listOf = Effect.fn("listOf")(function* (change: Place, head: string) {
  const github = yield* GitHub;
  const listed = yield* github.call("list the pull requests of the branch", change, async (octokit, at) => {
    const wanted = { ...at, head, state: "all", per_page: 100 } as const;
    return (await octokit.rest.pulls.list(wanted)).data;
  });
  return listed.map(listedByRest);
});

type ByRest = Awaited<ReturnType<Octokit["rest"]["pulls"]["list"]>>["data"][number];

function listedByRest(pull: ByRest): ListedPull {
  return {
    number: pull.number,
    title: pull.title,
    open: pull.state === "open",
    draft: pull.draft === true,
    merged: pull.merged_at !== null,
    baseBranch: pull.base.ref,
    ownRepository: pull.head.repo?.id === pull.base.repo.id,
    headSha: pull.head.sha,
    labels: pull.labels.map(({ name }) => name),
    author: pull.user?.login ?? "",
    updatedAt: pull.updated_at,
  };
}

const readOther = Effect.fn("readOther")(function* (change: Place, listed: ListedPull, trust: Trust) {
  const github = yield* GitHub;
  const place = { ...change, number: listed.number };
  const { events, isCut: eventsCut } = yield* github.call("read the events", place, (octokit, at) =>
    changeEvents(octokit, at, listed.number),
  );
  const writers = yield* writersIn(trust, change, { events });
  // Behind the events that are read an agent may have closed it.
  if (!listed.open && !eventsCut && isClosedByWriter(writers.judged, events)) return null;
  const all = yield* github.call("read the reviews", place, (octokit, at) =>
    pullRequestReviews(octokit, at, listed.number),
  );
  const { asked, ...graphQl } = yield* whatGraphQlTells(
    github.call("read the threads", place, (octokit, at) => reviewThreads(octokit, at, listed.number)),
  );
  const people = peopleOnly(trust);
  const reviews = yield* weighReviews(people, change, { reviews: all, events });
  const threads = asked === null ? null : yield* weighThreads(people, change, asked);
  const { open, labels, title } = listed;
  const stands = { open, draft: listed.draft, labels, title };
  // A draft that nobody marked as ready is a person's as well, if a person made it one.
  const undone = undoneIn(writers.judged, { ...stands, draft: false }, events);
  const draft = stands.draft && undone.some(({ what }) => what === "draft");
  const other: Other = {
    number: listed.number,
    author: listed.author,
    draft,
    labels,
    undone: draft ? undone.filter(({ what }) => what !== "draft") : undone,
    eventsCut,
    reviews: reviews.value,
    threads: threads?.value ?? null,
  };
  const unchecked = { headSha: "", checks: [], suites: [] };
  const of = { updatedAt: listed.updatedAt, reviews: all, events, threads: other.threads };
  const shown: ShownChange = { ...stands, ...unchecked, ...of };
  return { other, shown, graphQl, untold: [...writers.untold, ...reviews.untold, ...(threads?.untold ?? [])] };
});

/** What an appointed reviewer wants of a pull request ends with it: it reviews the next one too. What a person wants does not. */
function peopleOnly(trust: Trust): Trust {
  return {
    ...trust,
    mayObject: (at, account) =>
      trust.isAppointed(account.login) ? Effect.succeed(false) : trust.mayObject(at, account),
  };
}

/** Whoever may write and closes a pull request ends what he, and every other person, wanted of it. */
function isClosedByWriter({ isWriter }: Judged, events: readonly ChangeEvent[]): boolean {
  const last = events.findLast(({ event }) => event === "closed");
  return last !== undefined && isWriter(last.actor);
}
