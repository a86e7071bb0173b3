import { Effect } from "effect";
import type { IssueRef } from "#contracts/aggregates.ts";
import type { ChangeLife } from "#contracts/change-life.ts";
import type { Consumes } from "#contracts/choreography.ts";
import { isChangeOf } from "#contracts/issue-branch.ts";
import type { IssueLife } from "#contracts/issue-life.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import type { Bus } from "#kit/bus/bus.ts";
import { Poison } from "#kit/errors.ts";
import { loadIssue } from "#kit/facts/aggregate.ts";
import { readText } from "#kit/facts/text.ts";
import { GitHub, type GitHubRefused, type NotTold } from "#kit/github/github.ts";
import { waitForGitHub } from "#kit/github/lag.ts";
import { ownMarker, type Remark, type Remarks, readRemarks } from "#kit/github/remarks.ts";
import type { Trust } from "#kit/github/trust.ts";
import { asksForObjection, type HeadType } from "./asked.ts";
import { canBeFixed, type Objection } from "./decide.ts";
import { mentions } from "./mention.ts";

/**
 * The facts after which GitHub is asked whether somebody objects: what a person did there, and the end of a run or another head, which may
 * have missed it.
 */
type Asking = Extract<
  Consumes<"dispatcher">,
  { type: "REVIEW_SUBMITTED" | "PR_COMMENTED" | "ISSUE_COMMENTED" | "RUN_SUCCEEDED" | HeadType }
>;

/** The issue that is decided on, and its pull request. */
interface Concerned {
  readonly on: IssueRef;
  readonly change: ChangeLife;
  readonly prNumber: number;
}

/**
 * Asks GitHub what somebody who may object wants changed; null when nobody does, or when no fix could follow. A fact of somebody who may
 * not costs at most one request.
 */
export const askForObjection = Effect.fn("askForObjection")(function* (
  trust: Trust,
  fact: Asking,
  { on, change, prNumber }: Concerned,
): Effect.fn.Return<Objection | null, HandlingError, Bus | GitHub> {
  const issue = yield* loadIssue(on);
  if (!canBeFixed(issue, prNumber) || !asksForObjection(fact, { issue, change })) return null;
  return yield* Effect.gen(function* () {
    if (!(yield* isOfThoseWhoMay(trust, fact))) return null;
    return yield* readObjection(trust, { on, issue, prNumber, fact });
  }).pipe(Effect.catchTag(["GitHubRefused", "NotTold"], (error) => whenGone(fact, error)));
});

/** The pull request is gone, or GitHub does not know yet what it just told of. Anything else is for the operator to see. */
const whenGone = Effect.fnUntraced(function* (fact: Asking, error: GitHubRefused | NotTold) {
  if (error._tag === "GitHubRefused" && error.status === 410) return null;
  if (error._tag === "NotTold" || error.status !== 404) return yield* new Poison({ what: error.message });
  yield* waitForGitHub(fact, error.message);
  return null;
});

/** Whether nobody has to be allowed to object for this fact to ask, or its author may object; a comment asks only where it mentions an agent. */
const isOfThoseWhoMay = Effect.fn("isOfThoseWhoMay")(function* (trust: Trust, fact: Asking) {
  switch (fact.type) {
    case "REVIEW_SUBMITTED": {
      const { reviewer: login, reviewerType: type } = fact.data;
      return yield* trust.mayObject(fact.on, { login, type });
    }
    case "PR_COMMENTED":
    case "ISSUE_COMMENTED": {
      const { author: login, body } = fact.data;
      if (body === null || !(yield* trust.mayObject(fact.on, { login, type: "User" }))) return false;
      return mentionsAny((yield* readText(body)) ?? "", trust.agents.all);
    }
    default:
      return true;
  }
});

/** Reads the pull request and the remarks on it as they are on GitHub now. */
const readObjection = Effect.fn("readObjection")(function* (
  trust: Trust,
  { on, issue, prNumber, fact }: Omit<Concerned, "change"> & { readonly issue: IssueLife; readonly fact: Asking },
) {
  const github = yield* GitHub;
  const pr = yield* github.call("read the pull request", on, async (octokit, at) => {
    return (await octokit.rest.pulls.get({ ...at, pull_number: prNumber })).data;
  });
  // A deleted account, and the repository of a deleted fork, are null.
  const origin = {
    branch: pr.head.ref,
    ownRepository: pr.head.repo?.id === pr.base.repo.id,
    byAgent: trust.agents.has(pr.user?.login ?? ""),
  };
  // The gate merges no other pull request than the issue's own, so nobody fixes one.
  if (pr.state !== "open" || !isChangeOf(on.number, origin)) return null;
  const remarks = yield* readRemarks(trust, { issue: on, approvedAt: issue.approvedAt, prNumber });
  const missing = missingIn(toldOf(fact), { headSha: pr.head.sha, listed: remarks.listed });
  if (missing !== null) yield* waitForGitHub(fact, `GitHub does not show ${missing} yet`);
  const head = { prNumber, headSha: pr.head.sha, agents: trust.agents.all, read: issue.remarks };
  return objectionAmong(remarks, head);
});

/** What a fact tells of a remark: its id as in `Remarks.listed`, and where it says it, when it was changed last and which head it is of. */
interface Told {
  readonly id: string;
  readonly updatedAt?: string;
  readonly headSha?: string;
}

function toldOf(fact: Asking): Told | null {
  switch (fact.type) {
    case "REVIEW_SUBMITTED":
      return { id: `review/${fact.data.reviewId}`, headSha: fact.data.headSha };
    case "ISSUE_COMMENTED":
      return { ...fact.data, id: `comment/${fact.data.commentId}` };
    case "PR_COMMENTED":
      return { ...fact.data, id: `${fact.data.where === "diff" ? "line" : "comment"}/${fact.data.commentId}` };
    default:
      return null;
  }
}

/** What GitHub does not show yet of what it told; null where it shows all of it. */
function missingIn(told: Told | null, shown: Pick<Remarks, "listed"> & { readonly headSha: string }): string | null {
  if (told === null) return null;
  const { id, updatedAt = "", headSha = "" } = told;
  const listedAt = shown.listed.get(id);
  if (listedAt === undefined) return id;
  if (Date.parse(listedAt) < Date.parse(updatedAt)) return `${id} as it is since ${updatedAt}`;
  return headSha !== "" && headSha !== shown.headSha ? `the head ${headSha}` : null;
}

/** The head that is objected to, the logins of the agents, and the keys of the remarks that their runs have read. */
interface Head {
  readonly prNumber: number;
  readonly headSha: string;
  readonly agents: readonly string[];
  readonly read: readonly string[];
}

/**
 * The objection to a head among the remarks: a review of it that asks for changes, or a remark of a person that no run has read and that
 * asks for changes or mentions an agent. Of a reviewer that is an App only a review of this very head counts, because it reviews each one.
 */
export function objectionAmong(
  { reviews, threads, comments }: Omit<Remarks, "listed">,
  { prNumber, headSha, agents, read }: Head,
): Objection | null {
  const isUnread = ({ key, by }: Remark) => by.type === "User" && !read.includes(key);
  // For a review of the rig its agent publishes a fact of its own, which ends the review too.
  const against = reviews.find(
    (review) => review.objects && !review.text.includes(ownMarker) && (review.headSha === headSha || isUnread(review)),
  );
  if (against !== undefined) return { prNumber, headSha, reason: `${against.by.login} asked for changes` };
  const said = [...reviews, ...threads.flatMap((thread) => thread.comments), ...comments];
  const asked = said.find((remark) => isUnread(remark) && mentionsAny(remark.text, agents));
  return asked === undefined ? null : { prNumber, headSha, reason: `${asked.by.login} mentioned the agent` };
}

function mentionsAny(text: string, logins: readonly string[]): boolean {
  return logins.some((login) => mentions(text, login));
}
