import fc from "fast-check";
import { expect, test } from "vitest";
import type { ChangeFact } from "#contracts/change-life.ts";
import { choreography, isConsumedBy } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import type { IssueFact } from "#contracts/issue-life.ts";
import * as given from "./test-history.ts";

// Any story: facts are stored in any order, consumed late, consumed twice, and an old holder speaks after its claim was lost.

/** One thing that happens. `publish` stores a fact that fits the claim protocol, `late` one of a claim that is long over. */
type Step =
  | {
      readonly do: "publish";
      readonly what: (typeof outside)[number] | (typeof ofAgent)[number];
      readonly head: string;
    }
  | { readonly do: "late"; readonly claim: number; readonly attempt: number; readonly how: "succeeded" | "failed" }
  | { readonly do: "consume" }
  | { readonly do: "consume again"; readonly back: number };

const outside = [
  ...(["label", "close", "open change", "push", "close change", "merge change"] as const),
  ...(["reopen change", "object", "person objects", "review failed", "red"] as const),
  ...(["merge", "conflict", "merge requested"] as const),
] as const;
const ofAgent = ["assign", "succeed", "fail", "auth"] as const;
const heads = ["h1", "h2", "h3"] as const;

const step: fc.Arbitrary<Step> = fc.oneof(
  // Agents work more often than the rest happens, or few stories get beyond their first attempt.
  { weight: 4, arbitrary: published(fc.constantFrom(...ofAgent)) },
  { weight: 4, arbitrary: published(fc.constantFrom(...outside)) },
  { weight: 8, arbitrary: fc.constant<Step>({ do: "consume" }) },
  { weight: 1, arbitrary: fc.nat(5).map((back): Step => ({ do: "consume again", back })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.constantFrom("succeeded", "failed"))
      .map(([claim, attempt, how]): Step => ({ do: "late", claim, attempt, how })),
  },
);

function published(what: fc.Arbitrary<Extract<Step, { do: "publish" }>["what"]>): fc.Arbitrary<Step> {
  return fc.tuple(what, fc.constantFrom(...heads)).map(([name, head]) => ({ do: "publish", what: name, head }));
}

function lateWord({ how, attempt, claim }: Extract<Step, { do: "late" }>): Fact {
  const own = `c${claim}`;
  return how === "failed" ? given.failed(attempt, "tests", own) : given.succeeded(attempt, "h1", own);
}

/** The stream as the dispatcher meets it, and what an onlooker notes about the attempts. */
class Story {
  readonly issueFacts: IssueFact[] = [];
  readonly changeFacts: ChangeFact[] = [];
  readonly attempts: number[] = [];
  /** The types of the facts that were decided on. */
  readonly types = new Set<Fact["type"]>();
  readonly #stream: Fact[] = [];
  #consumed = 0;
  /** The attempt that is queued or worked on, and the claim that works on it: the onlooker's own book-keeping. */
  #open: number | null = null;
  #claim: string | null = null;

  run(next: Step): void {
    if (next.do === "consume") this.#consume(this.#stream[this.#consumed++]);
    else if (next.do === "consume again") this.#consume(this.#stream[this.#consumed - 1 - next.back]);
    else if (next.do === "late") this.#store(lateWord(next));
    else for (const fact of this.#factsOf(next.what, next.head)) this.#store(fact);
    this.#consumed = Math.min(this.#consumed, this.#stream.length);
  }

  #factsOf(what: Extract<Step, { do: "publish" }>["what"], head: string): readonly Fact[] {
    const { attempt, epoch, holder, endedAttempt } = given.issue(...this.issueFacts);
    switch (what) {
      case "assign":
        return endedAttempt < attempt ? [given.assigned(attempt, epoch + 1)] : [];
      case "succeed":
        if (holder === null) return [];
        return [given.prCreated(epoch), given.succeeded(holder.attempt, head, holder.claimId)];
      case "fail":
      case "auth":
        return holder === null
          ? []
          : [given.failed(holder.attempt, what === "auth" ? "auth" : "tests", holder.claimId)];
      default:
        return [this.#fromOutside(what, head)];
    }
  }

  #fromOutside(what: (typeof outside)[number], head: string): Fact {
    switch (what) {
      case "label":
        return given.labeled();
      case "close":
        return given.closed;
      case "open change":
        return given.opened(head);
      case "push":
        return given.pushed(head);
      case "close change":
        return given.prClosed("unmerged");
      case "merge change":
        return given.prClosed("merged");
      case "object":
        return given.changesRequested(head);
      case "person objects":
        return given.personObjects(head);
      case "red":
        return given.checksFailed(head);
      case "reopen change":
        return given.fact("PR_REOPENED", given.opened(head).data);
      case "review failed":
        return given.fact("REVIEW_FAILED", { headSha: head, reason: "the model failed", details: null });
      case "merge":
        return given.merged("2026-01-01T11:00:00.000Z");
      case "merge requested":
        return given.mergeRequested;
      case "conflict":
        return given.fact("MERGE_CONFLICT", { prNumber: 9, headSha: head });
    }
  }

  #store(fact: Fact): void {
    this.#stream.push(fact);
    if (fact.on.kind === "pr") this.changeFacts.push(fact as ChangeFact);
    if (fact.on.kind === "issue") this.issueFacts.push(fact as IssueFact);
    if (fact.type === "ISSUE_QUEUED") {
      expect(this.#open, `attempt ${fact.data.attempt} is queued while another is under way`).toBeNull();
      this.attempts.push(fact.data.attempt);
      this.#open = fact.data.attempt;
      this.#claim = null;
    }
    if (fact.type === "ISSUE_ASSIGNED" && fact.data.attempt === this.#open) this.#claim = fact.data.claimId;
    const ends = fact.type === "RUN_SUCCEEDED" || fact.type === "RUN_FAILED";
    if (ends && fact.data.claimId === this.#claim) this.#end();
    const settles = fact.type === "ISSUE_DONE" || fact.type === "ISSUE_CANCELLED" || fact.type === "ISSUE_NEEDS_HUMAN";
    if (settles) this.#end();
  }

  #end(): void {
    this.#open = null;
    this.#claim = null;
  }

  #consume(fact: Fact | undefined): void {
    if (fact === undefined) return;
    if (!isConsumedBy("dispatcher", fact)) return;
    this.types.add(fact.type);
    const seen = { issue: given.issue(...this.issueFacts), change: given.change(...this.changeFacts) };
    const { facts, work } = given.decided(fact, seen);
    const queued = facts.filter(({ type }) => type === "ISSUE_QUEUED");
    // Work without its dispatch fact could never be claimed, and a fact without work would wait for ever.
    expect(work.filter(({ role }) => role === "dev")).toHaveLength(queued.length);
    for (const { type, data } of facts) this.#store(given.fact(type, data));
  }
}

test("no story queues an attempt while another is under way, and attempts only grow", () => {
  let again = 0;
  const types = new Set<Fact["type"]>();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const story = new Story();
      story.run({ do: "publish", what: "label", head: "h1" });
      story.run({ do: "consume" });
      for (const next of steps) story.run(next);
      expect(story.attempts).toEqual([...new Set(story.attempts)].sort((one, other) => one - other));
      if (story.attempts.length > 1) again += 1;
      for (const type of story.types) types.add(type);
    }),
    { numRuns: 500 },
  );
  // Otherwise the stories would prove nothing about a second attempt: 100 to 150 of 500 have one.
  expect(again).toBeGreaterThan(20);
  expect([...types].sort()).toEqual([...choreography.dispatcher.consumes].sort());
});
