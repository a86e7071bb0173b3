import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { approvableHeads } from "#contracts/gate/approvals.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { GitHub, type Octokit } from "#kit/github/github.ts";
import type { ChangeEvent } from "./undone.ts";

// Who pushed what an appointed reviewer approved, and when.

type Pushes = NonNullable<ForgeState["pushes"]>;
type Activity = Awaited<ReturnType<Octokit["rest"]["repos"]["listActivities"]>>["data"][number];

/** The state of a pull request of which the pushes are asked. */
type Approved = Pick<ForgeState, "open" | "ownRepository" | "branch" | "headSha" | "updates" | "reviews">;

/**
 * The pushes of the heads that appointed reviewers approved, by GitHub's list of what happened to the branch
 * (https://docs.github.com/rest/repos/repos#list-repository-activities), of which the newest hundred are read; nothing is asked where nobody approved
 * the head. null where GitHub has no such list: servers before 3.10 do not.
 */
export const readPushes = Effect.fn("readPushes")(function* (change: Place, state: Approved) {
  const heads = approvedHeads(state);
  if (heads.length === 0) return { pushes: null, untold: [] };
  const github = yield* GitHub;
  const asking = github.call("read who pushed the branch", change, async (octokit, at) => {
    const wanted = { ...at, ref: `refs/heads/${state.branch}`, per_page: 100 };
    return (await octokit.rest.repos.listActivities(wanted)).data;
  });
  const listed = yield* Effect.catchTag(asking, "GitHubRefused", (refused) =>
    refused.status === 404 ? Effect.succeed(null) : Effect.fail(refused),
  );
  if (listed === null) return { pushes: null, untold: [] };
  const pushes = heads.flatMap((headSha) => pushOf(headSha, listed));
  const untold = heads.filter((headSha) => !pushes.some((push) => push.headSha === headSha));
  return { pushes, untold: untold.map((headSha) => `GitHub does not list yet who pushed ${headSha}`) };
});

function approvedHeads({ open, ownRepository, reviews, ...heads }: Approved): readonly string[] {
  const approved = new Set(approvalsOf(reviews));
  return open && ownRepository ? approvableHeads(heads).filter((headSha) => approved.has(headSha)) : [];
}

/** The heads that appointed reviewers approved. */
export function approvalsOf(reviews: ForgeState["reviews"]): readonly string[] {
  return reviews.filter(({ appointed, state }) => appointed && state === "APPROVED").map(({ headSha }) => headSha);
}

/** GitHub lists the newest one first. */
function pushOf(headSha: string, listed: readonly Activity[]): Pushes {
  const made = listed.filter(({ after }) => after === headSha);
  const [last] = made;
  if (last === undefined) return [];
  const by = made.flatMap(({ actor }) => actor?.login ?? []);
  return [{ headSha, by: [...new Set(by)], at: last.timestamp }];
}

/** When the branch was pushed by force last, or brought back after its deletion, by the events. */
export function forcedAtIn(events: readonly ChangeEvent[]): string | null {
  const isForced = ({ event }: ChangeEvent) => event === "head_ref_force_pushed" || event === "head_ref_restored";
  return events.findLast(isForced)?.at ?? null;
}
