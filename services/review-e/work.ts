import { Effect, Result, Schema } from "effect";
import { type ChangeFact, foldChange } from "#contracts/change-life.ts";
import type { Publishes } from "#contracts/choreography.ts";
import type { WorkItem } from "#contracts/work.ts";
import { publishFacts } from "#kit/aggregate.ts";
import type { Claiming, Held } from "#kit/claim.ts";
import type { GitHub, GitHubRefused } from "#kit/github.ts";
import { Model, type ModelFailed } from "#kit/model.ts";
import { type Review, reviewOf } from "./decide.ts";
import { findReview, postReview, readSubject, resolveOwnThreads } from "./forge.ts";
import { prompt, type Subject, system, verdictSchema } from "./prompt.ts";

type Holding = Held<"review-e">;

/** How Review-E claims reviews: a review is of one head SHA, and is over when a verdict on that head is appended. */
export const claiming: Claiming<"review-e", GitHub | Model> = {
  agentId: "review-e",
  on: changeOf,
  stateOf: (item, history) => {
    const life = foldChange(history as readonly ChangeFact[]);
    const runnable = life.open && life.headSha === item.headSha && life.reviewedSha !== item.headSha;
    // Who reviews an earlier head holds nothing any more: that review is worthless, and its holder finds the claim lost.
    const holder = life.reviewer?.headSha === item.headSha ? life.reviewer : null;
    // Silent claims are not counted here: the deliveries of the item are, and the last one is dead-lettered.
    return { runnable, holder, epoch: life.epoch, claims: 0 };
  },
  assigned: (item, claim) => ({
    type: "REVIEW_ASSIGNED",
    on: changeOf(item),
    agentId: claim.agentId,
    data: { ...claim, headSha: item.headSha ?? "" },
  }),
  failed: (item, claim, _failure, reason) => [reviewFailed(item, claim.agentId, reason)],
  released: () => [],
  run: (held) =>
    run(held).pipe(
      Effect.catchTag("ModelFailed", (error: ModelFailed) => giveUp(held, error.message)),
      Effect.catchTag("GitHubRefused", (error: GitHubRefused) => giveUp(held, error.message)),
      Effect.catchTag("NoVerdict", ({ reason }: NoVerdict) => giveUp(held, reason)),
    ),
};

const run = Effect.fn("run")(function* (held: Holding) {
  const { item } = held;
  const headSha = item.headSha ?? "";
  const found = yield* readSubject(item);
  if ("skip" in found) return yield* Effect.logInfo("nothing to review", found.skip);
  const earlier = yield* findReview(item, headSha);
  if (earlier !== null) {
    const event = earlier.state === "APPROVED" ? "APPROVE" : "REQUEST_CHANGES";
    return yield* conclude(held, headSha, earlier.id, { event, body: earlier.body, comments: [] });
  }
  const review = found.tooLarge ? tooLarge(headSha) : yield* judge(held, found.subject, headSha);
  yield* held.check();
  // Threads first: an approval with open threads of our own would hold the merge that it stands for.
  if (review.event === "APPROVE") yield* resolveOwnThreads(item);
  const reviewId = yield* postReview(item, headSha, review);
  yield* conclude(held, headSha, reviewId, review);
});

const Verdict = Schema.Struct({
  verdict: Schema.Literals(["approve", "request_changes"]),
  summary: Schema.NonEmptyString,
  comments: Schema.Array(Schema.Struct({ path: Schema.String, line: Schema.Int, body: Schema.String })),
});

/** Asks the model. What comes back is data: it is decoded, never searched for words (production failure 16). */
const judge = Effect.fn("judge")(function* (held: Holding, subject: Subject, headSha: string) {
  const { item, claim } = held;
  const model = yield* Model;
  const { answer, usage } = yield* model.ask({ system, prompt: prompt(item, subject), schema: verdictSchema });
  const cause = { id: claim.claimId, correlationId: item.correlationId, traceparent: item.traceparent };
  const on = { kind: "ops", owner: item.owner, repo: item.repo, number: item.issueNumber } as const;
  const data = { claimId: claim.claimId, ...usage };
  yield* publishFacts({ service: "review-e", cause, step: `usage ${usage.requestId}` }, [
    { type: "TOKEN_USAGE", on, agentId: claim.agentId, data },
  ]);
  const verdict = Schema.decodeUnknownResult(Verdict)(answer);
  if (Result.isFailure(verdict)) return yield* noVerdict(verdict.failure.message);
  return reviewOf(verdict.success, subject.diff, headSha);
});

/**
 * The model's answer to Review-E does not have the shape of a verdict; `REVIEW_FAILED` is appended.
 * Kind: business no.
 * What to do: review the pull request yourself, or push to it, which asks for another review. If it happens often, the
 * model of `RIG_MODEL` does not keep to structured outputs.
 */
interface NoVerdict {
  readonly _tag: "NoVerdict";
  readonly reason: string;
}

function noVerdict(reason: string): Effect.Effect<never, NoVerdict> {
  return Effect.fail({ _tag: "NoVerdict", reason: `the verdict is no verdict: ${reason}` });
}

/** The review cannot be given: REVIEW_FAILED makes the dispatcher ask a person, or the change would stay in review for ever. */
function giveUp(held: Holding, reason: string) {
  return held.append("end", [reviewFailed(held.item, held.claim.agentId, reason)]);
}

function reviewFailed(item: WorkItem, agentId: string, reason: string): Publishes<"review-e"> {
  return { type: "REVIEW_FAILED", on: changeOf(item), agentId, data: { headSha: item.headSha ?? "", reason } };
}

function tooLarge(headSha: string): Review {
  const summary = "This diff is too large to review as a whole. Split it into smaller pull requests.";
  return reviewOf({ verdict: "request_changes", summary, comments: [] }, "", headSha);
}

function conclude(held: Holding, headSha: string, reviewId: number, review: Review) {
  const { item, claim } = held;
  const on = changeOf(item);
  const summary = review.body.slice(0, 2_000);
  const fact: Publishes<"review-e"> =
    review.event === "APPROVE"
      ? { type: "REVIEW_PASSED", on, agentId: claim.agentId, data: { headSha, reviewId, summary } }
      : {
          type: "REVIEW_CHANGES_REQUESTED",
          on,
          agentId: claim.agentId,
          data: { headSha, reviewId, summary, threads: review.comments },
        };
  return held.append("end", [fact]);
}

function changeOf(item: WorkItem) {
  return { kind: "pr", owner: item.owner, repo: item.repo, number: item.number } as const;
}
