import { Effect, Layer } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { issueAt } from "#contracts/aggregates.ts";
import { threadsWith } from "#contracts/gate/test-earned.ts";
import { readyLabel } from "#contracts/labels.ts";
import { approvedTextHash, textHash } from "#kit/facts/text.ts";
import { GitHub, gitHubLayer } from "#kit/github/github.ts";
import { forgeSettings } from "#kit/github/test-forge-world.ts";
import { makeTrust } from "#kit/github/trust.ts";
import { policyLayer } from "#kit/policy/policy.ts";
import { settingsLayer } from "#kit/test/test-world.ts";
import { coder, merger, person, startTestForge, type TestForge } from "../../deploy/local/forge/test-forge.ts";
import { readFresh } from "./forge.ts";
import { gateLayer } from "./test-change.ts";

const at = { owner: "acme", repo: "shop" };
let forge: TestForge;
const issue = 1;
let prNumber = 0;
const run = <A, E>(program: Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.provide(program, settingsLayer(forgeSettings(forge))));

const reading = Effect.flatMap(makeTrust, (trust) =>
  readFresh({ ...at, number: prNumber }, { on: issueAt({ ...at, number: issue }), trust, branches: [] }),
);

beforeAll(async () => {
  forge = await startTestForge();
  await forge.git(coder, "clone");
  const wantedIssue = { ...at, title: "Stand aside", body: "Please.", labels: [readyLabel] };
  await forge.octokitOf(person).rest.issues.create(wantedIssue);
  await forge.push(coder, "side", { "side.txt": "1\n" });
  const wanted = { ...at, title: "Side", head: "side", base: "main", body: `Closes #${issue}` };
  const { data } = await forge.octokitOf(coder).rest.pulls.create(wanted);
  prNumber = data.number;
  await forge.settled();
});
afterAll(() => forge.close());

test("asks afresh: head, checks, protection, author, body and issue are those of the forge now", async () => {
  const fresh = await run(Effect.provide(reading, gateLayer));
  const { data } = await forge.octokitOf(person).rest.pulls.get({ ...at, pull_number: prNumber });
  const closed = { ...at, number: issue };
  const body = { sha256: textHash("Please.") };
  expect(fresh).toEqual({
    ...{ number: prNumber, nodeId: expect.any(String), queued: null, queueEvents: [] },
    issue: { open: true, labelled: true, labels: [], textSha256: approvedTextHash({ title: "Stand aside", body }) },
    open: true,
    draft: false,
    title: "Side",
    branch: "side",
    baseBranch: "main",
    epoch: null,
    closedByBody: { certain: [closed], possible: [closed] },
    linked: { places: [closed], count: 1 },
    commits: [{ sha: data.head.sha, closes: [], verified: false, by: [] }],
    commitsCount: 1,
    author: coder.login,
    byAgent: true,
    ownRepository: true,
    headSha: data.head.sha,
    labels: [],
    undone: [],
    baseChanged: false,
    eventsCut: false,
    ...{ updates: [], pushes: null, forcedAt: null, requested: [] },
    others: [],
    ...{ sameHead: [], below: null, above: [] },
    baseSha: expect.any(String),
    baseRollup: "",
    othersCut: false,
    mergeable: true,
    behind: null,
    changed: {
      files: [
        {
          ...{ path: "side.txt", previousPath: null, status: "added", additions: 1, deletions: 0 },
          ...{ unreadable: null, isSubmodule: false, packageChanges: [] },
        },
      ],
      unseen: [],
    },
    peopleLabels: [],
    labelsTakenOff: [],
    repositoryRules: { own: {} },
    owners: null,
    mergeBase: data.base.sha,
    standing: "blocked",
    reviewDecision: "REVIEW_REQUIRED",
    required: {
      requirements: expect.objectContaining({ branch: "main", checks: [{ name: "test", appId: null }], strict: false }),
      head: {
        checks: [expect.objectContaining({ name: "test", appId: expect.any(Number), conclusion: "success" })],
        suites: [expect.objectContaining({ status: "completed", runs: 1 })],
        isCut: false,
      },
      gate: { login: merger.login, appId: null },
    },
    reviews: [],
    threads: threadsWith(0),
    graphQlAfterMs: 0,
    untold: [],
    shown: new Map([[prNumber, expect.objectContaining({ headSha: data.head.sha, updatedAt: data.updated_at })]]),
    merged: false,
    mergedAt: null,
    mergeSha: null,
    mergedBy: "",
    intoDefault: true,
    verdict: null,
  });
});

test("an open thread behind the hundredth is counted", async () => {
  // The local forge answers with all threads at once, so the pages of GitHub are laid over it.
  const pageAfter = (after: unknown) => {
    const [nodes, pageInfo] =
      after === "next"
        ? [[thread(false), thread(true)], { hasNextPage: false, endCursor: "end" }]
        : [Array.from({ length: 100 }, () => thread(true)), { hasNextPage: true, endCursor: "next" }];
    return { nodes, pageInfo, totalCount: 102 };
  };
  const author = { __typename: "User", login: person.login };
  const resolvedBy = { login: person.login };
  const comment = { author, fullDatabaseId: "7" };
  const thread = (isResolved: boolean) => ({ id: "T", isResolved, resolvedBy, comments: { nodes: [comment] } });
  const paged = Layer.effect(
    GitHub,
    Effect.map(GitHub, (real) =>
      GitHub.of({
        ...real,
        call: (what, where, run) =>
          real.call(what, where, (octokit, repository) => {
            const graphql = async (query: string, { reviewThreadsAfter: after, ...rest }: Record<string, unknown>) => {
              const answer = await octokit.graphql<Answered>(query, { ...rest, reviewThreadsAfter: null });
              Object.assign(answer.repository.pullRequest, { reviewThreads: pageAfter(after) });
              return answer;
            };
            const get = (target: typeof octokit, name: string | symbol) =>
              name === "graphql" ? graphql : Reflect.get(target, name);
            return run(what === "read the pull request" ? new Proxy(octokit, { get }) : octokit, repository);
          }),
      }),
    ),
  ).pipe(Layer.provide(gitHubLayer("merge-gate")));
  const fresh = await run(Effect.provide(reading, Layer.merge(paged, policyLayer)));
  expect(fresh.threads?.holding).toEqual([{ id: "T", isResolved: false, comments: [7] }]);
});

interface Answered {
  readonly repository: { readonly pullRequest: object };
}
