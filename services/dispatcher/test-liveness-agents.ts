import { changeAt } from "#contracts/aggregates.ts";
import { isReviewable } from "#contracts/change-life.ts";
import type { Enqueues } from "#contracts/choreography.ts";
import { isRunnable } from "#contracts/issue-run.ts";
import { emptyText } from "#contracts/test-facts.ts";
import { issueRef, type LiveBus } from "./test-liveness-bus.ts";
import { headOf, lastOf, type Pull, type Review, remarksOn } from "./test-liveness-forge.ts";

// The agents of the liveness test: each call is one step of a run. `what` chooses what goes wrong; 0 is that nothing does.

/** A claim, and what its run did so far. */
interface Run<Role> {
  readonly item: Extract<Enqueues<"dispatcher">, { role: Role }>;
  readonly claim: { readonly claimId: string; readonly epoch: number; readonly agentId: string };
  pull?: Pull;
  head?: string;
  isNamed?: true;
  review?: Review;
}

export class LiveDev {
  readonly #bus: LiveBus;
  #run: Run<"dev"> | null = null;
  #heads = 0;

  constructor(bus: LiveBus) {
    this.#bus = bus;
  }

  step(what: number): void {
    const run = this.#run;
    if (run === null) this.#claim();
    else if (this.#bus.issue().holder?.claimId !== run.claim.claimId) this.#run = null;
    else if (run.pull === undefined) this.#push(run, what % 6);
    else if (run.isNamed === undefined) this.#name(run, run.pull);
    else this.#end(run, run.pull);
  }

  #claim(): void {
    const item = this.#bus.work.get("dev");
    const issue = this.#bus.issue();
    if (item?.role !== "dev") return;
    if (!isRunnable(issue, item.attempt)) {
      this.#bus.work.delete("dev");
      return;
    }
    const epoch = issue.epoch + 1;
    const claim = { claimId: `c${epoch}`, epoch, agentId: "dev-e" };
    this.#run = { item, claim };
    this.#bus.store("dev-e", issueRef, "ISSUE_ASSIGNED", { ...claim, instanceId: "i", attempt: item.attempt });
    const remarks = this.#bus.forge.pulls.map(remarksOn).flatMap(({ reviews, comments }) => [...reviews, ...comments]);
    const started = { claimId: claim.claimId, task: item.task, model: "m", remarks: remarks.map(({ key }) => key) };
    this.#bus.store("dev-e", issueRef, "WORK_STARTED", started);
  }

  /** 4: the tests fail. 5: nothing is changed. */
  #push(run: Run<"dev">, what: number): void {
    const { forge } = this.#bus;
    // The model and the tests take their time.
    forge.now += 60;
    const { task, prNumber } = run.item;
    const pull = task === "fix" ? forge.pulls.find(({ number }) => number === prNumber) : forge.openPull();
    if (what === 4 || (task === "fix" && pull?.open !== true)) {
      this.#fail(run);
      return;
    }
    this.#heads += 1;
    run.pull = pull ?? forge.create(`h${this.#heads}`);
    if (what !== 5) forge.push(run.pull, `h${this.#heads}`);
    run.head = headOf(run.pull);
  }

  #name(run: Run<"dev">, { number: prNumber }: Pull): void {
    run.isNamed = true;
    const created = { ...run.claim, prNumber, prUrl: "", branch: "feature/issue-7" };
    this.#bus.store("dev-e", issueRef, "PR_CREATED", created);
  }

  #end(run: Run<"dev">, { number: prNumber }: Pull): void {
    const { item, claim, head: headSha = "" } = run;
    if (item.task === "fix" && headSha === item.headSha) {
      this.#fail(run);
      return;
    }
    const ended = { claimId: claim.claimId, attempt: item.attempt, prNumber, headSha, turns: 1, summary: emptyText };
    this.#bus.store("dev-e", issueRef, "RUN_SUCCEEDED", ended);
    this.#run = null;
    this.#bus.work.delete("dev");
  }

  #fail({ item: { attempt }, claim: { claimId } }: Run<"dev">): void {
    const failed = { claimId, attempt, class: "tests", retryable: true, reason: "red", details: null } as const;
    this.#bus.store("dev-e", issueRef, "RUN_FAILED", failed);
    this.#run = null;
    this.#bus.work.delete("dev");
  }
}

export class LiveReviewer {
  readonly #bus: LiveBus;
  #run: Run<"review"> | null = null;

  constructor(bus: LiveBus) {
    this.#bus = bus;
  }

  step(what: number): void {
    const run = this.#run;
    if (run === null) this.#claim(what);
    else if (this.#bus.change(run.item.number).reviewer?.claimId !== run.claim.claimId) this.#run = null;
    else if (run.review === undefined) this.#post(run, what % 4);
    // 3: it is killed after its post. Its claim stays until the next one, which finds the review.
    else if (what % 4 === 3) this.#run = null;
    else this.#end(run, run.review);
  }

  #claim(what: number): void {
    const waiting = [...this.#bus.work].filter(([, { role }]) => role === "review");
    const [key = "", item] = waiting[what % Math.max(1, waiting.length)] ?? [];
    if (item?.role !== "review") return;
    const change = this.#bus.change(item.number);
    if (!isReviewable(change, item.headSha)) {
      this.#bus.work.delete(key);
      return;
    }
    const epoch = change.epoch + 1;
    const claim = { claimId: `r${epoch}`, epoch, agentId: "review-e" };
    this.#run = { item, claim };
    const assigned = { ...claim, instanceId: "i", attempt: 1, headSha: item.headSha };
    this.#bus.store("review-e", changeAt(item), "REVIEW_ASSIGNED", assigned);
  }

  /** Posts a review, unless its last one is of this head. A head that GitHub shows no more gets none. 3: it asks for changes. */
  #post(run: Run<"review">, what: number): void {
    const { forge } = this.#bus;
    const { number, headSha } = run.item;
    const pull = forge.pulls.find((each) => each.number === number);
    if (pull === undefined || !pull.open || headOf(pull) !== headSha) {
      this.#release(run);
      return;
    }
    const last = lastOf(pull, "review-e[bot]");
    const isOfHead = last?.head === headSha && !last.isDismissed;
    run.review = isOfHead ? last : forge.review(pull, "review-e[bot]", what === 3 ? "CHANGES_REQUESTED" : "APPROVED");
  }

  #release({ item, claim: { claimId } }: Run<"review">): void {
    const { headSha } = item;
    const released = { claimId, headSha, counts: false, reason: "moved", details: null };
    this.#bus.store("review-e", changeAt(item), "REVIEW_UNASSIGNED", released);
    this.#run = null;
  }

  #end({ item, claim: { claimId } }: Run<"review">, { id: reviewId, state }: Review): void {
    const ended = { claimId, headSha: item.headSha, reviewId, summary: emptyText };
    if (state === "APPROVED") this.#bus.store("review-e", changeAt(item), "REVIEW_PASSED", ended);
    else this.#bus.store("review-e", changeAt(item), "REVIEW_CHANGES_REQUESTED", { ...ended, threads: [] });
    this.#run = null;
  }
}
