import { expect, test } from "vitest";
import type { IssueFact } from "#contracts/issue-life.ts";
import * as given from "./test-history.ts";

const { decided, approved, assigned, change, issue, opened, outcome, prCreated, queued, succeeded } = given;

test("a bot that closes each of 21 pull requests as stale gets five attempts, then a person is asked once", () => {
  const history: IssueFact[] = [approved, queued(1)];
  const ends: string[] = [];
  for (let closing = 1; closing <= 21; closing += 1) {
    const { attempt, endedAttempt, epoch } = issue(...history);
    // Whoever works ends well, with a pull request.
    if (endedAttempt < attempt) {
      const own = `c${epoch + 1}`;
      history.push(assigned(attempt, epoch + 1), prCreated(epoch + 1), succeeded(attempt, "h1", own));
    }
    const { facts } = decided(given.prClosed("unmerged"), { issue: issue(...history) });
    ends.push(...facts.map(({ type }) => type));
    history.push(...given.stored({ facts }));
  }
  expect(ends).toEqual([...Array.from({ length: 4 }, () => "ISSUE_QUEUED"), "ISSUE_NEEDS_HUMAN"]);
  expect(issue(...history)).toMatchObject({ state: "needs_human", attempts: 5 });
});

test("somebody who closes every pull request is asked when the attempts of the approval are used up", () => {
  const { approvedWith } = given;
  const limits = { failedAttemptsMax: 1, fixRoundsMax: 1 };
  const two = [approvedWith(limits), queued(1), assigned(1), prCreated(), succeeded(1), queued(2), assigned(2)];
  const life = issue(...two, given.fact("PR_CREATED", { ...prCreated(2).data, claimId: "c2" }), succeeded(2));
  const closedChange = { issue: life, change: change(opened(), given.prClosed("unmerged")) };
  expect(outcome(decided(given.prClosed("unmerged"), closedChange))).toEqual(["ISSUE_NEEDS_HUMAN"]);
});
