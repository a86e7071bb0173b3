import { Effect } from "effect";
import { changeAt, type Place } from "#contracts/aggregates.ts";
import type { Check } from "#contracts/gate/condition.ts";
import { type Overdue, remindedAt } from "#contracts/gate/deadlines.ts";
import type { Seen } from "#contracts/gate/snapshot.ts";
import { append } from "#kit/facts/aggregate.ts";
import { GitHub } from "#kit/github/github.ts";
import { docsFolder } from "#kit/process/settings.ts";
import { howToEnd } from "./check-run.ts";
import { recordReminder } from "./decide.ts";
import type { Handling } from "./handling.ts";

/**
 * Reminds people once of a change that one of them has held himself for days: GATE_REMINDED, then a comment on the pull request, which names who
 * asked for the change. A message that is redelivered looks for its comment first. What GitHub refuses is logged, and asked for no more.
 */
export const remind = Effect.fn("remind")(function* (handling: Handling, checks: readonly Check[], seen: Seen) {
  const due = remindedAt(checks, { at: seen.at, days: seen.policy.remindAfterDays });
  if (due === null) return;
  const { cause } = handling;
  const pr = changeAt({ ...seen.on, number: seen.forge.number });
  const key = { service: "merge-gate", cause, step: `remind #${pr.number} ${due.hold} ${due.since}` } as const;
  const { facts } = yield* append(key, pr, (history) => recordReminder(due, seen, history));
  if (facts.length === 0) return;
  yield* Effect.catchTag(comment(pr, due, seen), "GitHubRefused", (refused) =>
    Effect.logWarning("nobody is reminded", refused.message),
  );
});

const comment = Effect.fnUntraced(function* (pr: Place, { hold, since, why }: Overdue, { issue }: Seen) {
  const github = yield* GitHub;
  const login = yield* github.login;
  const marker = `<!-- rig:gate reminder ${hold} ${since} -->`;
  const asker = issue.askedBy.findLast((each) => !each.endsWith("[bot]"));
  const whom = asker === undefined ? "" : `@${asker}: `;
  const reason = `held since ${since} (\`${hold}\`): \`${why.replaceAll("`", "'")}\``;
  const how = howToEnd(hold, yield* Effect.orDie(docsFolder));
  const body = `${whom}this pull request is ${reason}. ${how}\n\n${marker}`;
  yield* github.call("remind people", pr, async (octokit, at) => {
    const request = { ...at, issue_number: pr.number, per_page: 100 };
    const comments = await octokit.paginate(octokit.rest.issues.listComments, request);
    const isThere = comments.some((each) => each.user?.login === login && each.body?.includes(marker) === true);
    if (!isThere) await octokit.rest.issues.createComment({ ...at, issue_number: pr.number, body });
  });
});
