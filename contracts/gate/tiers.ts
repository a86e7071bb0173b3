import { coveredBy } from "../path-pattern.ts";
import type { GatePolicy } from "../policy.ts";
import { inOneLine, pathsOf, personReasons } from "./always-person.ts";
import { approvableHeads, isCarried, peopleWhoApprove, withdrawn } from "./approvals.ts";
import { type Check, no, yes } from "./condition.ts";
import { type HeadTier, isLower } from "./head-tiers.ts";
import { narrowPersonRules, type PersonRules } from "./person-rules.ts";
import type { ForgeState, Snapshot } from "./snapshot.ts";
import { type TierName, tierNames } from "./tier-rules.ts";

// Of which tier of risk a change is, what that needs, and which approvals count for it.

/** The tier of a head, why it is that one, and the rules that say so. `isSeen`: whether all of its files are seen; otherwise it counts as the highest. */
export interface Risk extends HeadTier {
  readonly because: readonly string[];
  readonly isSeen: boolean;
  readonly rules: PersonRules;
}

/** The tier of the head of a change, and the one by the operator's rules alone; null where nothing of it is merged, or where it is not known which rules hold: another condition holds it then. */
export function riskOf({ issue, forge }: Snapshot, policy: GatePolicy): Risk | null {
  const { open, ownRepository, changed, repositoryRules } = forge;
  if (!open || !ownRepository || !("own" in repositoryRules)) return null;
  const rules = narrowPersonRules(policy, repositoryRules.own);
  if (changed.unseen.length > 0)
    return { tier: "high", operatorTier: "high", because: ["not all of its files are seen"], isSeen: false, rules };
  const labels = [...forge.labels, ...forge.labelsTakenOff, ...(forge.issue?.labels ?? []), ...issue.labels];
  const because = reasonsFor(changed, labels, rules);
  const tier = highest(because);
  const isNarrowed = Object.keys(repositoryRules.own).length > 0;
  const operatorTier = isNarrowed ? highest(reasonsFor(changed, labels, policy)) : tier;
  return { tier, operatorTier, because: because[tier], isSeen: true, rules };
}

function highest(because: ReturnType<typeof reasonsFor>): TierName {
  return tierNames.findLast((name) => because[name].length > 0) ?? "low";
}

/** What puts a change into each tier. */
function reasonsFor(changed: ForgeState["changed"], labels: readonly string[], rules: PersonRules) {
  const { files } = changed;
  const { tiers } = rules;
  const lines = files.reduce((sum, { additions, deletions }) => sum + additions + deletions, 0);
  const reasonsOf = (name: "medium" | "high"): readonly string[] => {
    const { paths, labels: wanted, kinds, filesOver, linesOver } = tiers[name];
    const path = files.flatMap(pathsOf).filter(coveredBy(paths)).sort()[0];
    const label = wanted.find((each) => labels.some((on) => on.toLowerCase() === each.toLowerCase()));
    const kind = kinds.find((each) => files.some(({ status }) => status === each));
    return [
      ...(path === undefined ? [] : [`it changes ${inOneLine(path)}`]),
      ...(label === undefined ? [] : [`it has the label ${inOneLine(label)}`]),
      ...(kind === undefined ? [] : [`a file is ${kind}`]),
      ...(files.length > filesOver ? [`it has ${files.length} files, more than ${filesOver}`] : []),
      ...(lines > linesOver ? [`it has ${lines} changed lines, more than ${linesOver}`] : []),
    ];
  };
  // Without labels: one that lets a large change pass takes none of its risk away.
  const ofPerson = personReasons(changed, [], rules).map(({ rule }) => rule);
  const looked = ofPerson.length > 0 ? [`a person has to look at it (${ofPerson.join(", ")})`] : [];
  const low = ["nothing puts it into a higher one"];
  return { low, medium: reasonsOf("medium"), high: [...looked, ...reasonsOf("high")] };
}

/** What a change of this tier needs: all that it needs in a lower one, too. */
function needsOf(tier: TierName, { tiers }: PersonRules): { readonly approvals: number; readonly person: boolean } {
  const upTo = tierNames.slice(0, tierNames.indexOf(tier) + 1).map((name) => tiers[name]);
  return {
    approvals: Math.max(...upTo.map(({ approvals }) => approvals)),
    person: upTo.some(({ person }) => person),
  };
}

/**
 * The snapshot with the approvals withdrawn that were given on a head of a lower tier than this one. An approval of this head, or of one of which it is
 * nothing but an update, stays. Of a head that the gate did not evaluate the tier is not known, and it counts as the lowest.
 */
export function withoutWithdrawn(seen: Snapshot, risk: Risk | null): Snapshot {
  const { forge, change } = seen;
  if (risk === null) return seen;
  const { tiers } = change;
  const heads = approvableHeads(forge);
  const reviews = forge.reviews.map((review) => {
    const isOfNow = isCarried(review, forge);
    // After a push by force GitHub may name another head for an approval of an earlier one, of which nobody knows then which it was.
    const isDoubtful = forge.forcedAt !== null && !(Date.parse(review.submittedAt) > Date.parse(forge.forcedAt));
    const given = heads.includes(review.headSha) || isDoubtful ? "" : review.headSha;
    if (review.state !== "APPROVED" || isOfNow || !isLower(tiers[given], risk)) return review;
    return {
      ...review,
      state: withdrawn,
      note: `given on ${given.slice(0, 7) || "an earlier head"}, of tier ${tiers[given]?.tier ?? "unknown"}`,
    };
  });
  return { ...seen, forge: { ...forge, reviews } };
}

/** Whether the change has what its tier of risk needs. `seen` has no approval that was withdrawn. */
export function tierCheck(seen: Snapshot, risk: Risk | null): Check {
  if (risk === null) return yes("tier", "not known, because nothing is merged, or the rules are not known");
  const { tier, because, rules } = risk;
  const needs = needsOf(tier, rules);
  const gone = seen.forge.reviews.filter(({ state, trusted }) => state === withdrawn && trusted);
  const lost = gone.map(({ reviewer, note }) => `the approval of ${reviewer}, ${note}, is withdrawn`);
  const what = `of tier ${tier}, because ${because.slice(0, reasonsMax).join(" and ")}`;
  const said = (more: string) => [`${what}${more}`, ...lost].join("; ");
  if (needs.person) return no("tier", "tier-person", said(": a person has to merge such a change"));
  const given = peopleWhoApprove(seen);
  if (given.length >= needs.approvals)
    return yes("tier", said(given.length > 0 ? `; approved by ${given.join(", ")}` : ""));
  const wanted = needs.approvals === 1 ? "an approval" : `${needs.approvals} approvals`;
  const by = given.length === 0 ? "none" : `${given.length} (${given.join(", ")})`;
  return no(
    "tier",
    "tier-approvals",
    said(`, which needs ${wanted} of people who may write and have no part in it; given: ${by}`),
  );
}

/** 2: a reason is one sentence. */
const reasonsMax = 2;
