import type { Place } from "#contracts/aggregates.ts";
import type { DataOf } from "#contracts/catalogue.ts";
import type { CheckEnd, RequiredCheck } from "#contracts/checks.ts";
import type { Undone } from "./decide-undone.ts";

/** What GitHub says of a pull request now, asked afresh for every evaluation. */
export interface ForgeState {
  readonly number: number;
  readonly open: boolean;
  readonly draft: boolean;
  readonly title: string;
  readonly branch: string;
  readonly baseBranch: string;
  readonly body: string;
  /** What the body closes for certain, and all that it may close. */
  readonly closedByBody: { readonly certain: readonly Place[]; readonly possible: readonly Place[] };
  /**
   * What GitHub lists as linked, by the body or by hand, and how much of it there is. null while nobody can say: only GraphQL
   * knows, and its rate limit is used up.
   */
  readonly linked: { readonly places: readonly Place[]; readonly count: number } | null;
  /** The commits that the merge brings, as far as GitHub lists them, and how many there are. */
  readonly commits: readonly { readonly sha: string; readonly message: string }[];
  readonly commitsCount: number;
  readonly author: string;
  /** Whether the operator named the author as an agent of the rig. */
  readonly byAgent: boolean;
  /** Whether the head branch is in the repository itself, and not in a fork. */
  readonly ownRepository: boolean;
  readonly headSha: string;
  readonly labels: readonly string[];
  /** What holds until a person undoes it, and was undone by somebody else. */
  readonly undone: readonly Undone[];
  /** Whether GitHub lists that its base was changed, also when it was changed back. */
  readonly baseChanged: boolean;
  /** Whether GitHub lists more events than the gate reads. */
  readonly eventsCut: boolean;
  /** The other pull requests from the branches that are not merged and that no person closed, and whether there are more than are read. */
  readonly others: readonly Other[];
  readonly othersCut: boolean;
  /** null while GitHub has not computed it. */
  readonly mergeable: boolean | null;
  /**
   * Why the head, which lacks commits of the base, has to have them: the base demands it (`strict`), or others merged commits into it that the
   * head had before, which no diff shows (`shared`). null where it need not, or lacks none.
   */
  readonly behind: "strict" | "shared" | null;
  /** The merge base of the head and its base now: where a diff of the head begins. null where another head has to follow, or nothing is merged. */
  readonly mergeBase: string | null;
  readonly checks: readonly CheckEnd[];
  /** What the rulesets and the protection of the base branch demand, or why GitHub does not tell it. */
  readonly requiredChecks: readonly RequiredCheck[] | { readonly untold: string };
  /**
   * Oldest first. `trusted`: the review counts, of a reviewer who objected and may, or is appointed; `appointed`: the operator named it;
   * `note`: why an objection counts although GitHub does not show it as one, or does not tell whether its author may object; mostly empty.
   */
  readonly reviews: readonly {
    readonly reviewer: string;
    readonly trusted: boolean;
    readonly appointed: boolean;
    readonly state: string;
    readonly headSha: string;
    /** When it was submitted: ISO 8601; empty while it is pending. */
    readonly submittedAt: string;
    /** The hash of the approved text that it is of, by its marker (contracts/review-marker.ts); null for one without. */
    readonly textSha256: string | null;
    /** The merge base that it is of, by its marker; null for one that names none. */
    readonly mergeBase: string | null;
    readonly note: string;
  }[];
  /**
   * The review threads that no person resolved: those that hold the merge, and those in which nobody wrote who may object; `notes` say what
   * GitHub does not show as open; `comments`: the ids of all comments on lines that GitHub shows. null while nobody can say: only GraphQL
   * knows, and its rate limit is used up.
   */
  readonly threads: {
    readonly holding: DataOf<"GATE_EVALUATED">["threads"];
    readonly leftAside: number;
    readonly notes: readonly string[];
    readonly comments: readonly number[];
  } | null;
}

/** Another pull request of the issue. `draft`: a person made it a draft. */
export type Other = Pick<
  ForgeState,
  "number" | "author" | "draft" | "labels" | "undone" | "eventsCut" | "reviews" | "threads"
>;
