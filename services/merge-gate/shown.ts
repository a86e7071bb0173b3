import { Clock, Effect } from "effect";
import { changeAt, type IssueRef } from "#contracts/aggregates.ts";
import type { Seen } from "#contracts/gate/snapshot.ts";
import { readyLabel } from "#contracts/labels.ts";
import { lagMs } from "#contracts/waits.ts";
import { load, loadIssue } from "#kit/facts/aggregate.ts";
import { waitForGitHub } from "#kit/github/lag.ts";
import type { Trust } from "#kit/github/trust.ts";
import type { Fresh } from "./forge.ts";
import { notShown, withoutEmptyVerdicts } from "./told.ts";
import { mayObject } from "./weigh.ts";

// Where GitHub's answer and its deliveries say different things, one of the two is from before the other.

/**
 * Fails with `Retryable` as long as GitHub's answer may be from before what it told of the issue, of its change, or of its other pull requests.
 * What everybody may write is waited for only of those who may object.
 */
export const waitUntilShown = Effect.fn("waitUntilShown")(function* (on: IssueRef, fresh: Fresh, trust: Trust) {
  yield* waitForLabel(on, fresh);
  const sinceMs = (yield* Clock.currentTimeMillis) - lagMs;
  const isLate = ({ occurredAt }: { readonly occurredAt: string }) => Date.parse(occurredAt) >= sinceMs;
  const statuses = (yield* load(on)).facts.filter(({ type }) => type === "STATUS_REPORTED");
  for (const [number, shown] of fresh.shown) {
    const { facts } = yield* load(changeAt({ ...on, number }));
    for (const { fact, what, by } of notShown([...statuses, ...withoutEmptyVerdicts(facts)].filter(isLate), shown)) {
      if (by !== null && !(yield* mayObject(trust, on, by)).value) continue;
      yield* waitForGitHub(fact, `GitHub told of #${number}, and does not show yet, ${what}`);
    }
  }
});

const waitForLabel = Effect.fn("waitForLabel")(function* (on: IssueRef, { issue: shown }: Fresh) {
  const { lastLabel } = yield* loadIssue(on);
  if (lastLabel?.isOn !== false || shown?.labelled !== true) return;
  const what = `GitHub still shows the label ${readyLabel} on #${on.number}, and told that it was taken off`;
  yield* waitForGitHub({ occurredAt: lastLabel.at }, what);
});

/**
 * What GitHub shows of the issue and no delivery told: that ends the work on it, so the delivery or the reconciler follows, or GitHub shows
 * the issue as before. Nothing else would wake the gate then.
 */
export function untoldOf({ on, issue, forge }: Seen): readonly string[] {
  const it = `#${on.number}`;
  if (forge.issue?.open !== true) return issue.closed ? [] : [`no delivery says yet that ${it} is not open any more`];
  const isTold = forge.issue.labelled || issue.lastLabel?.isOn === false;
  return isTold ? [] : [`no delivery says yet that the label ${readyLabel} was taken off ${it}`];
}
