import { Result, Schema } from "effect";
import type { IssueRef } from "#contracts/aggregates.ts";
import type { ChangeLife } from "#contracts/change-life.ts";
import { replacedSinceFix } from "#contracts/fix.ts";
import type { IssueLife } from "#contracts/issue-life.ts";
import type { GatePolicy } from "#contracts/policy.ts";
import { HeadChecks } from "#contracts/required-checks.ts";
import { Requirements } from "#contracts/requirements.ts";
import { ChangedFiles } from "./changed-files.ts";
import { CodeOwners } from "./code-owners.ts";
import { HeadTiers, tiersReviewed } from "./head-tiers.ts";
import { IssueSeen, issueSeen } from "./issue-seen.ts";
import { RepositoryPersonRules } from "./person-rules.ts";
import { ThreadsSeen } from "./threads-seen.ts";
import { Update } from "./updates.ts";

// What the gate decides on, as it was at one moment: plain values, so that the verdict on it can be computed again later, by anybody and under
// another policy. It is stored beside GATE_EVALUATED, for 30 days. It holds no long text: a body or a commit's message stands in it as
// what it closes.

const Place = Schema.Struct({ owner: Schema.String, repo: Schema.String, number: Schema.Int });
const Places = Schema.Array(Place);
const NullOrText = Schema.NullOr(Schema.String);
const Texts = Schema.Array(Schema.String);

/** Something that a person did and that somebody else reversed. It holds until a person ends it. `login`: who reversed it; null where GitHub does not name him. */
export const Undone = Schema.Struct({
  what: Schema.Literals(["label", "draft", "title", "closing"]),
  login: NullOrText,
});
export type Undone = typeof Undone.Type;

/**
 * What GitHub requires of the merge, what reported on the head, and who the gate is there: an App's login ends in `[bot]`; its id is null for
 * a token, and where the App did nothing on the head.
 */
const Required = Schema.Struct({
  requirements: Requirements,
  head: HeadChecks,
  gate: Schema.Struct({ login: Schema.String, appId: Schema.NullOr(Schema.Int) }),
});
export type Required = typeof Required.Type;

/**
 * A review. `trusted`: it counts, of a reviewer who objected and may, or is appointed; `appointed`: the operator named its reviewer;
 * `note`: why an objection counts although GitHub does not show it as one, or does not tell whether its author may object; mostly empty.
 */
const Review = Schema.Struct({
  reviewer: Schema.String,
  trusted: Schema.Boolean,
  appointed: Schema.Boolean,
  state: Schema.String,
  headSha: Schema.String,
  /** When it was submitted: ISO 8601; empty while it is pending. */
  submittedAt: Schema.String,
  /** The head that it is of, by its marker; null for one without. GitHub may name another commit for it after a push by force. */
  markedHead: NullOrText,
  /** The hash of the approved text that it is of, by its marker (contracts/review-marker.ts); null for one without. */
  textSha256: NullOrText,
  /** The merge base that it is of, by its marker; null for one that names none. */
  mergeBase: NullOrText,
  note: Schema.String,
});

const QueueEntry = Schema.Struct({
  ...{ by: Schema.String, isOwn: Schema.Boolean },
  ...{ state: Schema.String, position: Schema.Int },
});

/** A push to the branch: the head that it made, who pushed it, and when it was pushed last: ISO 8601. */
const Push = Schema.Struct({ headSha: Schema.String, by: Schema.Array(Schema.String), at: Schema.String });

/** A person whom a person asked for a review and who gave none; `note`: why that counts although GitHub does not show it. */
export const Requested = Schema.Struct({ login: Schema.String, note: Schema.String });
export type Requested = typeof Requested.Type;

/** What is read of each pull request of the issue. */
const readOfEach = {
  number: Schema.Int,
  author: Schema.String,
  draft: Schema.Boolean,
  labels: Schema.Array(Schema.String),
  undone: Schema.Array(Undone),
  /** Whether GitHub lists more events than the gate reads. */
  eventsCut: Schema.Boolean,
  /** Oldest first. */
  reviews: Schema.Array(Review),
  threads: ThreadsSeen,
};

/** Another pull request of the issue. `draft`: a person made it a draft. */
const Other = Schema.Struct(readOfEach);
export type Other = typeof Other.Type;

/** The issue as GitHub has it now. `textSha256`: the hash of its title and body (`approvedTextHash`). */
const IssueShown = Schema.Struct({
  ...{ open: Schema.Boolean, labelled: Schema.Boolean, labels: Texts, textSha256: Schema.String },
});

/** What GitHub says of a pull request and its issue now, asked afresh for every evaluation. */
const ForgeState = Schema.Struct({
  ...readOfEach,
  /** null where the issue is not in the repository any more. */
  issue: Schema.NullOr(IssueShown),
  open: Schema.Boolean,
  title: Schema.String,
  branch: Schema.String,
  baseBranch: Schema.String,
  /** The epoch that its body has; null for a body without. */
  epoch: Schema.NullOr(Schema.Int),
  /** What the body closes for certain, and all that it may close. */
  closedByBody: Schema.Struct({ certain: Places, possible: Places }),
  /**
   * What GitHub lists as linked, by the body or by hand, and how much of it there is. null while nobody can say: only GraphQL
   * knows, and it does not answer.
   */
  linked: Schema.NullOr(Schema.Struct({ places: Places, count: Schema.Int })),
  /**
   * The commits that the merge brings, as far as GitHub lists them, with what their messages close, whether GitHub verified their signatures,
   * and the logins of their authors, committers and co-authors; and how many there are.
   */
  commits: Schema.Array(
    Schema.Struct({
      sha: Schema.String,
      closes: Places,
      verified: Schema.Boolean,
      by: Schema.Array(Schema.String),
    }),
  ),
  commitsCount: Schema.Int,
  /** Whether the operator named the author as an agent of the rig. */
  byAgent: Schema.Boolean,
  /** Whether the head branch is in the repository itself, and not in a fork. */
  ownRepository: Schema.Boolean,
  headSha: Schema.String,
  /** The pushes of the heads that appointed reviewers approved, as far as GitHub lists them; null where it lists none, or was not asked. */
  pushes: Schema.NullOr(Schema.Array(Push)),
  /** The updates that lead from an approved head to this one, newest first; none where the head is approved itself, or is no update of one that is. */
  updates: Schema.Array(Update),
  /** When the branch was pushed by force last, by the events: ISO 8601; null where it never was. */
  forcedAt: NullOrText,
  /** The people whose review a person waits for. */
  requested: Schema.Array(Requested),
  /** Whether GitHub lists that its base was changed, also when it was changed back. */
  baseChanged: Schema.Boolean,
  /** The other pull requests from the issue's branches that are not merged and that no person closed, and whether there are more than are read. */
  others: Schema.Array(Other),
  /** The open pull request whose branch is its base, and those whose base its branch is. */
  below: Schema.NullOr(Schema.Int),
  above: Schema.Array(Schema.Int),
  /** The numbers of the other open pull requests of the repository's own branches that have this very head, into whichever base. */
  sameHead: Schema.Array(Schema.Int),
  othersCut: Schema.Boolean,
  /** null while GitHub has not computed it. */
  mergeable: Schema.NullOr(Schema.Boolean),
  /**
   * Why the head, which lacks commits of the base, has to have them: the base demands it (`strict`), or others merged commits into it that the
   * head had before, which no diff shows (`shared`). null where it need not, or lacks none.
   */
  behind: Schema.NullOr(Schema.Literals(["strict", "shared"])),
  /** The merge base of the head and its base now: where a diff of the head begins. null where another head has to follow, or nothing is merged. */
  mergeBase: NullOrText,
  /** The files that it changes, the labels on it that a person set, and those of the policy's tiers that somebody took off who may not write. */
  changed: ChangedFiles,
  peopleLabels: Schema.Array(Schema.String),
  labelsTakenOff: Texts,
  /** What `.rig-agent.yaml` of the base branch adds to the rules of which changes a person merges, or what is wrong with it, or why GitHub does not tell it. */
  repositoryRules: Schema.Union([
    Schema.Struct({ own: RepositoryPersonRules }),
    Schema.Struct({ wrong: Schema.String }),
    Schema.Struct({ untold: Schema.String }),
  ]),
  /** The newest commit of the base branch; null where it is not asked for: of one that is merged, or where nothing has to be tested on it. */
  baseSha: NullOrText,
  /** Who owns what it changes, where the base requires their review. */
  owners: CodeOwners,
  /** GitHub's `mergeable_state`: `clean`, `blocked`, `behind` … */
  standing: Schema.String,
  /** Its entry in the merge queue of its base: who put it there, whether that was this gate, and how it stands in GitHub's words; null where it is in none, absent in a snapshot of an earlier rig. */
  queued: Schema.optionalKey(Schema.NullOr(QueueEntry)),
  /** GitHub's own word on the required reviews; null where it requires none, or does not tell. */
  reviewDecision: NullOrText,
  /** What the base requires and what reported, or why GitHub does not tell it; null while GraphQL does not answer. */
  required: Schema.NullOr(Schema.Union([Required, Schema.Struct({ untold: Schema.String })])),
  /** Why GraphQL did not tell what only it knows; absent where it told all, or where its limit is used up. */
  graphQlFault: Schema.optionalKey(Schema.String),
});
export type ForgeState = typeof ForgeState.Type;

/** What the base requires; null where GitHub does not tell it, or was not asked. */
export function requirementsIn({ required }: Pick<ForgeState, "required">): Requirements | null {
  return required !== null && "requirements" in required ? required.requirements : null;
}

/** What the gate needs of the state of the pull request (contracts/change-life.ts). */
const ChangeSeen = Schema.Struct({
  known: Schema.Boolean,
  baseBranch: Schema.String,
  retargeted: Schema.Boolean,
  /** The heads that another one replaced, where the last attempt was a fix: since it began. */
  supersededHeads: Schema.Array(Schema.String),
  /** The tiers of risk of the heads of which there are reviews, as far as the gate evaluated them. */
  tiers: HeadTiers,
});

/** Everything that the gate decides on besides the policy. */
export const Snapshot = Schema.Struct({
  /** When GitHub was asked: ISO 8601 in UTC. */
  at: Schema.String,
  on: Place,
  issue: IssueSeen,
  change: ChangeSeen,
  forge: ForgeState,
  /** The comments on lines of somebody who may object that no person deleted, on this pull request and the issue's others. */
  erased: Schema.Array(Schema.Struct({ author: Schema.String, by: Schema.Struct({ login: Schema.String }) })),
  /** How many comments on lines held a merge of the issue, are on GitHub no more, and nobody told who deleted them. */
  gone: Schema.Int,
  /** The hash of the text that is approved now (`approvedTextHash`). */
  approvedText: Schema.String,
  /** The names of the required checks that failed on the newest commit of the base; asked for only of a change that lacks nothing else. */
  baseRed: Schema.Array(Schema.String),
  /** The number of the pull request that has its turn at the newest commit of the base; null where none has, or this one. */
  ahead: Schema.NullOr(Schema.Int),
  /** The operator's freeze of the merges into the base; null where there is none. */
  freeze: Schema.NullOr(
    Schema.Struct({ branch: NullOrText, reason: Schema.String, person: Schema.String, since: Schema.String }),
  ),
});
export type Snapshot = typeof Snapshot.Type;

/** What the gate's service knows when it evaluates: the whole states, of which the snapshot keeps what the verdict depends on. */
export interface Seen extends Omit<Snapshot, "on" | "issue" | "change"> {
  readonly on: IssueRef;
  readonly issue: IssueLife;
  readonly change: ChangeLife;
  readonly policy: GatePolicy;
}

/** The snapshot as it is stored, without what the verdict does not depend on. */
export function encodeSnapshot(seen: Seen): string {
  return JSON.stringify(Schema.encodeSync(Snapshot)(snapshotOf(seen)));
}

/** Decodes a stored snapshot. Fails for one of another shape, which an earlier rig stored. */
export function decodeSnapshot(text: string): Result.Result<Snapshot, { readonly reason: string }> {
  return Result.mapError(decode(text), (error) => ({ reason: `the snapshot has another shape: ${error.message}` }));
}

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Snapshot));

/** What is kept of what the gate's service knows. */
export function snapshotOf({ on, issue, change, freeze, ...seen }: Seen): Snapshot {
  const { at, forge, erased, gone, approvedText, baseRed, ahead } = seen;
  const { owner, repo, number } = on;
  const { known, baseBranch, retargeted } = change;
  const tiers = tiersReviewed(change.tiers, forge.reviews);
  return {
    at,
    on: { owner, repo, number },
    issue: issueSeen(issue, change),
    change: { ...{ known, baseBranch, retargeted, tiers }, supersededHeads: replacedSinceFix(issue, change) },
    ...{ forge, erased, gone, approvedText, baseRed, ahead },
    freeze: freeze && { branch: freeze.branch, reason: freeze.reason, person: freeze.person, since: freeze.since },
  };
}
