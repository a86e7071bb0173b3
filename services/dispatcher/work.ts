import { Cache, Effect } from "effect";
import { changeAt, issueAt } from "#contracts/aggregates.ts";
import { unknownChange } from "#contracts/change-life.ts";
import type { Consumes } from "#contracts/choreography.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import { foldIssue } from "#contracts/issue-life.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { Answer } from "#kit/consume/consume.ts";
import type { Retryable } from "#kit/errors.ts";
import { loadChange, loadIssue } from "#kit/facts/aggregate.ts";
import type { GitHub } from "#kit/github/github.ts";
import { makeTrust, type Trust } from "#kit/github/trust.ts";
import type { OperatorPolicy } from "#kit/policy/policy.ts";
import { type Consumed, decide, type RepositoryConfig, resume, type Seen } from "./decide.ts";
import { askForObjection } from "./objections.ts";
import { readRepositoryConfig } from "./repository-config.ts";

/** 1 s: labels that are set together share one reading of their repository's file, and a corrected file counts a second later. */
const configAge = "1 second";

/** The dispatcher's handler: looks up what the decision on a fact needs, and answers with the decision on the issue that it concerns. */
export const makeHandle = Effect.gen(function* () {
  const configs = yield* Cache.make({ capacity: 256, timeToLive: configAge, lookup: readConfig });
  const trust = yield* makeTrust;
  return (
    fact: Consumes<"dispatcher">,
  ): Effect.Effect<readonly Answer<"dispatcher", "issue">[], HandlingError, Reads> =>
    Effect.map(lookUp(fact, { configs, trust }), (found) =>
      found === null
        ? []
        : [
            {
              on: found.on,
              decide: (history, own) =>
                own.length > 0
                  ? resume(own, { on: found.on, issue: foldIssue([...history, ...own]) })
                  : decide(found.fact, { ...found, issue: foldIssue(history) }),
            },
          ],
    );
});

type Reads = Bus | GitHub | OperatorPolicy;
type Configs = Cache.Cache<string, RepositoryConfig, Retryable, GitHub | OperatorPolicy>;

/** The key of a cache entry has to be a plain value; an owner has no slash in it. */
function readConfig(repository: string) {
  const slash = repository.indexOf("/");
  return readRepositoryConfig({ owner: repository.slice(0, slash), repo: repository.slice(slash + 1) });
}

/**
 * Which issue the fact concerns, with the change; for a label what the repository's file says, and after what a person did whether GitHub
 * confirms an objection. null for a change that closes no issue, and for a comment on an issue without a change.
 */
const lookUp = Effect.fn("lookUp")(function* (
  fact: Consumes<"dispatcher">,
  { configs, trust }: { readonly configs: Configs; readonly trust: Trust },
) {
  switch (fact.type) {
    case "ISSUE_LABELED":
      return about({ ...fact, config: yield* Cache.get(configs, `${fact.on.owner}/${fact.on.repo}`) });
    case "MERGE_CONFLICT": {
      const change = yield* loadChange(changeAt({ ...fact.on, number: fact.data.prNumber }));
      return about(fact, { change });
    }
    case "RUN_SUCCEEDED":
    case "ISSUE_COMMENTED": {
      const on = issueAt(fact.on);
      const prNumber = fact.type === "RUN_SUCCEEDED" ? fact.data.prNumber : (yield* loadIssue(on)).pr?.number;
      if (prNumber === undefined) return null;
      const change = yield* loadChange(changeAt({ ...on, number: prNumber }));
      const objection = yield* askForObjection(trust, fact, { on, prNumber, agent: change.author });
      return about(fact, { change, objection });
    }
    case "REVIEW_SUBMITTED":
    case "PR_COMMENTED": {
      const change = yield* loadChange(fact.on);
      const number = issueOfChange(change);
      if (number === undefined) return null;
      const on = issueAt({ ...fact.on, number });
      const concerned = { on, prNumber: fact.on.number, agent: change.author };
      return about(fact, { on, change, objection: yield* askForObjection(trust, fact, concerned) });
    }
    case "ISSUE_CLOSED":
    case "RUN_FAILED":
    case "MERGED":
      return about(fact);
    case "PR_OPENED":
    case "PR_SYNCHRONIZED":
    case "PR_REOPENED":
    case "PR_CLOSED":
    case "REVIEW_CHANGES_REQUESTED":
    case "REVIEW_FAILED":
    case "CI_FAILED": {
      const change = yield* loadChange(fact.on);
      const number = issueOfChange(change);
      return number === undefined ? null : about(fact, { on: issueAt({ ...fact.on, number }), change });
    }
  }
});

type Found = Omit<Seen, "issue"> & { readonly fact: Consumed };

/** Without `found` the fact is about the issue in whose history it stands, and names no change. */
function about(fact: Consumed, found: Partial<Omit<Seen, "issue">> = {}): Found {
  return { fact, on: issueAt(fact.on), change: unknownChange, objection: null, ...found };
}
