import { Effect, Result, Schema } from "effect";
import { changeAt } from "#contracts/aggregates.ts";
import type { Publishes } from "#contracts/choreography.ts";
import { because, type Why } from "#contracts/reason.ts";
import { Verdict, verdictSchema } from "#contracts/verdict.ts";
import { Retryable } from "#kit/errors.ts";
import { loadApproved, loadChange } from "#kit/facts/aggregate.ts";
import { retryUnknown } from "#kit/github/not-known-yet.ts";
import { Model } from "#kit/model/model.ts";
import type { Held } from "#kit/work/held.ts";
import { type Review, reviewOf } from "./decide.ts";
import { findReview, postReview, readChange, resolveOwnThreads } from "./forge.ts";
import { prompt, type Subject, system } from "./prompt.ts";

type HeldReview = Held<"pr", Publishes<"review-e", "pr">>;

/**
 * What Review-E does with the claim on one head. A review that cannot be given ends with REVIEW_FAILED, so that a person is asked: silence
 * would leave the change in review for ever.
 */
export function reviewE(held: HeldReview) {
  const fail = ({ why }: { readonly why: Why }) => held.fail("internal", why);
  return run(held).pipe(Effect.catchTag(["ModelFailed", "GitHubRefused", "NoVerdict"], fail));
}

const run = Effect.fn("run")(function* (held: HeldReview) {
  const { item } = held;
  const { headSha } = item;
  const found = yield* readChange(item).pipe(Effect.catchTag("GitHubRefused", retryUnknown));
  if (found.kind === "other-head") return yield* leaveOtherHead(held, found.shown);
  if (found.kind === "skip") return yield* Effect.logInfo("nothing to review", found.why);
  // What was approved, and not what the issue says by now: the change is judged by what a person asked for.
  const issue = yield* loadApproved({ ...item, number: item.issueNumber });
  if (issue.body === null) {
    return yield* noVerdict(because(`the approved text of #${item.issueNumber} was erased: set its label again`));
  }
  const earlier = yield* findReview(item, headSha);
  if (earlier !== null) {
    return yield* conclude(held, headSha, earlier.id, { ...earlier, comments: [] });
  }
  const review =
    found.kind === "too-large"
      ? tooLarge(headSha)
      : yield* judge(held, { ...found, issueTitle: issue.title, issueBody: issue.body }, headSha);
  yield* held.check();
  // Threads first: an approval with open threads of our own would hold the merge that it stands for.
  if (review.event === "APPROVE") yield* resolveOwnThreads(item);
  const reviewId = yield* postReview(item, headSha, review);
  yield* conclude(held, headSha, reviewId, review);
});

/** A head that GitHub shows and the item does not have: a later one, whose review is another item, or an earlier one that GitHub still shows. */
const leaveOtherHead = Effect.fn("leaveOtherHead")(function* ({ item }: HeldReview, shown: string) {
  const { supersededHeads } = yield* loadChange(changeAt(item));
  if (!supersededHeads.includes(shown)) return yield* Effect.logInfo("nothing to review", "the head moved on");
  return yield* new Retryable({ what: `GitHub does not show the head ${item.headSha} of #${item.number} yet` });
});

/** Asks the model. What comes back is data: it is decoded, never searched for words (production failure 16). */
const judge = Effect.fn("judge")(function* (held: HeldReview, subject: Subject, headSha: string) {
  const { item } = held;
  const model = yield* Model;
  const { answer, usage } = yield* model.ask({ system, prompt: prompt(item, subject), schema: verdictSchema });
  yield* held.countTokens(usage);
  const verdict = Schema.decodeUnknownResult(Verdict)(answer);
  if (Result.isFailure(verdict))
    return yield* noVerdict(because("the answer of the model is no verdict", verdict.failure.message));
  return reviewOf(verdict.success, subject.diff, headSha);
});

/**
 * The model's answer to Review-E does not have the shape of a verdict, or the text of the issue was erased; `REVIEW_FAILED` is appended.
 * Kind: business no.
 * What to do: review the pull request yourself, or push to it, which asks for another review; after an erasure set the label
 * `agent-ready` on the issue again. If it happens often, the model of `RIG_MODEL` does not keep to structured outputs.
 */
interface NoVerdict {
  readonly _tag: "NoVerdict";
  readonly why: Why;
}

function noVerdict(why: Why): Effect.Effect<never, NoVerdict> {
  return Effect.fail({ _tag: "NoVerdict", why });
}

function tooLarge(headSha: string): Review {
  const summary = "This diff is too large to review as a whole. Split it into smaller pull requests.";
  return reviewOf({ verdict: "request_changes", summary, comments: [] }, "", headSha);
}

function conclude(held: HeldReview, headSha: string, reviewId: number, review: Review) {
  const { item, claim } = held;
  const { claimId, agentId } = claim;
  const on = changeAt(item);
  const summary = { text: review.body.slice(0, 2_000) };
  const threads = review.comments.map(({ body, ...at }) => ({ ...at, body: { text: body } }));
  const fact: Publishes<"review-e", "pr"> =
    review.event === "APPROVE"
      ? { type: "REVIEW_PASSED", on, agentId, data: { claimId, headSha, reviewId, summary } }
      : {
          type: "REVIEW_CHANGES_REQUESTED",
          on,
          agentId,
          data: { claimId, headSha, reviewId, summary, threads },
        };
  return held.append("end", [fact]);
}
