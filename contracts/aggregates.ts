/**
 * The kind of an aggregate. Each fact belongs to the history of one aggregate. Services decide on `issue` and `pr` aggregates. `ops` facts
 * (the cost of an issue) have a history of their own, so that they never conflict with a decision on the issue. `fleet` facts are about the
 * rig as a whole and `tick` facts are instants of the clock: both have a topic in place of a repository and a number.
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

/** One topic of the fleet (`dead-letters`, `text`) or one schedule of the clock (`minute`). Each topic and each schedule has its own history. */
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

/** One repository on GitHub. */
export interface RepositoryRef {
  readonly owner: string;
  readonly repo: string;
}

/** Repository and number of an issue or a pull request. */
export interface Place extends RepositoryRef {
  readonly number: number;
}

/** Makes the address of an issue; other fields of the argument are left out. */
export function issueAt({ owner, repo, number }: Place): IssueRef {
  return { kind: "issue", owner, repo, number };
}

/** Makes the address of a pull request; other fields of the argument are left out. */
export function changeAt({ owner, repo, number }: Place): ChangeRef {
  return { kind: "pr", owner, repo, number };
}

/** The address in words, as GitHub and people write it: `acme/widgets#7`, `fleet/dead-letters`. */
export function shortName(on: AggregateRef): string {
  return "topic" in on ? `${on.kind}/${on.topic}` : placeName(on);
}

/** An issue or a pull request in words, `acme/widgets#7`, or with `number` null its repository, `acme/widgets`. */
export function placeName({ number, ...at }: RepositoryRef & { readonly number: number | null }): string {
  return `${repositoryName(at)}${number === null ? "" : `#${number}`}`;
}

/** A repository in words: `acme/widgets`. */
export function repositoryName({ owner, repo }: RepositoryRef): string {
  return `${owner}/${repo}`;
}

/** Whether both are one repository: GitHub's names are the same in upper and lower case. */
export function isSameRepository(one: RepositoryRef, other: RepositoryRef): boolean {
  return repositoryName(one).toLowerCase() === repositoryName(other).toLowerCase();
}
