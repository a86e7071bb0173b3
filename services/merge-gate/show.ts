import { Effect } from "effect";
import { type ChangeRef, changeAt } from "#contracts/aggregates.ts";
import { foldChange } from "#contracts/change-life.ts";
import { type Evaluation, said } from "#contracts/gate/evaluate.ts";
import { append, load, loadFromLeader } from "#kit/facts/aggregate.ts";
import { postVerdict } from "./check-run.ts";
import { recordUnshown } from "./decide.ts";
import type { Following, Handling } from "./handling.ts";
import type { Merging } from "./merge.ts";

// What is shown on the pull request, and what is told where nothing can be.

/** A verdict to show; null where it is not shown. `isNew`: whether it is another one than before. */
interface ToShow {
  readonly seen: Merging;
  readonly evaluation: Evaluation | null;
  readonly isNew: boolean;
}

/** Posts a verdict where GitHub shows another one, until it stands there once. What GitHub refuses is told once for each change, and tried again with the next other verdict. */
export const showing = (handling: Handling, { seen, evaluation, isNew }: ToShow): Effect.Effect<Following["show"]> =>
  Effect.sync(() => {
    const { policy, change, forge } = seen;
    const isAsBefore = evaluation !== null && change.lastGate !== null && said(change.lastGate) === said(evaluation);
    let isDone = evaluation === null || (change.shownInstead === "nothing" && isAsBefore);
    const pr = changeAt({ ...seen.on, number: forge.number });
    const post = Effect.gen(function* () {
      if (isDone || evaluation === null) return;
      const { mode } = policy;
      const isLast = isLastVerdict(pr, evaluation);
      const posted = yield* postVerdict(pr, { evaluation, mode, shown: forge.verdict, isNew, isLast });
      isDone = posted !== "later";
      if (typeof posted === "string" || posted.instead === change.shownInstead) return;
      const key = {
        service: "merge-gate",
        cause: handling.cause,
        step: `unshown #${pr.number} ${posted.instead}`,
      } as const;
      yield* append(key, pr, (history) => recordUnshown(posted, { ...seen, change: foldChange(history) }));
    });
    return Effect.ignore(post);
  });

/** Whether the history has no later verdict that says something else: facts of the issue and of its change are handled at the same time, and by several gates. */
function isLastVerdict(pr: ChangeRef, evaluation: Evaluation) {
  const history = Effect.flatMap(load(pr), (known) => loadFromLeader(pr, known));
  return Effect.map(history, ({ facts }) => {
    const { lastGate } = foldChange(facts);
    return lastGate === null || said(lastGate) === said(evaluation);
  });
}
