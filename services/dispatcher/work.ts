import { Effect } from "effect";
import { changeAt, issueAt } from "#contracts/aggregates.ts";
import { unknownChange } from "#contracts/change-life.ts";
import type { Consumes } from "#contracts/choreography.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import { foldIssue } from "#contracts/issue-life.ts";
import { loadChange } from "#kit/aggregate.ts";
import type { Bus } from "#kit/bus.ts";
import type { Answer, HandlingError } from "#kit/consume.ts";
import type { GitHub } from "#kit/github.ts";
import type { OperatorPolicy } from "#kit/policy.ts";
import { decide, type Seen } from "./decide.ts";
import { readRepositoryConfig } from "./repository-config.ts";

/** Looks up what the decision on a fact needs, and answers with the decision on the issue that the fact concerns. */
export function handle(
  fact: Consumes<"dispatcher">,
): Effect.Effect<readonly Answer<"dispatcher", "issue">[], HandlingError, Bus | GitHub | OperatorPolicy> {
  return Effect.map(lookUp(fact), (found) =>
    found === null
      ? []
      : [{ on: found.on, decide: (history) => decide(fact, { ...found, issue: foldIssue(history) }) }],
  );
}

/** Which issue the fact concerns, with the change and the repository's file; null for a change that closes no issue. */
const lookUp = Effect.fn("lookUp")(function* (fact: Consumes<"dispatcher">) {
  switch (fact.type) {
    case "ISSUE_LABELED":
      return about(fact, { config: yield* readRepositoryConfig(fact.on) });
    case "RUN_SUCCEEDED":
    case "MERGE_CONFLICT": {
      const change = yield* loadChange(changeAt({ ...fact.on, number: fact.data.prNumber }));
      return about(fact, { change });
    }
    case "ISSUE_CLOSED":
    case "RUN_FAILED":
    case "MERGED":
      return about(fact, {});
    case "PR_OPENED":
    case "PR_SYNCHRONIZED":
    case "PR_REOPENED":
    case "PR_CLOSED":
    case "REVIEW_CHANGES_REQUESTED":
    case "REVIEW_FAILED":
    case "REVIEW_SUBMITTED":
    case "CI_FAILED": {
      const change = yield* loadChange(fact.on);
      const number = issueOfChange(change);
      return number === undefined ? null : about({ on: { ...fact.on, number } }, { change });
    }
  }
});

type Found = Omit<Seen, "issue">;

function about({ on }: Pick<Consumes<"dispatcher">, "on">, found: Partial<Found>): Found {
  return { on: issueAt(on), change: unknownChange, config: null, ...found };
}
