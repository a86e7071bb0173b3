/**
 * The thing whose history a fact belongs to. `issue` and `pr` are aggregates that services decide on; `ops` facts (money,
 * operations) are about an issue and are stored outside of its history, so that they never conflict with a decision on it. `fleet` facts are
 * about the rig as a whole, and `tick` facts are moments of the clock: neither has a repository or a number.
 */
export type AggregateKind = keyof Refs;

interface Refs {
  readonly issue: NumberedRef<"issue">;
  readonly pr: NumberedRef<"pr">;
  readonly ops: NumberedRef<"ops">;
  readonly fleet: TopicRef<"fleet">;
  readonly tick: TopicRef<"tick">;
}

/** One issue or pull request of one repository. Numbers count from 1. */
interface NumberedRef<Kind extends "issue" | "pr" | "ops"> {
  readonly kind: Kind;
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
}

/** One topic of the fleet (`dead-letters`, `text`), or one schedule of the clock (`minute`): each has a history of its own. */
interface TopicRef<Kind extends "fleet" | "tick"> {
  readonly kind: Kind;
  readonly topic: string;
}

/** The address of a history of one kind. */
export type RefOf<Kind extends AggregateKind> = Refs[Kind] & { readonly kind: Kind };
/** The address of any history. */
export type AggregateRef = Refs[AggregateKind];

export type IssueRef = RefOf<"issue">;
export type ChangeRef = RefOf<"pr">;

/** Owner, repository and number of an issue or a pull request. */
export interface Place {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
}

/** The issue with this number; anything else that the argument carries is left out. */
export function issueAt({ owner, repo, number }: Place): IssueRef {
  return { kind: "issue", owner, repo, number };
}

/** The pull request with this number; anything else that the argument carries is left out. */
export function changeAt({ owner, repo, number }: Place): ChangeRef {
  return { kind: "pr", owner, repo, number };
}

/** The address in words, as GitHub and people write it: `acme/widgets#7`, `fleet/dead-letters`. */
export function shortName(on: AggregateRef): string {
  return "topic" in on ? `${on.kind}/${on.topic}` : `${on.owner}/${on.repo}#${on.number}`;
}
