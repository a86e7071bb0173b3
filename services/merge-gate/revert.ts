import { Effect } from "effect";
import { type IssueRef, issueAt } from "#contracts/aggregates.ts";
import type { Consumes } from "#contracts/choreography.ts";
import { type Broken, isRevertOf, revertIssue } from "#contracts/revert.ts";
import { append } from "#kit/facts/aggregate.ts";
import { GitHub } from "#kit/github/github.ts";
import { recordProposal } from "./decide-broken.ts";

/**
 * Opens an issue that proposes the revert of a merge, once: an earlier delivery of the message may have opened it before a crash. It bears no label:
 * a person approves it. Where GitHub refuses the issue, the fact that names the merge stands alone.
 */
export const proposeRevert = Effect.fn("proposeRevert")(
  function* (cause: Consumes<"merge-gate">, on: IssueRef, broken: Broken) {
    const number = (yield* proposalOf(on, broken)) ?? (yield* openProposal(on, broken));
    const proposal = issueAt({ ...on, number });
    const key = { service: "merge-gate", cause, step: `revert of ${broken.mergeSha}` } as const;
    yield* append(key, proposal, (history) => recordProposal(proposal, broken, history));
  },
  Effect.catchTag("GitHubRefused", ({ message }) => Effect.logWarning("no revert proposed", message)),
);

/** Among the hundred issues that the gate opened last. */
const proposalOf = Effect.fnUntraced(function* (on: IssueRef, { mergeSha }: Broken) {
  const github = yield* GitHub;
  const creator = yield* github.login;
  const listed = yield* github.call("list the issues of the gate", on, async (octokit, at) => {
    return (await octokit.rest.issues.listForRepo({ ...at, creator, state: "all", per_page: 100 })).data;
  });
  return listed.find(({ body, user }) => user?.login === creator && isRevertOf(body ?? "", mergeSha))?.number ?? null;
});

const openProposal = Effect.fnUntraced(function* (on: IssueRef, broken: Broken) {
  const github = yield* GitHub;
  return yield* github.call("propose the revert", on, async (octokit, at) => {
    return (await octokit.rest.issues.create({ ...at, ...revertIssue(broken) })).data.number;
  });
});
