import { type ChangeFact, foldChange } from "#contracts/change-life.ts";
import { type DeliveryDraft, factsOf } from "#contracts/delivery-facts.ts";
import { isOfChange, isOfSuite } from "#contracts/reconciled.ts";
import { ownMarker } from "#kit/github/remarks.ts";

// The GitHub of the liveness test: the pull requests of issue 7, what people do to them, and the deliveries of it.

export interface Review extends Dated {
  readonly login: "review-e[bot]" | "bob";
  readonly state: "APPROVED" | "CHANGES_REQUESTED";
  isDismissed?: true;
}

/** A review, a check of a head that failed, or what bob wrote to the agent. */
interface Dated {
  readonly id: number;
  readonly head: string;
  readonly at: string;
}

export interface Pull {
  readonly number: number;
  readonly heads: string[];
  readonly reviews: Review[];
  readonly red: Dated[];
  readonly mentions: Dated[];
  readonly labels: string[];
  /** Heads that do not merge. */
  readonly conflicting: Set<string>;
  open: boolean;
  updatedAt: string;
}

const repository = { name: "shop", owner: { login: "acme" }, default_branch: "main" };

export class LiveForge {
  readonly pulls: Pull[] = [];
  /** What was sent and not delivered yet, oldest first. */
  readonly deliveries: (readonly DeliveryDraft[])[] = [];
  /** Seconds since the story began. */
  now = 0;
  #lost: number | null;
  #sent = 0;
  #ids = 0;

  /** `lost` is which delivery is never sent, from 0. */
  constructor(lost: number | null) {
    this.#lost = lost;
  }

  loseNothingMore(): void {
    this.#lost = null;
  }

  /** The time so many seconds from now. */
  at(seconds = 0): string {
    return new Date(Date.UTC(2026, 0, 1) + (this.now + seconds) * 1_000).toISOString().replace(".000Z", "Z");
  }

  #send(drafts: readonly DeliveryDraft[]): void {
    if (this.#sent !== this.#lost) this.deliveries.push(drafts);
    this.#sent += 1;
  }

  openPull(): Pull | undefined {
    return this.pulls.find(({ open }) => open);
  }

  create(head: string): Pull {
    const none = { reviews: [], red: [], mentions: [], labels: [], conflicting: new Set<string>() };
    const pull: Pull = { number: 9 + this.pulls.length, heads: [head], ...none, open: true, updatedAt: this.at() };
    this.pulls.push(pull);
    this.change(pull, "opened");
    return pull;
  }

  /** Something happens to a pull request that its own deliveries tell. */
  change(pull: Pull, action: string, before?: string): void {
    pull.updatedAt = this.at();
    if (action === "closed" || action === "reopened") pull.open = action === "reopened";
    this.#send(tellsChange(pull, action, before));
  }

  push(pull: Pull, head: string): void {
    const before = headOf(pull);
    if (before === head) return;
    pull.heads.push(head);
    // Of a push to one that is closed nothing is delivered.
    if (pull.open) this.change(pull, "synchronize", before);
  }

  #now(pull: Pull): Dated {
    this.#ids += 1;
    return { id: this.#ids, head: headOf(pull), at: this.at() };
  }

  review(pull: Pull, login: Review["login"], state: Review["state"]): Review {
    const review: Review = { ...this.#now(pull), login, state };
    pull.reviews.push(review);
    this.#send(tellsReview(pull, review));
    return review;
  }

  dismiss(pull: Pull, review: Review): void {
    review.isDismissed = true;
    this.#send(tellsReview(pull, review));
  }

  mention(pull: Pull): void {
    const mention = this.#now(pull);
    pull.mentions.push(mention);
    this.#send(tellsMention(pull, mention));
  }

  fail(pull: Pull): void {
    const suite = this.#now(pull);
    pull.red.push(suite);
    this.#send(tellsRed(pull, suite));
  }
}

export function headOf({ heads }: Pull): string {
  return heads.at(-1) ?? "";
}

export function isRed(pull: Pull): boolean {
  return pull.red.some(({ head }) => head === headOf(pull));
}

/** At the gate, and among the remarks, only somebody's last review counts. */
export function lastOf(pull: Pull, login: Review["login"]): Review | undefined {
  return pull.reviews.findLast((review) => review.login === login);
}

/** What those who may object want of the pull request, in the form in which GitHub is read. */
export function remarksOn(pull: Pull) {
  const asking = pull.reviews.filter((review) => review.state === "CHANGES_REQUESTED" && !review.isDismissed);
  const bob = { login: "bob", type: "User" } as const;
  return {
    threads: [],
    reviews: asking.map((review) => ({
      key: `review/${review.id}`,
      by: review.login === "bob" ? bob : ({ login: review.login, type: "Bot" } as const),
      text: review.login === "bob" ? "No." : `No. ${ownMarker}`,
      objects: lastOf(pull, review.login) === review,
      headSha: review.head,
    })),
    comments: pull.mentions.map(({ id }) => ({ key: `comment/${id}`, by: bob, text: mention })),
  };
}

const mention = "@dev-e please";

function tellsChange(pull: Pull, action: string, before?: string): readonly DeliveryDraft[] {
  const shown = {
    number: pull.number,
    title: "Sell more",
    body: "Closes #7",
    user: { login: "dev-e[bot]" },
    head: { ref: "feature/issue-7", sha: headOf(pull), repo: { full_name: "acme/shop" } },
    base: { ref: "main" },
    labels: pull.labels.map((name) => ({ name })),
    updated_at: pull.updatedAt,
  };
  const payload = { action, pull_request: shown, repository, sender: { login: "bob" } };
  const whole = before === undefined ? payload : { ...payload, before };
  return factsOf({ event: "pull_request", payload: whole }, () => [7]);
}

function tellsReview({ number }: Pull, { id, login, isDismissed, head, ...given }: Review): readonly DeliveryDraft[] {
  const user = { login, type: login === "bob" ? "User" : "Bot" };
  const state = isDismissed ? "dismissed" : given.state.toLowerCase();
  const review = { id, user, state, commit_id: head };
  const action = isDismissed ? "dismissed" : "submitted";
  return factsOf({ event: "pull_request_review", payload: { action, review, pull_request: { number }, repository } });
}

function tellsMention({ number }: Pull, { id, at }: Dated): readonly DeliveryDraft[] {
  const comment = { id, body: mention, user: { login: "bob", type: "User" }, updated_at: at };
  const issue = { number, pull_request: {} };
  return factsOf({ event: "issue_comment", payload: { action: "created", issue, comment, repository } });
}

function tellsRed({ number }: Pull, { id, head, at }: Dated): readonly DeliveryDraft[] {
  const suite = { id, head_sha: head, conclusion: "failure", updated_at: at, pull_requests: [{ number }] };
  return factsOf({ event: "check_suite", payload: { action: "completed", check_suite: suite, repository } });
}

/** What the reconciler tells of a pull request: what is missing and happened before this time (services/reconciler/decide-change.ts). */
export function missingOn(pull: Pull, history: readonly ChangeFact[], before: string): readonly DeliveryDraft[] {
  const standing = missingStanding(pull, history);
  if (standing.length > 0 && pull.updatedAt > before) return [];
  const reviews = pull.reviews.filter(({ id, isDismissed }) => {
    const told = history.filter(({ type, data }) => type === "REVIEW_SUBMITTED" && data.reviewId === id);
    return !told.some(({ type, data }) => !isDismissed || (type === "REVIEW_SUBMITTED" && data.state === "dismissed"));
  });
  const red = pull.red.filter(
    ({ id, head: headSha }) => !history.some((fact) => isOfSuite(fact, { suiteId: id, headSha })),
  );
  const mentions = pull.mentions.filter(
    ({ id }) => !history.some(({ type, data }) => type === "PR_COMMENTED" && data.commentId === id),
  );
  const isOld = ({ at }: Dated) => at <= before;
  return [
    ...standing,
    ...(pull.open ? reviews.filter(isOld).flatMap((review) => tellsReview(pull, review)) : []),
    ...(pull.open ? red.filter(isOld).flatMap((suite) => tellsRed(pull, suite)) : []),
    ...mentions.filter(isOld).flatMap((mention) => tellsMention(pull, mention)),
  ];
}

function missingStanding(pull: Pull, history: readonly ChangeFact[]): readonly DeliveryDraft[] {
  const { known, open, headSha } = foldChange(history);
  if (!known) return [...tellsChange(pull, "opened"), ...(pull.open ? [] : tellsChange(pull, "closed"))];
  if (!pull.open) return open ? tellsChange(pull, "closed") : [];
  if (!open) return tellsChange(pull, "reopened");
  if (headSha !== headOf(pull)) return tellsChange(pull, "synchronize", headSha);
  const led = ["PR_OPENED", "PR_SYNCHRONIZED", "PR_REOPENED"];
  if (!history.some(({ type }) => led.includes(type))) return tellsChange(pull, "opened");
  const labels = history.findLast(isOfChange)?.data.labels ?? [];
  return labels.length === pull.labels.length ? [] : tellsChange(pull, "edited");
}

/** What somebody may do to a pull request. `what` chooses among several ways. */
export const deeds = {
  push: (forge, pull, what) => forge.push(pull, `p${what}`),
  "push back": (forge, pull, what) => forge.push(pull, pull.heads[what % pull.heads.length] ?? ""),
  close: (forge, pull) => pull.open && forge.change(pull, "closed"),
  reopen: (forge, pull) => forge.openPull() === undefined && forge.change(pull, "reopened"),
  dismiss: (forge, pull) => {
    const last = lastOf(pull, "review-e[bot]");
    if (last !== undefined && !last.isDismissed) forge.dismiss(pull, last);
  },
  object: (forge, pull) => forge.review(pull, "bob", "CHANGES_REQUESTED"),
  mention: (forge, pull) => forge.mention(pull),
  fail: (forge, pull) => forge.fail(pull),
  conflict: (_, pull) => pull.conflicting.add(headOf(pull)),
  label: (forge, pull, what) => {
    pull.labels.push(`size/${what}`);
    forge.change(pull, "labeled");
  },
} as const satisfies Readonly<Record<string, (forge: LiveForge, pull: Pull, what: number) => unknown>>;
export type Deed = keyof typeof deeds;

/** Somebody does one of these to the open pull request, or to the last one. */
export function meddle(forge: LiveForge, done: readonly Deed[], what: number): void {
  const pull = forge.openPull() ?? forge.pulls.at(-1);
  const deed = done[what % done.length];
  if (pull !== undefined && deed !== undefined) deeds[deed](forge, pull, Math.floor(what / done.length));
}
