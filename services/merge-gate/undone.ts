import type { Undone } from "#contracts/gate/snapshot.ts";
import { isWorkInProgress } from "#contracts/gate/work-in-progress.ts";
import { isManualMerge } from "#contracts/labels.ts";
import type { Account } from "#kit/github/trust.ts";

// What happened to a pull request, as GitHub's list of its events has it, and what of it holds although GitHub shows nothing of it any more.

/** One event of a pull request. `actor` has no login when the account is deleted. */
export interface ChangeEvent {
  readonly event: string;
  /** When it happened: ISO 8601. */
  readonly at: string;
  readonly actor: Account;
  /** The name of the label that was set or taken off; empty for another event. */
  readonly label: string;
  /** The titles before and after; absent for another event. */
  readonly renamed?: { readonly from: string; readonly to: string };
  /** The review that was dismissed, and its state before. */
  readonly dismissed: { readonly reviewId: number; readonly state: string } | null;
  /** Whose review was asked for, or is not any more; absent for another event. */
  readonly requested?: Account;
  /** Why a merge queue removed it, in GitHub's words; absent for another event, and where GitHub does not say it. */
  readonly reason?: string;
}

/** Whose events count: those of people hold, and only a person who may write ends what a person wants, or lets a large change pass. */
export interface Judged {
  isPerson(account: Account): boolean;
  /** Whether this is a person who may write, as far as GitHub tells it. */
  isWriter(account: Account): boolean;
}

/** How a pull request stands on GitHub now. */
export interface Shown {
  readonly open: boolean;
  readonly draft: boolean;
  readonly labels: readonly string[];
  readonly title: string;
}

/**
 * What no person who may write undid: the label `manual-merge`, whoever set it, a draft that a person made of it, a title that a person marked as work in
 * progress, and that a person closed it. Nobody is named where the label was deleted, or where GitHub does not list yet who undid it.
 */
export function undoneIn(judged: Judged, { open, draft, labels, title }: Shown, events: readonly ChangeEvent[]) {
  const ofLabel = events.filter(({ label }) => isManualMerge(label));
  const ofTitle = events.flatMap(markOf);
  const mayBePerson = (actor: Account) => actor.login === "" || judged.isPerson(actor);
  const last = (what: Undone["what"], ends: { readonly did: string; readonly undid: string }): readonly Undone[] => {
    let undone: Undone | null = null;
    for (const { event, actor } of { label: ofLabel, title: ofTitle, draft: events, closing: events }[what]) {
      const counts = what === "label" || (event === ends.did ? mayBePerson(actor) : undone !== null);
      if (counts && event === ends.did) undone = { what, login: null };
      if (counts && event === ends.undid) undone = judged.isWriter(actor) ? null : { what, login: actor.login || null };
    }
    return undone === null ? [] : [undone];
  };
  return [
    ...(labels.some(isManualMerge) ? [] : last("label", { did: "labeled", undid: "unlabeled" })),
    ...(draft ? [] : last("draft", { did: "convert_to_draft", undid: "ready_for_review" })),
    ...(isWorkInProgress(title) ? [] : last("title", { did: "marked", undid: "unmarked" })),
    ...(open ? last("closing", { did: "closed", undid: "reopened" }) : []),
  ];
}

/** What a change of the title says of work in progress. */
function markOf({ actor, renamed }: ChangeEvent): readonly Pick<ChangeEvent, "event" | "actor">[] {
  if (renamed === undefined) return [];
  const [before, after] = [renamed.from, renamed.to].map(isWorkInProgress);
  return before === after ? [] : [{ event: after ? "marked" : "unmarked", actor }];
}

/** Whether its base was ever another one: changed by somebody, or by GitHub when the base branch was deleted. */
export function isBaseChanged(events: readonly ChangeEvent[]): boolean {
  return events.some(({ event }) => event === "base_ref_changed" || event === "automatic_base_change_succeeded");
}
