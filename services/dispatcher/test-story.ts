import fc from "fast-check";
import { expect } from "vitest";
import { type ChangeFact, isReviewable } from "#contracts/change-life.ts";
import { choreography, isConsumedBy } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import type { IssueFact } from "#contracts/issue-life.ts";
import { isRunnable } from "#contracts/issue-run.ts";
import { anyData } from "#contracts/test-facts.ts";
import type { Seen } from "./decide.ts";
import * as given from "./test-history.ts";

// Any story: facts are stored in any order, consumed late, consumed twice, and an old holder speaks after its claim was lost.

/**
 * One thing that happens. `publish` stores a fact that fits the claim protocol, `late` one of a claim that is long over, `forge` one of an
 * agent that holds no claim.
 */
export type Step =
  | {
      readonly do: "publish";
      readonly what: (typeof outside)[number] | (typeof ofAgent)[number];
      readonly head: string;
    }
  | { readonly do: "late"; readonly claim: number; readonly attempt: number; readonly how: "succeeded" | "failed" }
  | { readonly do: "forge"; readonly fact: IssueFact | ChangeFact; readonly id: "own" | "copied" }
  | { readonly do: "consume" }
  | { readonly do: "consume again"; readonly back: number };

const outside = [
  ...(["label", "unlabel", "close", "open change", "push", "close change", "merge change"] as const),
  ...([
    "reopen change",
    "object",
    "person objects",
    "person comments",
    "comment on issue",
    "review failed",
    "red",
    "red status",
  ] as const),
  ...(["merge", "conflict", "merge requested", "merge refused", "overdue"] as const),
] as const;
const ofAgent = ["assign", "succeed", "fail", "auth"] as const;
const heads = ["h1", "h2", "h3"] as const;

export const step: fc.Arbitrary<Step> = fc.oneof(
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

function lateFact({ how, attempt, claim }: Extract<Step, { do: "late" }>): Fact {
  const own = `c${claim}`;
  return how === "failed" ? given.failed(attempt, "tests", own) : given.succeeded(attempt, "h1", own);
}

/** The stream as the dispatcher meets it, and what an onlooker notes about the attempts. */
export class Story {
  readonly issueFacts: IssueFact[] = [];
  readonly changeFacts: ChangeFact[] = [];
  readonly attempts: number[] = [];
  /** The types of the facts that were decided on. */
  readonly types = new Set<Fact["type"]>();
  /** How many forged facts bore the id of the claim that was held then. */
  copiedClaims = 0;
  readonly #stream: Fact[] = [];
  readonly #forged: Fact[] = [];
  #consumed = 0;
  /** The attempt that is queued or worked on, and the claim that works on it: the onlooker's own book-keeping. */
  #open: number | null = null;
  #claim: string | null = null;

  run(next: Step): void {
    if (next.do === "consume") this.#consume(this.#stream[this.#consumed++]);
    else if (next.do === "consume again") this.#consume(this.#stream[this.#consumed - 1 - next.back]);
    else if (next.do === "late") this.#store(lateFact(next));
    else if (next.do === "forge") this.#forge(next);
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
      case "object":
        return this.#reviewed(head, given.changesRequested);
      case "review failed":
        return this.#reviewed(head, given.reviewFailed);
      default:
        return [this.#fromOutside(what, head)];
    }
  }

  /** A head that may be reviewed is claimed first; of another one the review is late. */
  #reviewed(head: string, end: (headSha: string, claimId: string) => Fact): readonly Fact[] {
    const life = given.change(...this.changeFacts);
    if (!isReviewable(life, head)) return [end(head, `r${life.epoch}`)];
    return [given.reviewAssigned(head, life.epoch + 1), end(head, `r${life.epoch + 1}`)];
  }

  #fromOutside(what: Exclude<(typeof outside)[number], "object" | "review failed">, head: string): Fact {
    switch (what) {
      case "label":
        return given.labeled();
      case "unlabel":
        return given.unlabeled;
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
      case "person objects":
        return given.personObjects(head);
      case "person comments":
        return given.personComments;
      case "comment on issue":
        return given.personCommentsOnIssue;
      case "red":
        return given.checksFailed(head);
      case "red status":
        return given.statusReported("failure", head);
      case "reopen change":
        return given.fact("PR_REOPENED", given.opened(head).data);
      case "merge":
        return given.merged("2026-01-01T11:00:00.000Z");
      case "merge requested":
        return given.mergeRequested;
      case "overdue":
        return given.fact("GATE_OVERDUE", {
          ...{ prNumber: 9, headSha: head, hold: "check-missing", since: "2026-01-01T11:00:00.000Z" },
          reason: "required and not run: ci",
        });
      case "merge refused": {
        const refused = { prNumber: 9, headSha: head, reason: "GitHub answered 405", details: null, asksPerson: true };
        return given.fact("MERGE_FAILED", refused);
      }
      case "conflict":
        return given.fact("MERGE_CONFLICT", { prNumber: 9, headSha: head });
    }
  }

  /** Stores what another agent forges, unless it is an honest claim of work that is to be done, and expects that it changes nothing. */
  #forge({ fact, id }: Extract<Step, { do: "forge" }>): void {
    const [issue, change] = [given.issue(...this.issueFacts), given.change(...this.changeFacts)];
    const copied = [...this.issueFacts, ...this.changeFacts].findLast(({ type }) => type === fact.type)?.id;
    const forged = { ...fact, id: id === "copied" ? (copied ?? fact.id) : fact.id };
    if (isClaim(forged, { issue, change })) return;
    if ("claimId" in fact.data && fact.data.claimId === issue.holder?.claimId) this.copiedClaims += 1;
    if (forged.on.kind === "issue") this.issueFacts.push(forged as IssueFact);
    else this.changeFacts.push(forged as ChangeFact);
    expect([given.issue(...this.issueFacts), given.change(...this.changeFacts)]).toEqual([issue, change]);
    this.#forged.push(forged);
  }

  #expectNothingForged(seen: Pick<Seen, "issue" | "change">): void {
    for (const fact of this.#forged) {
      if (isConsumedBy("dispatcher", fact)) expect(given.decided(fact, seen)).toEqual(given.nothing);
    }
  }

  /** In a story whoever reviews or comments may object, to the head that is known. */
  #seenAfter({ type }: Fact) {
    const change = given.change(...this.changeFacts);
    const people: readonly Fact["type"][] = ["REVIEW_SUBMITTED", "PR_COMMENTED", "ISSUE_COMMENTED"];
    const objection = people.includes(type) && change.open ? given.objectionTo(change.headSha) : null;
    return { issue: given.issue(...this.issueFacts), change, objection };
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
    const over: readonly Fact["type"][] = ["ISSUE_DONE", "ISSUE_CANCELLED", "ISSUE_NEEDS_HUMAN", "MERGED"];
    if (over.includes(fact.type)) this.#end();
    // An issue that was closed after MERGE_REQUESTED is cancelled by the conflict or the refusal, without an ISSUE_CANCELLED.
    if (
      (fact.type === "MERGE_CONFLICT" || fact.type === "MERGE_FAILED") &&
      given.issue(...this.issueFacts).state === "cancelled"
    )
      this.#end();
  }

  #end(): void {
    this.#open = null;
    this.#claim = null;
  }

  #consume(fact: Fact | undefined): void {
    if (fact === undefined) return;
    if (!isConsumedBy("dispatcher", fact)) return;
    this.types.add(fact.type);
    const seen = this.#seenAfter(fact);
    this.#expectNothingForged(seen);
    const { facts, work } = given.decided(fact, seen);
    const queued = facts.filter(({ type }) => type === "ISSUE_QUEUED");
    // Work without its dispatch fact could never be claimed, and a fact without work would wait for ever.
    expect(work.filter(({ role }) => role === "dev")).toHaveLength(queued.length);
    for (const own of given.stored({ facts })) this.#store(own);
  }
}

const forgers = { issue: choreography["dev-e"].publishes, pr: choreography["review-e"].publishes };
const forgeable = [...forgers.issue, ...forgers.pr].filter((type) => type !== "TOKEN_USAGE");

/** Any fact of an agent about the story's issue or change, in the name of `mallory`, with what it read in the histories. */
export const forgery: fc.Arbitrary<Step> = fc.constantFrom(...forgeable).chain((type) =>
  fc.tuple(anyData(type), copied, fc.constantFrom("own", "copied")).map(([data, some, id]): Step => {
    const known = Object.entries(some).filter(([name]) => Object.hasOwn(data, name));
    const fact = given.fact(type, { ...data, ...Object.fromEntries(known) });
    return { do: "forge", fact: { ...fact, actor: "mallory" }, id };
  }),
);

const copied = fc.record({
  claimId: fc.constantFrom("c1", "c2", "c3", "r1", "r2"),
  agentId: fc.constantFrom("mallory", "dev-e", "review-e"),
  attempt: fc.integer({ min: 0, max: 4 }),
  epoch: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(1_000_000_000)),
  prNumber: fc.constantFrom(9, 10),
  headSha: fc.constantFrom(...heads),
  retryable: fc.boolean(),
});

/** Whether a fact claims, in its own name and with the next epoch, work that is to be done: that is what the row of an agent allows. */
function isClaim({ type, actor, data }: IssueFact | ChangeFact, { issue, change }: Pick<Seen, "issue" | "change">) {
  if (type !== "ISSUE_ASSIGNED" && type !== "REVIEW_ASSIGNED") return false;
  const last = type === "ISSUE_ASSIGNED" ? issue.epoch : change.epoch;
  const open = type === "ISSUE_ASSIGNED" ? isRunnable(issue, data.attempt) : isReviewable(change, data.headSha);
  return open && data.agentId === actor && data.epoch === last + 1;
}
