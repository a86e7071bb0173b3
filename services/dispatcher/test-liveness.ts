import type { DataOf } from "#contracts/catalogue.ts";
import { unknownChange } from "#contracts/change-life.ts";
import type { Fact } from "#contracts/envelope.ts";
import { isFixAwaited } from "#contracts/fix.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import { isSettled, isUnderWay } from "#contracts/issue-run.ts";
import { approvalOf } from "#contracts/test-facts.ts";
import { asksForObjection, endedHeadIn, redHeadIn, type Standing, shown, standingOf } from "./asked.ts";
import { type Consumed, canBeFixed, decide, type Seen } from "./decide.ts";
import { type Outcome, queue, resume } from "./decide-queue.ts";
import { objectionAmong } from "./objections.ts";
import { LiveDev, LiveReviewer } from "./test-liveness-agents.ts";
import { issueRef, LiveBus, type Message, some } from "./test-liveness-bus.ts";
import { type Deed, headOf, isRed, LiveForge, lastOf, meddle, type Pull, remarksOn } from "./test-liveness-forge.ts";

// The rig of the liveness test: around the dispatcher's own decisions all else is played, in short.

/** Who does something, and how often. */
export const actors = {
  ...{ webhook: 18, dispatcher: 25, "dispatcher again": 2, "dev-e": 18, "review-e": 16 },
  ...{ person: 9, gate: 3, time: 4 },
} as const;
/** Who does something next, and a number that says what of it. 0 is the plain case: all that waits, and what goes well. */
export type Step = readonly [who: keyof typeof actors, what: number];

export interface Story {
  /** Which delivery is never sent, from 0. */
  readonly lost: number | null;
  /** What people do in this story. A few deeds at a time make a hang likelier than all of them at once. */
  readonly done: readonly Deed[];
  readonly steps: readonly Step[];
  readonly reconciler: "works" | "stands still";
}

const limits = { claimsPerAttemptMax: 3, failedAttemptsMax: 5, fixRoundsMax: 20 };

export class LiveRig {
  readonly #forge: LiveForge;
  readonly #bus: LiveBus;
  readonly #dev: LiveDev;
  readonly #reviewer: LiveReviewer;
  readonly #story: Story;

  /** An issue that was just approved. */
  constructor(story: Story) {
    this.#story = story;
    this.#forge = new LiveForge(story.lost);
    this.#bus = new LiveBus(this.#forge);
    this.#dev = new LiveDev(this.#bus);
    this.#reviewer = new LiveReviewer(this.#bus);
    this.#bus.store("dispatcher", issueRef, "ISSUE_APPROVED", approvalOf({ limits }));
    this.#apply(queue(this.#bus.issue(), issueRef, { task: "implement", reason: "labelled", pr: null }));
  }

  /** Plays the story, then lets all go well until nothing follows any more. Returns why the issue hangs then, after all that happened; or null. */
  play(): string | null {
    for (const step of this.#story.steps) this.#do(step);
    this.#forge.loseNothingMore();
    const { log } = this.#bus;
    for (let minute = 0; minute < 200; minute += 1) {
      if (this.#goWell() !== "rests") continue;
      const why = this.#hang();
      return why === null ? null : [...log, why].join("\n");
    }
    return [...log, "it never rests"].join("\n");
  }

  #do([who, what]: Step): void {
    this.#pass([0, 1, 1, 2, 30][what % 5] ?? 0);
    const { inbox } = this.#bus;
    const acts: Record<Step[0], () => void> = {
      webhook: () => this.#bus.deliver(what),
      dispatcher: () => this.#consume(some(inbox, what)),
      "dispatcher again": () => this.#consumeAgain(what),
      "dev-e": () => this.#dev.step(what),
      "review-e": () => this.#reviewer.step(what),
      person: () => meddle(this.#forge, this.#story.done, what),
      gate: () => this.#gate(),
      time: () => this.#pass(60),
    };
    acts[who]();
  }

  #pass(seconds: number): void {
    this.#forge.now += seconds;
    if (this.#story.reconciler === "works") this.#bus.tick();
  }

  #goWell(): "goes on" | "rests" {
    const { log, inbox, work } = this.#bus;
    const before = log.length;
    this.#bus.deliver(0);
    this.#pass(60);
    this.#consume(inbox.splice(0));
    for (let step = 0; step < 4; step += 1) {
      this.#dev.step(0);
      this.#reviewer.step(0);
    }
    this.#gate();
    return log.length > before || inbox.length + work.size > 0 ? "goes on" : "rests";
  }

  /** What is in the way of the merge, and told to nobody. */
  #hang(): string | null {
    const issue = this.#bus.issue();
    if (isSettled(issue)) return null;
    const pull = this.#forge.openPull();
    if (pull === undefined || issue.pr?.number !== pull.number) return "the issue has no open pull request";
    if (isUnderWay(issue)) return "nobody works on the attempt that is under way";
    const head = headOf(pull);
    const last = lastOf(pull, "review-e[bot]");
    if (this.#objection(pull) !== null) return "somebody's wish is not fixed";
    if (isRed(pull)) return "a red head is not fixed";
    if (pull.conflicting.has(head)) return "a conflict is not resolved";
    if (last?.head !== head || last.isDismissed) return "the head is not reviewed";
    if (last.state !== "APPROVED") return "Review-E's objection is not fixed";
    const isAwaited = isFixAwaited(issue, this.#bus.change(pull.number), { prNumber: pull.number, headSha: head });
    return isAwaited ? "the gate waits for the fix of a head that is back" : null;
  }

  #gate(): void {
    const [issue, pull] = [this.#bus.issue(), this.#forge.openPull()];
    if (pull === undefined || issue.pr?.number !== pull.number || isSettled(issue) || isUnderWay(issue)) return;
    const headSha = headOf(pull);
    if (!pull.conflicting.has(headSha) || issue.conflictSha === headSha) return;
    this.#bus.store("merge-gate", issueRef, "MERGE_CONFLICT", { prNumber: pull.number, headSha });
  }

  #consume(messages: readonly Message[]): void {
    const { handled, inbox } = this.#bus;
    for (const message of messages) (this.#handle(message) ? handled : inbox).push(message);
  }

  #consumeAgain(what: number): void {
    const { handled, inbox } = this.#bus;
    const message = handled[what % Math.max(1, handled.length)];
    if (message !== undefined && !this.#handle(message)) inbox.push(message);
  }

  /** Returns false when the message is to be tried again. */
  #handle(message: Message): boolean {
    const { fact, own } = message;
    const seen = this.#seen(fact);
    if (seen === null) return false;
    if (fact.on.kind === "pr" && issueOfChange(seen.change) !== issueRef.number) return true;
    const outcome = own.length > 0 ? resume(own, seen) : decide(fact, seen);
    return this.#apply(outcome, message);
  }

  /** Appends and enqueues what was decided. Returns false while another item of the issue waits. */
  #apply({ facts, work }: Outcome, message?: Message): boolean {
    for (const { type, data } of facts) {
      const fact: Fact = this.#bus.store("dispatcher", issueRef, type, data as DataOf<typeof type>);
      message?.own.push(fact as Message["own"][number]);
    }
    return work.every((item) => {
      const key = item.role === "dev" ? "dev" : `review ${item.number} ${item.headSha}`;
      const waiting = this.#bus.work.get(key) ?? item;
      this.#bus.work.set(key, waiting);
      return waiting.attempt === item.attempt;
    });
  }

  /** What work.ts looks up; null where it asks GitHub again later. */
  #seen(fact: Consumed): Seen | null {
    const issue = this.#bus.issue();
    const prNumber = fact.on.kind === "pr" ? fact.on.number : "prNumber" in fact.data ? fact.data.prNumber : null;
    const change = prNumber === null ? unknownChange : this.#bus.change(prNumber);
    const pull = this.#forge.pulls.find(({ number }) => number === prNumber);
    const standing = pull ? this.#standing(fact, { issue, change, pull }) : shown;
    if (typeof standing === "string") return null;
    const isAsked = asksForObjection(fact, { issue, change });
    const head = redHeadIn(fact, { issue, change, ...standing });
    return {
      ...{ on: issueRef, issue, change, prNumber, byAgent: change.author === "dev-e[bot]", isMergedElsewhere: false },
      ...standing,
      objection: pull !== undefined && isAsked ? this.#objection(pull) : null,
      redChecks: pull?.red.some((suite) => suite.head === head) ? ["test"] : [],
    };
  }

  /** How the head with which a run ended stands on GitHub. */
  #standing(
    fact: Consumed,
    { pull, ...seen }: Pick<Seen, "issue" | "change"> & { pull: Pull },
  ): Standing | "soon" | "late" {
    if (endedHeadIn(fact, seen) === null) return shown;
    const ageMs = Date.parse(this.#forge.at()) - Date.parse(fact.occurredAt);
    return standingOf({ ...seen, prNumber: pull.number }, { headSha: headOf(pull), ageMs });
  }

  #objection(pull: Pull): Seen["objection"] {
    const issue = this.#bus.issue();
    if (!pull.open || !canBeFixed(issue, pull.number)) return null;
    const head = { prNumber: pull.number, headSha: headOf(pull), agents: ["dev-e[bot]"], read: issue.remarks };
    return objectionAmong(remarksOn(pull), head);
  }
}
