import { headRepository } from "../answers/pull.ts";
import { isPull, type PullIssue, type RepositoryRecord } from "../records.ts";
import { connection } from "./connection.ts";
import type { Field, Fields } from "./engine.ts";
import { stateOf, type View } from "./nodes.ts";

/** The pull requests of a branch or of a commit. Of a commit the forge shows those of which it is the head, and GitHub also those that have it below. */
export function associatedField(view: View, repository: RepositoryRecord, isOf: (each: PullIssue) => boolean): Field {
  return connection(
    "associatedPullRequests",
    ({ states }) =>
      repository.issues
        .filter(isPull)
        .filter((each) => isOf(each) && (states == null || (states as readonly string[]).includes(stateOf(each)))),
    (each) => associatedNode(view, repository, each),
    ["states"],
  );
}

function associatedNode({ context }: View, repository: RepositoryRecord, issue: PullIssue): Fields {
  return {
    __typename: "PullRequest",
    number: issue.number,
    state: stateOf(issue),
    headRefOid: issue.pull.headSha,
    isCrossRepository: headRepository(context, issue).id !== repository.id,
  };
}
