import type { RepositoryRecord } from "../records.ts";
import { demandsOn } from "../rules.ts";
import { Field, type Fields } from "./engine.ts";

/** A branch with what its classic protection shows to those who do not administer it (https://docs.github.com/graphql/reference/objects#refupdaterule); null where there is none. */
export function refField(repository: RepositoryRecord): Field {
  return new Field(["qualifiedName"], ({ qualifiedName }) => {
    const name = String(qualifiedName).replace(/^refs\/heads\//, "");
    const sha = repository.heads[name];
    if (sha === undefined) return null;
    const target = { __typename: "Commit", oid: sha };
    return { __typename: "Ref", id: refId(repository, name), name, target, refUpdateRule: ruleOf(repository, name) };
  });
}

/** The node id of a branch. */
export function refId(repository: RepositoryRecord, name: string): string {
  return `REF_${repository.id}_${name}`;
}

function ruleOf(repository: RepositoryRecord, branch: string): Fields | null {
  const classic = demandsOn(repository, branch).find(({ ruleset }) => ruleset === null);
  if (classic === undefined) return null;
  return {
    pattern: branch,
    allowsDeletions: !classic.deletion,
    allowsForcePushes: !classic.nonFastForward,
    requiredApprovingReviewCount: classic.reviews?.approvals ?? null,
    requiredStatusCheckContexts: classic.checks.map(({ context }) => context),
    requiresCodeOwnerReviews: false,
    requiresConversationResolution: classic.conversationResolution,
    requiresLinearHistory: classic.linearHistory,
    requiresSignatures: false,
  };
}

/** The merge queue of a branch: a ruleset demands it. The forge has none to put a pull request into. */
export function mergeQueueField(repository: RepositoryRecord): Field {
  return new Field(["branch"], ({ branch }) => {
    const queue = demandsOn(repository, String(branch ?? "main")).find(({ mergeQueue }) => mergeQueue !== null);
    return queue === undefined ? null : { id: `MQ_${repository.id}`, configuration: { mergeMethod: queue.mergeQueue } };
  });
}
