import { ConfigProvider, Effect, Layer } from "effect";
import { describe, expect, test } from "vitest";
import { threadsWith } from "#contracts/gate/test-earned.ts";
import { GitHub, GitHubRefused } from "#kit/github/github.ts";
import type { ReviewThread } from "#kit/github/review-threads.ts";
import { type Account, makeTrust, type Trust } from "#kit/github/trust.ts";
import type { ChangeEvent } from "./undone.ts";
import { goneIn, type ReviewShown, weighErased, weighReviews, weighThreads } from "./weigh.ts";

// What agents undo of a person's by their rights on GitHub: it still holds.

const at = { owner: "acme", repo: "shop" };
const person = (login: string): Account => ({ login, type: "User" });
const bot = (name: string): Account => ({ login: `${name}[bot]`, type: "Bot" });
const [wendy, ada, mallory, una] = ["wendy", "ada", "mallory", "una"].map(person) as [Account, ...Account[]] &
  Account[];
const [devE, reviewE, linter] = ["dev-e", "review-e", "linter"].map(bot);
const gone: Account = { login: "", type: "Other" };

/** An agent that is a GitHub user. */
const coder = person("coder");

/** A GitHub where wendy, ada and the coder may write, others may not, and which does not tell it of una. */
const github = GitHub.of({
  login: Effect.succeed("gate[bot]"),
  repositories: Effect.succeed([]),
  gitToken: () => Effect.succeed(""),
  call: (what) => {
    const login = what.split(" ").at(-1) ?? "";
    if (what === "read the account una") return Effect.succeed("User" as never);
    if (login === "una") return Effect.fail(new GitHubRefused({ what, status: 404, reason: "Not Found" }));
    return Effect.succeed({ type: "User", mayWrite: ["wendy", "ada", "coder"].includes(login) } as never);
  },
});
/** An appointed reviewer that is a GitHub user. */
const rita = person("rita");
const settings = { RIG_AGENT_LOGINS: "Dev-E[bot], Coder", RIG_REVIEWER_LOGINS: "review-e[bot], rita" };
const layer = Layer.merge(
  ConfigProvider.layer(ConfigProvider.fromEnv({ env: settings })),
  Layer.succeed(GitHub, github),
);
const withTrust = <A, E>(use: (trust: Trust) => Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.provide(Effect.flatMap(makeTrust, use), layer));

test("an agent may not object, also one that is a user who may write", async () => {
  const asked = (trust: Trust) =>
    Effect.forEach([coder, { ...coder, login: "CODER" }, wendy], (account) =>
      Effect.orDie(trust.mayObject(at, account)),
    );
  expect(await withTrust(asked)).toEqual([false, false, true]);
});

describe("a review thread that GitHub shows as resolved", () => {
  const thread = (resolvedBy: string | null, ...authors: readonly (Account | undefined)[]): ReviewThread => ({
    id: "T1",
    isResolved: true,
    resolvedBy: resolvedBy === null ? null : { login: resolvedBy },
    path: "a.js",
    line: 1,
    comments: authors.map((author = gone) => {
      return { id: "C", databaseId: 4, body: "", updatedAt: "", author: author.login, authorType: author.type };
    }),
  });
  const holding = async (resolved: ReviewThread) =>
    (await withTrust((trust) => weighThreads(trust, at, [resolved]))).value.holding.length;

  type Row = [string, string | null, readonly (Account | undefined)[]];

  // GraphQL names an App without its `[bot]`; whether it does so here, only a real GitHub can show.
  test.each<Row>([
    ["of a person, by the agent", "dev-e", [wendy]],
    ["of a person, by the agent, named as REST names it", "Dev-E[bot]", [wendy]],
    ["of a person, by the reviewer", "review-e", [wendy]],
    ["of a person, by somebody whom GitHub does not name", null, [wendy]],
    ["of the reviewer, by the agent", "dev-e", [reviewE]],
    ["of a reviewer that is a user, by an App that GitHub does not name", null, [rita]],
    ["of the reviewer, by another one", "rita", [reviewE]],
    ["of a stranger in which a person wrote, by the agent", "dev-e", [mallory, wendy]],
    ["of the agent in which a person wrote, by the agent", "dev-e", [devE, wendy]],
    ["of a person whose permission GitHub does not tell, by the agent", "dev-e", [una]],
    ["of a person, by an App that the operator did not name", "linter", [wendy]],
    ["of a person, by somebody who may not write", "mallory", [wendy]],
    ["of a person, by somebody whose permission GitHub does not tell", "una", [wendy]],
  ])("%s, still holds the merge", async (_, by, authors) => {
    expect(await holding(thread(by, ...authors))).toBe(1);
  });

  test.each<Row>([
    ["of a person, by another one", "ada", [wendy]],
    ["of the reviewer, by a person", "ada", [reviewE]],
    ["of the reviewer, by itself", "review-e", [reviewE, wendy]],
    ["of the reviewer, by itself, whom GitHub does not name", null, [reviewE]],
    ["of a reviewer that is a user, by itself", "rita", [rita]],
    ["of strangers and Apps, by the agent", "dev-e", [mallory, linter, devE, gone]],
    ["of a stranger, by himself", "mallory", [mallory]],
    ["of an agent that is a user who may write, by itself", "coder", [coder]],
  ])("%s, holds nothing", async (_, by, authors) => {
    expect(await holding(thread(by, ...authors))).toBe(0);
  });

  test("and still holds is named with who resolved it, and counted beside those that are open", async () => {
    const open = { ...thread(null, wendy), isResolved: false };
    const aside = { ...thread(null, mallory), isResolved: false };
    // One of a stranger that the agent resolved is neither open nor shown.
    const threads = [open, aside, aside, thread("dev-e", mallory), thread("dev-e", wendy), thread("ada", wendy)];
    const { value, untold } = await withTrust((trust) => weighThreads(trust, at, threads));
    expect(value).toEqual({
      holding: [
        { id: "T1", isResolved: false, comments: [4] },
        { id: "T1", isResolved: true, comments: [4] },
      ],
      leftAside: 2,
      notes: ["1 of them resolved by dev-e, which only a person who may write may"],
      comments: Array(6).fill(4),
    });
    expect(untold).toEqual([]);
  });

  test("that is open holds, also the reviewer's own, and has nothing to be named", async () => {
    for (const author of [wendy, reviewE]) {
      const open = { ...thread(null, author), isResolved: false };
      const { value } = await withTrust((trust) => weighThreads(trust, at, [open]));
      expect(value).toMatchObject({ holding: [{ isResolved: false }], leftAside: 0, notes: [] });
    }
  });
});

test("of a thread that holds the merge, the comments of those who may object are known by their ids", async () => {
  const said = ({ login: author, type: authorType }: Account, databaseId: number | null) => {
    return { id: "C", databaseId, body: "", updatedAt: "", author, authorType };
  };
  const authors = [mallory, wendy, una, ada].map((account = gone) => account);
  const comments = authors.map((account, index) => said(account, index === 3 ? null : index + 1));
  const thread = { id: "T1", isResolved: false, resolvedBy: null, path: "a.js", line: 1, comments };
  const { value } = await withTrust((trust) => weighThreads(trust, at, [thread]));
  expect(value).toMatchObject({ holding: [{ id: "T1", comments: [2, 3] }], comments: [1, 2, 3] });
});

test("a thread of somebody who may object for certain leaves nothing untold of those who write in it later", async () => {
  const untoldIn = async (...authors: readonly (Account | undefined)[]) => {
    const comments = authors.map(({ login, type } = gone) => {
      return { id: "C", databaseId: 4, body: "", updatedAt: "", author: login, authorType: type };
    });
    const thread = { id: "T1", isResolved: false, resolvedBy: null, path: "a.js", line: 1, comments };
    return (await withTrust((trust) => weighThreads(trust, at, [thread]))).untold.length;
  };
  expect(await untoldIn(wendy, una)).toBe(0);
  expect(await untoldIn(mallory, una)).toBe(1);
});

test("a thread of which GitHub shows no comment holds, and says so", async () => {
  const thread = { id: "T1", isResolved: false, resolvedBy: null, path: "a.js", line: 1, comments: [] };
  const { value, untold } = await withTrust((trust) => weighThreads(trust, at, [thread]));
  expect(value).toMatchObject({ holding: [{ id: "T1", comments: [] }], leftAside: 0 });
  expect(untold).toEqual(["GitHub does not tell the comments of a review thread on a.js"]);
});

test("a comment that held a merge is gone when GitHub shows it no more, on this pull request or another of the issue", () => {
  const shows = (...comments: readonly number[]) => ({ ...threadsWith(0), comments });
  const held = { holdingComments: [4, 5] };
  expect(goneIn([{ change: held, threads: shows(4, 5, 6) }])).toBe(0);
  expect(goneIn([{ change: held, threads: null }])).toBe(0);
  expect(
    goneIn([
      { change: held, threads: shows(5) },
      { change: held, threads: shows() },
    ]),
  ).toBe(3);
});

describe("a review that GitHub shows as dismissed", () => {
  const review = (user: Account | null): ReviewShown => ({ id: 5, user, state: "DISMISSED", commit_id: "h1" });
  const dismissed = (actor: Account | undefined = gone, state = "changes_requested", reviewId = 5): ChangeEvent => {
    return { event: "review_dismissed", at: "", actor, label: "", dismissed: { reviewId, state } };
  };
  const weighed = (events: readonly ChangeEvent[], user: Account | null = wendy) =>
    withTrust((trust) => weighReviews(trust, at, { reviews: [review(user)], events }));

  test.each<[string, readonly ChangeEvent[], string]>([
    ["by the agent", [dismissed(devE)], "dismissed by dev-e[bot], which only a person may"],
    [
      "by the agent, of a kind that is not told",
      [dismissed(devE, "")],
      "dismissed by dev-e[bot], which only a person may",
    ],
    ["by another App", [dismissed(linter)], "dismissed by linter[bot], which only a person may"],
    ["by an App of the reviewer's name", [dismissed(bot("wendy"))], "dismissed by wendy[bot], which only a person may"],
    ["by an account that is gone", [dismissed(gone)], "dismissed, and GitHub does not tell by whom"],
    ["without an event of it", [dismissed(ada, "changes_requested", 6)], "dismissed, and GitHub does not tell by whom"],
  ])("%s still asks for changes", async (_, events, note) => {
    expect((await weighed(events)).value).toEqual([
      {
        ...{ reviewer: "wendy", trusted: true, appointed: false, state: "CHANGES_REQUESTED", headSha: "h1", note },
        submittedAt: "",
        markedHead: null,
        textSha256: null,
        mergeBase: null,
      },
    ]);
  });

  test.each<[string, readonly ChangeEvent[], Account | null]>([
    ["by a person", [dismissed(ada)], wendy],
    ["by the reviewer itself", [dismissed(reviewE)], reviewE ?? null],
    ["by the agent, when it was an approval", [dismissed(devE, "approved")], wendy],
  ])("%s is none", async (_, events, user) => {
    const { value, untold } = await weighed(events, user);
    expect(value).toMatchObject([{ state: "DISMISSED", note: "" }]);
    expect(untold).toEqual([]);
  });

  test("of a stranger counts as little as before, and nobody is asked who dismissed it", async () => {
    for (const user of [mallory ?? null, linter ?? null, null]) {
      const { value, untold } = await weighed([], user);
      expect(value).toMatchObject([{ trusted: false }]);
      expect(untold).toEqual([]);
    }
  });

  test("is told to be unknown where GitHub does not say by whom", async () => {
    expect((await weighed([])).untold).toEqual(["GitHub does not tell who dismissed the review of wendy"]);
  });
});

test("an approval counts by the permission that GitHub tells, where the rules of the base count approvals, and nobody is asked elsewhere", async () => {
  const reviews = [wendy, mallory, linter, una, reviewE].map((user, id) => {
    return { id, user: user ?? null, state: "APPROVED", commit_id: "h1" };
  });
  const trusted = async (countsApprovals: boolean) => {
    const weighed = await withTrust((trust) => weighReviews(trust, at, { reviews, events: [], countsApprovals }));
    expect(weighed.untold).toEqual([]);
    return weighed.value.map((review) => review.trusted);
  };
  expect(await trusted(true)).toEqual([true, false, false, false, true]);
  expect(await trusted(false)).toEqual([false, false, false, false, true]);
});

test("an approval of somebody who objected before counts only where GitHub tells that he may write", async () => {
  const trusted = async (user: Account | undefined) => {
    const reviews = ["CHANGES_REQUESTED", "APPROVED"].map((state, id) => {
      return { id, user: user ?? null, state, commit_id: "h1" };
    });
    const weighed = await withTrust((trust) => weighReviews(trust, at, { reviews, events: [], countsApprovals: true }));
    return weighed.value.map((review) => review.trusted);
  };
  expect(await trusted(wendy)).toEqual([true, true]);
  expect(await trusted(una)).toEqual([true, false]);
  expect(await trusted(mallory)).toEqual([false, false]);
});

test("an objection of somebody whose permission GitHub does not tell counts, and says so", async () => {
  const reviews = [{ id: 1, user: una ?? null, state: "CHANGES_REQUESTED", commit_id: "h1" }];
  const { value, untold } = await withTrust((trust) => weighReviews(trust, at, { reviews, events: [] }));
  expect(value).toMatchObject([{ trusted: true, note: "GitHub does not tell whether this account may write" }]);
  expect(untold).toEqual([
    "read the permission of una: GitHub does not tell it: it answered 404 Not Found, although the account exists: give the App Metadata (read) on this repository",
  ]);
});

test("a comment counts as erased when no person deleted it, and its author may object", async () => {
  const by = (account: Account | undefined, author = "wendy") => {
    const { login, type } = account ?? gone;
    return { author, by: { login, type: type as "User" | "Bot" | "Other" } };
  };
  const counted = [by(devE), by(person("dev-e")), by(linter), by(gone), by(devE, "review-e[bot]"), by(devE, "una")];
  const others = [by(ada), by(devE, "mallory"), by(devE, "linter[bot]"), by(devE, "")];
  expect(await withTrust((trust) => weighErased(trust, at, [...others, ...counted]))).toEqual(counted);
});
