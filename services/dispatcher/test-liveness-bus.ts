import { issueAt, type RefOf } from "#contracts/aggregates.ts";
import type { DataOf, FactType } from "#contracts/catalogue.ts";
import { type ChangeFact, type ChangeLife, evolveChange, unknownChange } from "#contracts/change-life.ts";
import { type Enqueues, isConsumedBy } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import { evolveIssue, type IssueFact, type IssueLife, unknownIssue } from "#contracts/issue-life.ts";
import { isReconciled } from "#contracts/reconciled.ts";
import { emptyText, factOf } from "#contracts/test-facts.ts";
import type { Consumed } from "./decide.ts";
import { type LiveForge, missingOn } from "./test-liveness-forge.ts";

// The bus of the liveness test, with the webhook and the reconciler.

export const issueRef = issueAt({ owner: "acme", repo: "shop", number: 7 });

/** A fact for the dispatcher, and what it appended because of it. */
export interface Message {
  readonly fact: Consumed;
  readonly own: IssueFact[];
}

export class LiveBus {
  readonly forge: LiveForge;
  /** What the dispatcher has not handled yet, and what it has. */
  readonly inbox: Message[] = [];
  readonly handled: Message[] = [];
  readonly work = new Map<string, Enqueues<"dispatcher">>();
  /** What happened, for whoever reads a failure. */
  readonly log: string[] = [];
  #issue: IssueLife = unknownIssue;
  readonly #changes = new Map<number, ChangeLife>();
  readonly #histories = new Map<number, ChangeFact[]>();
  #comparedAt = 0;

  constructor(forge: LiveForge) {
    this.forge = forge;
  }

  issue(): IssueLife {
    return this.#issue;
  }

  change(number: number): ChangeLife {
    return this.#changes.get(number) ?? unknownChange;
  }

  #history(number: number): readonly ChangeFact[] {
    return this.#histories.get(number) ?? [];
  }

  #evolve({ number }: { readonly number: number }, fact: ChangeFact): void {
    this.#changes.set(number, evolveChange(this.change(number), fact));
    this.#histories.set(number, [...this.#history(number), fact]);
  }

  store<Type extends FactType>(actor: string, on: RefOf<"issue" | "pr">, type: Type, data: DataOf<Type>): Fact<Type> {
    const more = { actor, id: `${this.log.length}/0`, occurredAt: this.forge.at() };
    const fact = { ...factOf(type, data, more), on } as Fact<Type>;
    this.log.push(`${this.forge.now} #${on.number} ${type} by ${actor} ${JSON.stringify(data)}`);
    const known: Fact = fact;
    if (on.kind === "issue") this.#issue = evolveIssue(this.#issue, known as IssueFact);
    else this.#evolve(on, known as ChangeFact);
    if (isConsumedBy("dispatcher", known)) this.inbox.push({ fact: known as Consumed, own: [] });
    return fact;
  }

  /** The webhook translates all that was sent, or one of it. */
  deliver(which: number): void {
    for (const draft of some(this.forge.deliveries, which).flat()) {
      if (draft.on.kind === "pr" && !isReconciled(this.#history(draft.on.number), draft)) this.#tell("webhook", draft);
    }
  }

  /** The reconciler compares each minute, and tells what is missing for one. */
  tick(): void {
    if (this.forge.now - this.#comparedAt < 60) return;
    this.#comparedAt = this.forge.now;
    for (const pull of this.forge.pulls) {
      const drafts = missingOn(pull, this.#history(pull.number), this.forge.at(-60));
      for (const draft of drafts) this.#tell("reconciler", draft);
    }
  }

  #tell(actor: "webhook" | "reconciler", { on, type, data }: LiveForge["deliveries"][number][number]): void {
    if (on.kind !== "pr") return;
    const stored = "body" in data ? { ...data, body: emptyText } : data;
    this.store(actor, on, type, stored as DataOf<typeof type>);
  }
}

/** Takes all out of a list, or one of it. */
export function some<Each>(list: Each[], which: number): readonly Each[] {
  return which === 0 ? list.splice(0) : list.splice(which % Math.max(1, list.length), 1);
}
