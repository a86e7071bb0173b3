import { Effect, Result, Schema } from "effect";
import { changeAt, issueAt } from "#contracts/aggregates.ts";
import { foldChange, isReviewable } from "#contracts/change-life.ts";
import type { Publishes } from "#contracts/choreography.ts";
import { because, type Why } from "#contracts/reason.ts";
import type { Reviewed } from "#contracts/review-marker.ts";
import { Verdict, verdictSchema } from "#contracts/verdict.ts";
import { Retryable } from "#kit/errors.ts";
import { load, loadApproved, loadChange, loadIssue } from "#kit/facts/aggregate.ts";
import { linesOf } from "#kit/github/diff.ts";
import { retryUnknown } from "#kit/github/not-known-yet.ts";
import { isMoved, type Unreadable } from "#kit/github/unreadable-files.ts";
import { Model } from "#kit/model/model.ts";
import type { Held } from "#kit/work/held.ts";
import { type Review, reviewOf } from "./decide.ts";
import { findReview, type NoUse, postReview, readChange, resolveOwnThreads, whyNoUse } from "./forge.ts";
import { prompt, type Subject, system } from "./prompt.ts";
import { type Comparison, listOf, refused, unreadableIn } from "./unreadable.ts";

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
  if (found.kind !== "reviewable") return yield* leave(held, found);
  // What was approved, and not what the issue says by now: the change is judged by what a person asked for.
  const approved = yield* loadApproved({ ...item, number: item.issueNumber });
  if (approved.body === null) {
    return yield* noVerdict(
      because(`the approved text of #${item.issueNumber} was erased: take its label off and set it again`),
    );
  }
  const of: Reviewed = { headSha, textSha256: approved.textSha256, mergeBase: found.comparison.mergeBase };
  const unreadable = unreadableIn(found.comparison);
  const earlier = yield* findReview(item, { ...of, ...(yield* reviewsOn(item)) });
  // What cannot be read is never approved, not even by a review of this identity that stands already.
  if (earlier !== null && !(earlier.event === "APPROVE" && unreadable.length > 0)) {
    return yield* conclude(held, headSha, earlier.id, { ...earlier, comments: [] });
  }
  if (unreadable.length > 0) yield* askPerson(held, unreadable);
  const read = { ...found, of, issueTitle: approved.title, issueBody: approved.body };
  const review = yield* reviewFor(held, read, unreadable);
  yield* held.check();
  yield* checkText(held, of);
  const noUse = yield* whyNoUse(item).pipe(Effect.catchTag("GitHubRefused", retryUnknown));
  if (noUse !== null) return yield* leave(held, noUse);
  // Threads first: an approval with open threads of our own would hold the merge that it stands for.
  if (review.event === "APPROVE") yield* resolveOwnThreads(item);
  const reviewId = yield* postReview(item, { ...of, ...(yield* reviewsOn(item)) }, review);
  yield* conclude(held, headSha, reviewId, review);
});

/** The reviews of the change that were posted, and the ids of those that were dismissed, as far as the history tells. */
const reviewsOn = Effect.fn("reviewsOn")(function* (item: HeldReview["item"]) {
  const { facts } = yield* load(changeAt(item));
  const { dismissedReviews: dismissed, reviewId } = foldChange(facts);
  const submitted = facts.flatMap((fact) =>
    fact.type === "REVIEW_SUBMITTED" && fact.data.state !== "commented"
      ? [{ id: fact.data.reviewId, reviewer: fact.data.reviewer }]
      : [],
  );
  const last = reviewId === null ? [] : [{ id: reviewId, reviewer: null }];
  return { dismissed, posted: [...last, ...submitted] };
});

/**
 * Ends without a review. As long as this head is the one to review by the change's history, GitHub's answer may be from before it, and the
 * item is tried again: the delivery of what happened since, or the reconciler, ends that.
 */
const leave = Effect.fn("leave")(function* ({ item }: HeldReview, { kind, why }: NoUse) {
  if (kind === "skip" || !isReviewable(yield* loadChange(changeAt(item)), item.headSha)) {
    return yield* Effect.logInfo("nothing to review", why);
  }
  return yield* new Retryable({ what: `${why}, and no delivery says so of ${item.headSha} of #${item.number} yet` });
});

/** A review for a text that is not the approved one any more is worth nothing: the item is tried again, with the text of now. */
const checkText = Effect.fn("checkText")(function* ({ item }: HeldReview, { textSha256 }: Reviewed) {
  const now = yield* loadApproved({ ...item, number: item.issueNumber });
  if (now.textSha256 === textSha256) return;
  return yield* new Retryable({
    what: `another text of #${item.issueNumber} was approved while it was reviewed`,
    delayMs: 1_000,
  });
});

/** Ends the review without a verdict where the settings of the issue leave what cannot be read to a person. */
const askPerson = Effect.fn("askPerson")(function* ({ item }: HeldReview, unreadable: readonly Unreadable[]) {
  const { unreadableFiles } = yield* loadIssue(issueAt({ ...item, number: item.issueNumber }));
  if (unreadableFiles !== "ask_person") return;
  const reason = `Review-E cannot read all of it (${unreadable.length} findings), and the policy leaves that to a person`;
  return yield* noVerdict(because(reason, listOf(unreadable)));
});

/** What was read of a change and its issue. */
interface Read extends Pick<Subject, "title" | "issueTitle" | "issueBody" | "rules"> {
  readonly comparison: Comparison;
  readonly of: Reviewed;
}

/** 400 000 characters, about 100 000 tokens: a larger change wants a split and is not read in part. */
const charactersMax = 400_000;

/** The review of a change. The model is asked about what can be read of it. */
const reviewFor = Effect.fn("reviewFor")(function* (held: HeldReview, read: Read, unreadable: readonly Unreadable[]) {
  const { shown, subject } = readablePart(read, unreadable);
  const length = subject.moved.reduce((sum, { text }) => sum + text.length, subject.diff.length);
  if (unreadable.length === 0) {
    return reviewOf(length > charactersMax ? tooLarge : yield* judge(held, subject), linesOf(shown), read.of);
  }
  const verdict = shown.length === 0 || length > charactersMax ? null : yield* judge(held, subject);
  return reviewOf(refused(unreadable, verdict), linesOf(shown), read.of);
});

/** The files that can be read, and the question about them. */
function readablePart(read: Read, unreadable: readonly Unreadable[]) {
  const { files, diff, moved } = read.comparison;
  const hidden = new Set(unreadable.map(({ path }) => path));
  const shown = (diff ?? []).filter(({ path }) => !hidden.has(path));
  const movedFiles = files.filter((file) => isMoved(file) && !hidden.has(file.filename));
  const subject: Subject = {
    ...read,
    diff: shown.map(({ text }) => `${text}\n`).join(""),
    moved: movedFiles.map(({ filename: path, previous_filename: from = "" }) => {
      return { path, from, text: moved.get(path)?.text ?? "" };
    }),
  };
  return { shown, subject };
}

/** Asks the model. What comes back is data: it is decoded, never searched for words (production failure 16). */
const judge = Effect.fn("judge")(function* (held: HeldReview, subject: Subject) {
  const model = yield* Model;
  const { answer, usage } = yield* model.ask({ system, prompt: prompt(held.item, subject), schema: verdictSchema });
  yield* held.countTokens(usage);
  const verdict = Schema.decodeUnknownResult(Verdict)(answer);
  if (Result.isFailure(verdict))
    return yield* noVerdict(because("the answer of the model is no verdict", verdict.failure.message));
  return verdict.success;
});

const tooLarge: Verdict = {
  verdict: "request_changes",
  summary: "This diff is too large to review as a whole. Split it into smaller pull requests.",
  comments: [],
};

/**
 * Review-E gives no verdict: the model's answer does not have the shape of one, the text of the issue was erased, or a part of the change
 * cannot be read and the policy leaves such a change to a person; `REVIEW_FAILED` is appended.
 * Kind: business no.
 * What to do: review the pull request yourself, or take the label `agent-ready` off the issue and set it again, which asks
 * for another review, also after an erasure. If the shape is wrong often, the model of `RIG_MODEL` does not keep to structured outputs.
 */
interface NoVerdict {
  readonly _tag: "NoVerdict";
  readonly why: Why;
}

function noVerdict(why: Why): Effect.Effect<never, NoVerdict> {
  return Effect.fail({ _tag: "NoVerdict", why });
}

/** Appends the verdict. One whose review was dismissed meanwhile counts for nothing: the item is tried again, because nothing else asks for it. */
const conclude = Effect.fn("conclude")(function* (held: HeldReview, headSha: string, reviewId: number, review: Review) {
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
  yield* held.append("end", [fact]);
  if (isReviewable(yield* loadChange(on), headSha)) {
    return yield* new Retryable({ what: `the review of #${item.number} was dismissed at once`, delayMs: 1_000 });
  }
});
