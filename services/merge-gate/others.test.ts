import { ConfigProvider, Effect, Layer } from "effect";
import { expect, test } from "vitest";
import { evaluateSeen } from "#contracts/gate/evaluate.ts";
import { failing, seen } from "#contracts/gate/test-earned.ts";
import { Retryable } from "#kit/errors.ts";
import { GitHub, GitHubRefused } from "#kit/github/github.ts";
import { type Account, makeTrust } from "#kit/github/trust.ts";
import { readOthers } from "./others.ts";

// What holds on pull request 8 of the issue, which an agent closed, when its pull request 9 has earned its merge.

const at = { owner: "acme", repo: "shop" };
const user = (login: string): Account => ({ login, type: "User" });
const bot = (name: string): Account => ({ login: `${name}[bot]`, type: "Bot" });
const [wendy, una, agent, stale, reviewer] = [user("wendy"), user("una"), bot("dev-e"), bot("stale"), bot("review-e")];
const settings = { RIG_AGENT_LOGINS: "dev-e[bot]", RIG_REVIEWER_LOGINS: "review-e[bot]" };

type Asking = Parameters<typeof readOthers>[1];

interface Played {
  /** What differs of pull request 8, or of each of several. */
  readonly pulls?: readonly object[];
  readonly events?: readonly { readonly event: string; readonly actor: Account; readonly label?: { name: string } }[];
  /** Who asked for changes. */
  readonly objector?: Account;
  /** The thread on it; of a thread that is resolved, by whom. */
  readonly thread?: { readonly authors: readonly Account[]; readonly resolvedBy?: string };
  readonly isGraphQlUsedUp?: boolean;
  /** Whether GraphQL counts a thread and does not show it. */
  readonly isThreadHidden?: boolean;
  readonly asking?: Partial<Omit<Asking, "said">> & { readonly said?: Partial<Asking["said"]> };
}

const byAgent = [{ event: "closed", actor: agent }];
const ofShop = { repo: { id: 1 } };

/** GitHub as far as it is asked for the other pull requests: lists in pages of a hundred. */
function played({ pulls = [{}], events = byAgent, objector, thread, isThreadHidden, asking = {} }: Played) {
  const closed = { number: 8, state: "closed", merged_at: null, draft: false, labels: [], user: agent };
  const listed = pulls.map((but) => ({ ...closed, head: ofShop, base: { ...ofShop, ref: "main" }, ...but }));
  const comments = (thread?.authors ?? []).map(({ login, type }) => {
    const author = { __typename: type, login: login.replace("[bot]", "") };
    return { id: "C", fullDatabaseId: "4", body: "", updatedAt: "", author };
  });
  const { resolvedBy } = thread ?? {};
  const resolved = { isResolved: resolvedBy !== undefined, resolvedBy: resolvedBy ? { login: resolvedBy } : null };
  const nodes = thread ? [{ id: "T", ...resolved, path: "a.js", line: 1, comments: { nodes: comments } }] : [];
  const reviewThreads = { nodes: isThreadHidden ? [null] : nodes, pageInfo: { hasNextPage: false, endCursor: null } };
  const review = { id: 1, user: objector, state: "CHANGES_REQUESTED", commit_id: "h0" };
  const first = `${asking.owner ?? "acme"}:feature/issue-7`;
  return {
    rest: {
      pulls: {
        list: async ({ head }: { readonly head: string }) => ({ data: head === first ? listed : [] }),
        listReviews: "reviews",
      },
      issues: { listEvents: "events" },
    },
    graphql: async () => ({ repository: { pullRequest: { reviewThreads } } }),
    paginate: async (route: unknown, _request: unknown, map?: (page: object, done: () => void) => unknown[]) => {
      if (route !== "events") return objector ? [review] : [];
      let isDone = false;
      const pages = Array.from({ length: Math.ceil(events.length / 100) }, (_, index) => index * 100);
      return pages.flatMap((from) => {
        const link = from + 100 < events.length ? '<next>; rel="next"' : "";
        const page = { data: events.slice(from, from + 100), headers: { link } };
        return isDone ? [] : map?.(page, () => (isDone = true));
      });
    },
  };
}

/** What the gate reads, and which requests that takes. Only wendy may write, and GitHub does not tell it of una. */
async function read(given: Played) {
  const octokit = played(given);
  const asked: string[] = [];
  const answer = (what: string) => {
    if (what === "read the threads" && given.isGraphQlUsedUp) return new Retryable({ what, delayMs: 600_000 });
    if (what.endsWith("permission of una")) return new GitHubRefused({ what, status: 404, reason: "Not Found" });
    if (what === "read the account una") return "User";
    return what.includes("permission") ? { type: "User", mayWrite: what.includes("wendy") } : undefined;
  };
  const github = GitHub.of({
    login: Effect.succeed("gate[bot]"),
    repositories: Effect.succeed([]),
    gitToken: () => Effect.succeed(""),
    call: (what, place, run) => {
      asked.push(what);
      const known = answer(what);
      if (known instanceof Error) return Effect.fail(known);
      if (known !== undefined) return Effect.succeed(known as never);
      return Effect.tryPromise({
        try: () => run(octokit as never, place),
        catch: (cause) => new Retryable({ what, cause }),
      });
    },
  });
  const environment = ConfigProvider.layer(ConfigProvider.fromEnv({ env: settings }));
  const layer = Layer.merge(environment, Layer.succeed(GitHub, github));
  const said = {
    headSha: "h1",
    number: 9,
    open: true,
    ownRepository: true,
    branch: "feature/issue-7",
    baseBranch: "main",
  };
  const { said: but, ...asking } = given.asking ?? {};
  const reading = Effect.flatMap(makeTrust, (trust) => {
    const all = { owner: "acme", ofBranch: null, trust, branches: [said.branch], ...asking, said: { ...said, ...but } };
    return readOthers({ ...at, number: 9 }, all);
  });
  return { ...(await Effect.runPromise(Effect.provide(reading, layer))), asked };
}

/** Why pull request 9 is held. */
async function held(given: Played): Promise<readonly string[]> {
  return failing(evaluateSeen(seen({ forge: await read(given) })));
}

const still = "open: #8, which no person closed, still has: ";

test("what a person wants of a change that an agent closed holds, also after the repository got another owner's name", async () => {
  const wanted = [`${still}changes requested by wendy, 1 open review threads`];
  const given: Played = { objector: wendy, thread: { authors: [wendy] } };
  expect(await held(given)).toEqual(wanted);
  expect(await held({ ...given, asking: { owner: "newname" } })).toEqual(wanted);
});

test("a person's closing that an agent undid ends nothing, also behind more events than are read", async () => {
  const undone = [
    { event: "closed", actor: wendy },
    { event: "reopened", actor: agent },
  ];
  const reason =
    "what a person closed was opened again by dev-e[bot], no person who may write: a person has to close it and open it again";
  expect(await held({ pulls: [{ state: "open" }], events: undone, objector: wendy })).toEqual([
    `${still}${reason}, changes requested by wendy`,
  ]);
  const [again = ""] = await held({ events: [...undone, ...byAgent], objector: wendy });
  expect(again).toBe(`${still}changes requested by wendy`);
  const flood = Array.from({ length: 1_100 }, (_, index) => ({
    event: index % 2 === 0 ? "labeled" : "unlabeled",
    actor: agent,
  }));
  const [cut = ""] = await held({ events: [...undone, ...flood, ...byAgent], objector: wendy });
  expect(cut).toMatch(/^open: #8, which no person closed, still has: .*more than 1000 events, changes requested by/);
});

test("what an appointed reviewer wants of a change that was closed ends with it, whoever closed it", async () => {
  const events = [{ event: "closed", actor: stale }];
  expect(await held({ events, objector: reviewer, thread: { authors: [reviewer] } })).toEqual([]);
});

test("a thread that Review-E began and resolved ends with it, also where a person answered in it", async () => {
  const authors = [reviewer, wendy];
  expect(await held({ thread: { authors, resolvedBy: "review-e" } })).toEqual([]);
  expect(await held({ thread: { authors } })).toEqual([`${still}1 open review threads`]);
});

const draft = { event: "convert_to_draft", actor: wendy };
const ready = { event: "ready_for_review", actor: agent };
const label = { name: "manual-merge" };
const off = { event: "unlabeled", actor: agent, label };
const offByAgent =
  "the label manual-merge was taken off by dev-e[bot], no person who may write: a person has to set it and take it off";

test.each<[string, Played, readonly string[]]>([
  [
    "that is still a draft is a person's if a person made it one",
    { pulls: [{ draft: true }], events: [draft, off, ...byAgent] },
    [`${still}the draft that a person made of it, ${offByAgent}`],
  ],
  [
    "that is still a draft is nobody's if an agent made it one",
    { pulls: [{ draft: true }], events: [{ ...draft, actor: agent }, off, ...byAgent] },
    [still + offByAgent],
  ],
  [
    "that an agent marked as ready is still a person's draft",
    { events: [draft, ready, ...byAgent] },
    [
      `${still}the draft that a person made of it was marked as ready by dev-e[bot], no person who may write: a person has to do both again`,
    ],
  ],
  [
    "has unknown threads while GraphQL is used up",
    { isGraphQlUsedUp: true },
    [`${still}threads that are not known yet: the limit of GitHub's GraphQL API is used up`],
  ],
  [
    "has a thread that is counted and not shown",
    { isThreadHidden: true },
    [`${still}threads that are not known yet: an answer of GitHub's GraphQL API does not come whole`],
  ],
  [
    "whose closing GitHub does not list yet holds",
    { events: [], objector: wendy },
    [`${still}changes requested by wendy`],
  ],
  ["that a person closed holds nothing", { events: [{ event: "closed", actor: wendy }], objector: wendy }, []],
  ["that was merged into the base holds nothing", { pulls: [{ merged_at: "2026" }], objector: wendy }, []],
  [
    "that was merged into another branch holds",
    { pulls: [{ merged_at: "2026", base: { ...ofShop, ref: "aside" } }], objector: wendy },
    [`${still}changes requested by wendy`],
  ],
  ["of a fork is not the issue's", { pulls: [{ head: { repo: { id: 2 } } }], objector: wendy }, []],
  ["of a fork that was deleted is not the issue's", { pulls: [{ head: { repo: null } }], objector: wendy }, []],
  ["is read once, and not as another one of itself", { pulls: [{ number: 9 }], objector: wendy }, []],
])("a pull request of the issue %s", async (_, given, reasons) => {
  expect(await held(given)).toEqual(reasons);
});

test.each<[string, Asking["said"] | object]>([
  ["closed", { open: false }],
  ["of a fork", { ownRepository: false }],
])("for a change that is %s, no other one is asked for", async (_, said) => {
  expect((await read({ objector: wendy, asking: { said } })).asked).toEqual([]);
});

test("of pull requests and of branches ten are read, and more leave the merge to a person", async () => {
  const cut = ["open: the issue has more than 10 other pull requests: a person has to merge"];
  const counted = (count: number) => Array.from({ length: count }, (_, index) => `feature/issue-7-${index}`);
  const pulls = (count: number) => ({ pulls: counted(count).map((_, index) => ({ number: 10 + index })) });
  // Beside those that agents named, its own branch.
  const branches = (count: number) => ({ pulls: [], asking: { branches: counted(count - 1) } });
  for (const many of [pulls, branches]) {
    expect(await held(many(10))).toEqual([]);
    expect(await held(many(11))).toEqual(cut);
    const { asked } = await read(many(11));
    const wanted = many === pulls ? "read the events" : "list the pull requests of the branch";
    expect(asked.filter((what) => what === wanted)).toHaveLength(10);
  }
});

test("what GitHub does not tell of somebody who wants something of another pull request is named, and when GraphQL can be asked", async () => {
  const sentence = expect.stringContaining("permission of una: GitHub does not tell it");
  expect((await read({ objector: una })).untold).toEqual([sentence]);
  expect((await read({ thread: { authors: [una] } })).untold).toEqual([sentence]);
  expect(await read({ isGraphQlUsedUp: true })).toMatchObject({ untold: [], graphQlAfterMs: 600_000 });
  const graphQlFault = "an answer of GitHub's GraphQL API does not come whole";
  expect(await read({ isThreadHidden: true })).toMatchObject({ graphQlAfterMs: 0, graphQlFault });
  expect(await read({})).toMatchObject({ untold: [], graphQlAfterMs: 0 });
});
