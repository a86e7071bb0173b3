import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Answer } from "#kit/test/test-answers.ts";
import { gitHubWith, merges, playGate, told } from "./test-played.ts";

// What GraphQL counts and does not show, or refuses to tell, holds the merge, and the verdict names it.

const { lookAt } = playGate();
const plain = gitHubWith({});

type Shown = Readonly<Record<string, object>>;

/** GitHub, of whose pull request GraphQL shows something else, with these errors. */
function showing(more: (pull: Shown) => object, errors: readonly object[] = []): typeof plain {
  return (asked) => {
    const answer = plain(asked);
    const { data } = answer.body as { readonly data?: { readonly repository: { readonly pullRequest?: Shown } } };
    const { repository } = data ?? {};
    if (!asked.path.endsWith("/graphql") || repository?.pullRequest === undefined) return answer;
    const pullRequest = { ...repository.pullRequest, ...more(repository.pullRequest) };
    const told = { data: { repository: { ...repository, pullRequest } } };
    return { ...answer, body: errors.length === 0 ? told : { ...told, errors } } satisfies Answer;
  };
}

const counted = { nodes: [null], totalCount: 1, pageInfo: { hasNextPage: false, endCursor: null } };
const unread = { type: "FORBIDDEN", message: "Resource not accessible by integration" };

test.each([
  ["a review thread that is counted and not shown", showing(() => ({ reviewThreads: counted })), "threads-unknown"],
  ["a linked issue that is counted and not shown", showing(() => ({ closingIssuesReferences: counted })), "links-cut"],
  [
    "checks that GitHub refuses to tell",
    showing(() => ({}), [{ ...unread, path: ["repository", "pullRequest", "lastCommit", "nodes", 0, "commit"] }]),
    "requirements-unknown",
  ],
])("%s holds the merge", async (_, answer, hold) => {
  const { verdict, appended } = await lookAt(answer);
  expect([appended, verdict?.checks.flatMap((check) => check.hold ?? [])]).toEqual([
    [],
    expect.arrayContaining([hold]),
  ]);
});

type Play = typeof plain;
const graphQlAnswers =
  (answer: () => Answer): Play =>
  (request) =>
    request.path.endsWith("/graphql") ? answer() : plain(request);
/** GitHub's words have the number of the request. */
const wrong = () => ({
  message: `Something went wrong. Please include \`${randomUUID()}\` when reporting this issue.`,
});
const requested = ["repository", "pullRequest", "reviewRequests", "nodes", 0, "requestedReviewer"];
const api = "GitHub's GraphQL API";
const since = new Date(Date.now() - 5 * 3_600_000).toISOString();
const check = { name: "threads", hold: "threads-unknown", passed: false, why: "told before", since } as const;
const before = told("GATE_EVALUATED", { headSha: "h1", passed: false, checks: [check], threads: [] }, 5 * 3_600_000);

const faults: readonly (readonly [string, Play, string])[] = [
  [
    "an error without data",
    graphQlAnswers(() => ({ body: { data: null, errors: [wrong()] } })),
    `${api} answers with an error`,
  ],
  [
    "a page of a proxy",
    graphQlAnswers(() => ({ status: 502, body: "<html>Bad Gateway</html>" })),
    `${api} answers 502`,
  ],
  ["a refusal", graphQlAnswers(() => ({ status: 403, body: { message: "Forbidden" } })), `${api} answers 403`],
  ["a message in place of data", graphQlAnswers(() => ({ body: { message: "Hi" } })), `${api} does not come whole`],
  [
    "a part that nothing else tells",
    showing(() => ({}), [{ ...unread, path: requested }]),
    `${api} answers with FORBIDDEN for repository.pullRequest.reviewRequests.nodes.requestedReviewer`,
  ],
  [
    "a thread that is counted and not shown",
    showing(() => ({ reviewThreads: counted })),
    `${api} counts more threads than it shows`,
  ],
];

test.each(faults)(
  "%s, for ever, holds the merge with that reason, and is asked again later",
  async (_, answer, why) => {
    const { verdict, appended, error } = await lookAt(answer);
    const untold = (verdict?.checks ?? []).filter(({ hold }) => hold === "threads-unknown");
    expect([appended, untold.map((each) => each.why)]).toEqual([[], [expect.stringContaining(why)]]);
    // Without a wait of its own it is delivered again after 1 s, 2 s … 60 s.
    expect(error).toMatchObject({ _tag: "Retryable", message: expect.stringContaining(why) });
    expect(error).not.toHaveProperty("delayMs");
  },
);

test.each(faults)("%s, for longer than its deadline, asks a person", async (_, answer) => {
  expect((await lookAt(answer, { facts: [before] })).appended).toEqual(["GATE_OVERDUE"]);
});

test("an error that GitHub words otherwise each time is told once", async () => {
  const { verdict } = await lookAt(graphQlAnswers(() => ({ body: { data: null, errors: [wrong()] } })));
  const again = told("GATE_EVALUATED", { ...verdict, snapshot: null } as NonNullable<typeof verdict>);
  const next = await lookAt(
    graphQlAnswers(() => ({ body: { data: null, errors: [wrong()] } })),
    { facts: [again] },
  );
  expect(next.verdict).toEqual({ ...verdict, snapshot: null });
});

test("checks that GraphQL does not answer for withdraw no request, and are asked for again", async () => {
  const path = ["repository", "pullRequest", "lastCommit"];
  const withoutChecks = showing(() => ({}), [{ ...unread, path }]);
  const { verdict, appended, error } = await lookAt((request) => {
    const isOfHead = request.path.endsWith("/graphql") && !JSON.stringify(request.body).includes("reviewThreads");
    return isOfHead ? { status: 502, body: "" } : withoutChecks(request);
  });
  expect(appended).toEqual([]);
  expect(verdict?.checks.flatMap(({ hold }) => hold ?? [])).toEqual(["checks-unknown", "checks-unknown"]);
  expect(error).toMatchObject({ _tag: "Retryable", message: expect.stringContaining(`${api} answers 502`) });
});

const repositoryShowing =
  (more: (repository: Shown) => object, errors: readonly object[] = []): Play =>
  (request) => {
    const answer = plain(request);
    const { data } = answer.body as { readonly data?: { readonly repository: Shown } };
    if (!request.path.endsWith("/graphql") || data === undefined) return answer;
    const told = { data: { repository: { ...data.repository, ...more(data.repository) } } };
    return { ...answer, body: errors.length === 0 ? told : { ...told, errors } };
  };
const withLabels = (labels: unknown) => (repository: Shown) => ({ issue: { ...repository.issue, labels } });

test.each([
  ["the labels, refused", withLabels(null), [{ ...unread, path: ["repository", "issue", "labels"] }]],
  ["the labels", withLabels(null), []],
  ["a label", withLabels({ nodes: [null, { name: "agent-ready" }] }), []],
] as const)("an issue of which GraphQL does not show %s is asked for over REST", async (_, more, errors) => {
  const { appended } = await lookAt(repositoryShowing(more, errors));
  expect(appended).toEqual(merges);
});

test("a branch's protection of which GraphQL refuses a part is believed in none of its parts", async () => {
  const rule = {
    ...{ requiredApprovingReviewCount: null, requiredStatusCheckContexts: [], requiresCodeOwnerReviews: false },
    ...{ requiresConversationResolution: false, requiresLinearHistory: false, requiresSignatures: false },
  };
  const path = ["repository", "pullRequest", "baseRef", "refUpdateRule", "requiredApprovingReviewCount"];
  const refusing = showing(({ baseRef }) => ({ baseRef: { ...baseRef, refUpdateRule: rule } }), [{ ...unread, path }]);
  const { verdict, appended } = await lookAt((request) => {
    if (request.path.endsWith("/branches/main")) return { body: { protected: true, protection: { enabled: true } } };
    if (request.path.endsWith("/protection")) return { status: 403, body: { message: "Forbidden" } };
    return refusing(request);
  });
  expect([appended, verdict?.checks.find(({ name }) => name === "rules")?.hold]).toEqual([[], "requirements-unknown"]);
});
