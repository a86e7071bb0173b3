import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { publishersOf } from "./choreography.ts";
import { evolveIssue, foldIssue, type IssueFact, type IssueLife, pullRequestsOf, unknownIssue } from "./issue-life.ts";
import { endedRun, type IssueState, isRunnable, isSettled, issueStates, isUnderWay } from "./issue-run.ts";
import { anyData, anyFactOf, approvalOf, emptyText, factOf, factTypesOf } from "./test-facts.ts";

const types = factTypesOf("issue");
const anyFact = anyFactOf(types);
const anyHistory = fc.array(anyFact, { maxLength: 15 });

const claim = (name: string, epoch: number, attempt = 1) =>
  factOf("ISSUE_ASSIGNED", { claimId: name, epoch, agentId: "dev-e", instanceId: "i", attempt });
const approved = factOf("ISSUE_APPROVED", approvalOf());
const queued = (attempt: number, task: "implement" | "fix" = "implement") =>
  factOf("ISSUE_QUEUED", { attempt, task, reason: "r", prNumber: 5, headSha: "s" });
const started = (claimId: string) => factOf("WORK_STARTED", { claimId, task: "implement", model: "m", remarks: [] });
const succeeded = (claimId: string) =>
  factOf("RUN_SUCCEEDED", { claimId, attempt: 1, prNumber: 5, headSha: "s", turns: 1, summary: emptyText });
const failed = (claimId: string) =>
  factOf("RUN_FAILED", { claimId, attempt: 1, class: "tests", retryable: true, reason: "r", details: null });
const created = (claimId: string, prNumber: number, branch = "feature/issue-1") =>
  factOf("PR_CREATED", { claimId, agentId: "dev-e", prNumber, prUrl: "", branch, epoch: 1 });
const mergeRequested = factOf("MERGE_REQUESTED", { prNumber: 5, headSha: "s" });
const conflict = factOf("MERGE_CONFLICT", { prNumber: 5, headSha: "s" });
const merged = factOf("MERGED", { prNumber: 5, mergeSha: "m" });
const done = factOf("ISSUE_DONE", { prNumber: 5, mergeSha: "m", durationMinutes: 1 });
const needsHuman = factOf("ISSUE_NEEDS_HUMAN", { reason: "r", details: null });
const cancelled = factOf("ISSUE_CANCELLED", { reason: "r" });
const unassignedOf = (claimId: string, counts = false) =>
  factOf("ISSUE_UNASSIGNED", { claimId, agentId: "dev-e", counts, reason: "r", details: null });
const unassigned = unassignedOf("a");
/** The same fact, published by another agent. */
const byMallory = <F extends IssueFact>(fact: F): F => ({ ...fact, actor: "mallory" });

/** For each state, the shortest history that leads to it, and the facts that change it. */
const begun = [approved, queued(1)];
const states: Record<IssueState, { readonly reached: readonly IssueFact[]; readonly leftBy: readonly IssueFact[] }> = {
  new: { reached: [], leftBy: [approved, needsHuman] },
  queued: { reached: begun, leftBy: [claim("a", 1), cancelled, needsHuman] },
  assigned: { reached: [...begun, claim("a", 1)], leftBy: [started("a"), unassigned, failed("a"), cancelled] },
  in_progress: { reached: [...begun, claim("a", 1), started("a")], leftBy: [succeeded("a"), failed("a"), cancelled] },
  in_review: {
    reached: [...begun, claim("a", 1), created("a", 5), succeeded("a")],
    leftBy: [queued(2, "fix"), mergeRequested, merged],
  },
  changes_requested: {
    reached: [...begun, claim("a", 1), created("a", 5), succeeded("a"), queued(2, "fix")],
    leftBy: [claim("b", 2, 2), cancelled],
  },
  ready_to_merge: {
    reached: [...begun, mergeRequested],
    leftBy: [merged, conflict, factOf("MERGE_FAILED", { prNumber: 5, headSha: "s", reason: "r", details: null })],
  },
  merge_conflict: { reached: [...begun, conflict], leftBy: [queued(2, "fix"), cancelled, needsHuman] },
  deploying: { reached: [...begun, merged], leftBy: [done, needsHuman] },
  done: { reached: [...begun, done], leftBy: [approved] },
  failed: { reached: [...begun, claim("a", 1), failed("a")], leftBy: [queued(2), needsHuman, cancelled] },
  needs_human: { reached: [...begun, needsHuman], leftBy: [approved, merged] },
  cancelled: { reached: [...begun, cancelled], leftBy: [approved, merged] },
};

describe.each(issueStates)("an issue that is %s", (state) => {
  const { reached, leftBy } = states[state];

  test("is reached by the facts that lead to it", () => {
    expect(foldIssue(reached).state).toBe(state);
  });

  test.each(leftBy.map((fact) => [fact.type, fact] as const))("is left by %s", (_, fact) => {
    expect(evolveIssue(foldIssue(reached), fact).state).not.toBe(state);
  });

  test("has a next state after every type of fact, whatever its data", () => {
    for (const type of types) {
      const property = fc.property(anyHistory, anyData(type), (history, data) => {
        const life = evolveIssue({ ...foldIssue(history), state }, factOf(type, data) as IssueFact);
        expect(issueStates).toContain(life.state);
      });
      fc.assert(property, { numRuns: 4 });
    }
  });
});

const anyEnd = anyFactOf(["ISSUE_DONE", "ISSUE_CANCELLED", "ISSUE_NEEDS_HUMAN"]);

test("only ISSUE_APPROVED and MERGED end the settled state of an issue", () => {
  const wakes = new Set<IssueFact["type"]>();
  fc.assert(
    fc.property(anyHistory, anyEnd, anyFact, (history, end, fact) => {
      const life = evolveIssue(foldIssue(history), end);
      if (isSettled(life) && !isSettled(evolveIssue(life, fact))) wakes.add(fact.type);
      if (life.state === "done") expect(["done", "queued"]).toContain(evolveIssue(life, fact).state);
    }),
    { numRuns: 2_000 },
  );
  expect([...wakes].sort()).toEqual(["ISSUE_APPROVED", "MERGED"]);
});

test("no history lets the epoch, the attempt or the ended attempt decrease", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      history.reduce<IssueLife>((before, fact) => {
        const after = evolveIssue(before, fact);
        expect(after.epoch).toBeGreaterThanOrEqual(before.epoch);
        expect(after.attempt).toBeGreaterThanOrEqual(before.attempt);
        expect(after.claims).toBeGreaterThanOrEqual(0);
        return after;
      }, unknownIssue);
    }),
  );
});

test("facts of a claim that is not held change nothing", () => {
  const ofRun = ["ISSUE_UNASSIGNED", "WORK_STARTED", "PR_CREATED", "RUN_SUCCEEDED", "RUN_FAILED"] as const;
  fc.assert(
    fc.property(anyHistory, anyFactOf(ofRun), (history, fact) => {
      const life = foldIssue(history);
      fc.pre(fact.data.claimId !== life.holder?.claimId);
      expect(evolveIssue(life, fact)).toBe(life);
    }),
  );
});

test("a pull request of an old epoch is not the issue's", () => {
  const life = foldIssue([...begun, claim("a", 1), claim("b", 2), created("b", 8), created("a", 7)]);
  expect(life.pr).toEqual({ number: 8, branch: "feature/issue-1" });
});

test.each(["feature/issue-10", "feature/issue-2-sell-more", "topic", "mallory/shop:feature/issue-1", ""])(
  "a pull request that its holder names on the branch %j is not the issue's",
  (branch) => {
    const life = foldIssue([...begun, claim("a", 1), created("a", 5)]);
    expect(evolveIssue(life, created("a", 6, branch))).toBe(life);
    expect(evolveIssue(life, created("a", 6, "feature/issue-1-sell-more")).pr?.number).toBe(6);
  },
);

test.each<[string, readonly IssueFact[]]>([
  ["none at all", []],
  ["one on a branch of another issue", [created("a", 5, "feature/issue-2")]],
  ["another one than it names", [created("a", 6)]],
  ["only one of an earlier claim", [created("a", 5), unassigned, claim("b", 2), unassignedOf("b"), claim("a", 3)]],
])("a run that ends well by its holder's word and created no pull request failed: %s", (_name, facts) => {
  const life = foldIssue([...begun, claim("a", 1), ...facts, succeeded("a")]);
  expect(life).toMatchObject({ state: "failed", holder: null, endedAttempt: 1, failedAttempts: 1 });
});

test("a pull request that was merged for an earlier approval is not the issue's again", () => {
  const before: IssueFact[] = [...begun, claim("a", 1), created("a", 5), succeeded("a"), merged, approved, queued(2)];
  const again = foldIssue([...before, claim("b", 2, 2), created("b", 5), succeeded("b")]);
  expect(again).toMatchObject({ state: "failed", pr: null, mergedPrs: [5] });
});

test("a fix that ends well by its holder's word with the head that it was to fix failed", () => {
  const before = [...begun, claim("a", 1), created("a", 5), succeeded("a"), queued(2, "fix"), claim("b", 2, 2)];
  const ended = (headSha: string) => {
    const end = succeeded("b");
    return foldIssue([...before, created("b", 5), { ...end, data: { ...end.data, headSha } }]);
  };
  expect(ended("s")).toMatchObject({ state: "failed", holder: null, endedAttempt: 2, failedAttempts: 1 });
  expect(ended("t")).toMatchObject({ state: "in_review", failedAttempts: 0 });
  // What follows from the end is decided, although the gate finds the conflict before.
  expect(evolveIssue(ended("s"), conflict)).toMatchObject({ state: "failed", conflictSha: "s" });
});

describe("a claim", () => {
  const life = foldIssue([...begun, claim("a", 1), claim("b", 2)]);

  test("of the next epoch counts", () => {
    expect(evolveIssue(life, claim("c", 3))).toMatchObject({ holder: { claimId: "c" }, epoch: 3, claims: 3 });
  });

  test.each([
    ["of the last epoch", claim("x", 2)],
    ["of a past epoch", claim("x", 1)],
    ["of an epoch far ahead, which would block all later claims,", claim("x", 2_147_483_647)],
    ["in the name of another agent", byMallory(claim("x", 3))],
    ["of an attempt that is not runnable", claim("x", 3, 2)],
  ])("%s does not count", (_, forged) => {
    expect(evolveIssue(life, forged)).toBe(life);
  });
});

describe.each([
  ["ISSUE_UNASSIGNED", unassignedOf],
  ["WORK_STARTED", started],
  ["PR_CREATED", (claimId: string) => created(claimId, 5)],
  ["RUN_SUCCEEDED", succeeded],
  ["RUN_FAILED", failed],
] as const)("%s", (_type, of) => {
  const life = foldIssue([...begun, claim("a", 1), claim("b", 2)]);

  test("of the holder counts", () => {
    expect(evolveIssue(life, of("b"))).not.toEqual(life);
  });

  test.each([
    ["of another claim", of("x")],
    ["of a claim with a past epoch", of("a")],
    ["of another agent that copied the claim's id", byMallory(of("b"))],
  ])("%s changes nothing", (_name, forged) => {
    expect(evolveIssue(life, forged)).toBe(life);
  });
});

test("BRANCH_CREATED is a record: it changes nothing, whoever publishes it", () => {
  const life = foldIssue([...begun, claim("a", 1)]);
  const branched = factOf("BRANCH_CREATED", { claimId: "a", agentId: "dev-e", branch: "b" });
  for (const fact of [branched, byMallory(branched)]) expect(evolveIssue(life, fact)).toBe(life);
});

test("whatever an agent without the claim publishes, only its own next claim of a runnable attempt counts", () => {
  const ofAgent = anyFactOf(types.filter((type) => publishersOf(type).includes("dev-e")));
  const anyClaims = fc.array(anyFactOf(["ISSUE_ASSIGNED", "WORK_STARTED"]), { maxLength: 4 });
  fc.assert(
    fc.property(anyClaims, ofAgent, fc.boolean(), (claims, fact, isOwn) => {
      const life = foldIssue([...begun, claim("claim-a", 1), ...claims]);
      const forged = byMallory(fact);
      if (forged.type === "ISSUE_ASSIGNED" && isOwn) {
        const own = { ...forged, data: { ...forged.data, agentId: "mallory" } };
        const counts = isRunnable(life, own.data.attempt) && own.data.epoch === life.epoch + 1;
        expect(evolveIssue(life, own).holder?.agentId === "mallory").toBe(counts);
      } else expect(evolveIssue(life, forged)).toBe(life);
    }),
    { numRuns: 1_000 },
  );
});

test("only the very fact that ended the last run is its end", () => {
  const history = [...begun, claim("a", 1), { ...failed("a"), id: "end" }];
  const life = foldIssue([...history, { ...failed("a"), id: "second" }]);
  expect(endedRun(life, { ...failed("a"), id: "end" })).toBe(true);
  expect(endedRun(life, { ...failed("a"), id: "second" })).toBe(false);
  expect(endedRun(life, byMallory({ ...failed("a"), id: "end" }))).toBe(false);
  expect(endedRun(foldIssue([...history, approved]), { ...failed("a"), id: "end" })).toBe(false);
});

test("the pull requests of an issue are those that its holders created", () => {
  const first = [...begun, claim("a", 1), created("a", 5), byMallory(created("a", 6)), succeeded("a")];
  const second = [queued(2), claim("b", 2, 2), created("a", 7), created("b", 8)];
  expect(pullRequestsOf([...first, ...second, mergeRequested, merged, done, approved])).toEqual([5, 8]);
});

test("an attempt is runnable until it has ended, and only while it is the last one", () => {
  expect(isRunnable(foldIssue(begun), 1)).toBe(true);
  expect(isRunnable(foldIssue([...begun, claim("a", 1), failed("a")]), 1)).toBe(false);
  expect(isRunnable(foldIssue([...begun, claim("a", 1), failed("a"), queued(2)]), 1)).toBe(false);
  expect(isRunnable(foldIssue([...begun, claim("a", 1), failed("a"), queued(2)]), 2)).toBe(true);
  expect(isRunnable(foldIssue([...begun, cancelled]), 1)).toBe(false);
});

test("an attempt is under way from its queueing to its end, claimed or not", () => {
  expect(isUnderWay(unknownIssue)).toBe(false);
  expect(isUnderWay(foldIssue(begun))).toBe(true);
  expect(isUnderWay(foldIssue([...begun, claim("a", 1)]))).toBe(true);
  expect(isUnderWay(foldIssue([...begun, claim("a", 1), failed("a")]))).toBe(false);
});

test("claims without a result are counted per attempt, and a released one only if it says so", () => {
  expect(foldIssue([...begun, claim("a", 1), claim("b", 2)]).claims).toBe(2);
  expect(foldIssue([...begun, claim("a", 1), unassigned]).claims).toBe(0);
  const released = foldIssue([...begun, claim("a", 1), unassignedOf("a", true)]);
  expect(released).toMatchObject({ state: "queued", holder: null, claims: 1 });
  expect(foldIssue([...begun, claim("a", 1), failed("a"), queued(2)]).claims).toBe(0);
});

test("an issue that is approved again keeps its attempt number and resets its failed attempts", () => {
  const life = foldIssue([...begun, claim("a", 1), failed("a"), needsHuman, approved]);
  expect(life).toMatchObject({ state: "queued", attempt: 1, endedAttempt: 1, failedAttempts: 0 });
  expect(life).toMatchObject({ epoch: 1, holder: null });
});

test("an issue that is approved again keeps its open change, and drops a merged one", () => {
  const open = [...begun, claim("a", 1), created("a", 5)];
  expect(foldIssue([...open, needsHuman, approved]).pr?.number).toBe(5);
  expect(foldIssue([...open, mergeRequested, merged, done, approved])).toMatchObject({ pr: null, mergeSha: null });
});

test("a merge ends the attempt that waits, so that nobody claims it any more", () => {
  const waiting = [approved, queued(1), claim("a", 1), succeeded("a"), queued(2, "fix")];
  expect(isRunnable(foldIssue(waiting), 2)).toBe(true);
  expect(isRunnable(foldIssue([...waiting, merged]), 2)).toBe(false);
});

test("an attempt is queued once: the fact of an attempt that was queued already changes nothing", () => {
  const life = foldIssue([...begun, claim("a", 1), failed("a"), queued(2), claim("b", 2, 2)]);
  for (const attempt of [1, 2]) expect(evolveIssue(life, queued(attempt))).toBe(life);
  expect(evolveIssue(life, queued(3))).toMatchObject({ attempt: 3, holder: null });
});
