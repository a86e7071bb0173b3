import type { DataOf } from "#contracts/catalogue.ts";
import type { GatePolicy } from "#contracts/policy.ts";
import { ciCheck } from "./ci.ts";
import type { Check } from "./condition.ts";
import { issueCheck } from "./issue.ts";
import { mergeableCheck } from "./mergeable.ts";
import { openCheck } from "./open.ts";
import { epochCheck, originCheck } from "./origin.ts";
import { personCheck } from "./person.ts";
import { reviewCheck } from "./review.ts";
import { rulesCheck } from "./rules.ts";
import { type Seen, type Snapshot, snapshotOf } from "./snapshot.ts";
import { threadsCheck } from "./threads.ts";
import { riskOf, tierCheck, withoutWithdrawn } from "./tiers.ts";

/** What the gate found: whether the head may be merged, and for each condition whether it is met and why. */
export type Evaluation = DataOf<"GATE_EVALUATED">;

/** 100: the reconciler compares only these. If a delivery about a later thread is lost, the gate finds it at its next look, 65 minutes later at first. */
const threadsMax = 100;

/**
 * The acceptance gate: a pure function of what GitHub and the histories said at one moment, and of the operator's policy. An approval is the
 * only thing in it that a model decides.
 */
export function evaluate(given: Snapshot, policy: GatePolicy): Evaluation {
  const risk = riskOf(given, policy);
  const seen = withoutWithdrawn(given, risk);
  const conditions = [
    ...[openCheck, issueCheck, originCheck, epochCheck],
    ...[ciCheck, baseCheck, reviewCheck, threadsCheck, personCheck],
    ...[(now: Snapshot) => tierCheck(now, risk), mergeableCheck],
  ];
  const checks = conditions.map((check) => check(seen, policy));
  const threads = seen.forge.threads?.holding.slice(0, threadsMax) ?? [];
  const passed = checks.every((check) => check.passed);
  return {
    headSha: seen.forge.headSha,
    passed,
    checks,
    threads,
    ...(risk?.isSeen ? { tier: risk.tier, operatorTier: risk.operatorTier } : {}),
    ...shadowIn(policy),
  };
}

function shadowIn({ mode }: GatePolicy): { readonly shadow?: true } {
  return mode === "shadow" ? { shadow: true } : {};
}

/** What an evaluation says, to compare it with another one: without when it was made, and without its snapshot. */
export function said({ headSha, passed, checks, threads, shadow = false }: Evaluation): string {
  const conditions = checks.map((check) => [check.name, check.passed, check.hold, check.why, check.leftAside]);
  return JSON.stringify([headSha, passed, conditions, threads, shadow]);
}

/** The verdict on what the gate's service knows now. */
export function evaluateSeen(seen: Seen): Evaluation {
  return evaluate(snapshotOf(seen), seen.policy);
}

function baseCheck(seen: Snapshot, policy: GatePolicy): Check {
  const isReviewed = reviewCheck(seen).passed;
  const others = [openCheck(seen), ciCheck(seen, policy), threadsCheck(seen), mergeableCheck(seen, policy)];
  return rulesCheck(seen, { isReviewed, isAllElseThere: isReviewed && others.every(({ passed }) => passed) });
}
