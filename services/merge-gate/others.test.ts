import { ConfigProvider, Effect, Layer } from "effect";
import { expect, test } from "vitest";
import { GitHub } from "#kit/github/github.ts";
import { makeTrust } from "#kit/github/trust.ts";
import { evaluate } from "./decide.ts";
import { readOthers } from "./others.ts";
import { failing, seen } from "./test-earned.ts";

// What holds on pull request 8 of the issue, which is closed, when its pull request 9 has earned its merge.

const at = { owner: "acme", repo: "shop" };
const user = (login: string) => ({ login, type: "User" });
const bot = (name: string) => ({ login: `${name}[bot]`, type: "Bot" });
const [wendy, agent, stale, reviewer] = [user("wendy"), bot("dev-e"), bot("stale"), bot("review-e")];
const settings = { RIG_AGENT_LOGINS: "dev-e[bot]", RIG_REVIEWER_LOGINS: "review-e[bot]" };

interface Played {
  readonly events: readonly { readonly event: string; readonly actor: ReturnType<typeof user> }[];
  readonly objector: ReturnType<typeof user>;
  /** Under which name the repository is on GitHub by now. */
  readonly owner?: string;
}

/** GitHub as far as it is asked for the other pull requests: lists in pages of a hundred, one review, and one thread of the same account. */
function played({ events, objector, owner = "acme" }: Played) {
  const closed = { number: 8, state: "closed", merged_at: null, draft: false, labels: [], user: agent };
  const pull = { ...closed, head: { repo: { id: 1 } }, base: { repo: { id: 1 } } };
  const author = { __typename: objector.type, login: objector.login.replace("[bot]", "") };
  const comment = { id: "C", fullDatabaseId: "4", body: "", updatedAt: "", author };
  const thread = {
    id: "T",
    isResolved: false,
    resolvedBy: null,
    path: "a.js",
    line: 1,
    comments: { nodes: [comment] },
  };
  const reviewThreads = { nodes: [thread], pageInfo: { hasNextPage: false, endCursor: null } };
  const review = { id: 1, user: objector, state: "CHANGES_REQUESTED", commit_id: "h0" };
  return {
    rest: {
      pulls: {
        list: async ({ head }: { readonly head: string }) => ({ data: head.startsWith(`${owner}:`) ? [pull] : [] }),
        listReviews: "reviews",
      },
      issues: { listEvents: "events" },
    },
    graphql: async () => ({ repository: { pullRequest: { reviewThreads } } }),
    paginate: async (route: unknown, _request: unknown, map?: (page: object, done: () => void) => unknown[]) => {
      if (route !== "events") return [review];
      const found: unknown[] = [];
      let isDone = false;
      for (let from = 0; from < events.length && !isDone; from += 100) {
        const link = from + 100 < events.length ? '<next>; rel="next"' : "";
        const page = { data: events.slice(from, from + 100), headers: { link } };
        found.push(
          ...(map?.(page, () => {
            isDone = true;
          }) ?? []),
        );
      }
      return found;
    },
  };
}

/** Why pull request 9 is held. */
async function held(given: Played): Promise<readonly string[]> {
  const octokit = played(given);
  const github = GitHub.of({
    login: Effect.succeed("gate[bot]"),
    repositories: Effect.succeed([]),
    gitToken: () => Effect.succeed(""),
    call: (what, place, run) =>
      what.includes("permission")
        ? Effect.succeed({ type: "User", mayWrite: what.includes("wendy") } as never)
        : Effect.promise(() => run(octokit as never, place)),
  });
  const environment = ConfigProvider.layer(ConfigProvider.fromEnv({ env: settings }));
  const layer = Layer.merge(environment, Layer.succeed(GitHub, github));
  const said = { number: 9, open: true, ownRepository: true, branch: "feature/issue-7", baseBranch: "main" };
  const reading = Effect.gen(function* () {
    const trust = yield* makeTrust;
    return yield* readOthers(
      { ...at, number: 9 },
      { owner: given.owner ?? "acme", said, trust, branches: [said.branch] },
    );
  });
  return failing(evaluate(seen({ forge: await Effect.runPromise(Effect.provide(reading, layer)) })));
}

const still = "open: #8, which no person closed, still has: ";
const byAgent = [{ event: "closed", actor: agent }];

test("what a person wants of a change that an agent closed holds, also after the repository got another owner's name", async () => {
  const wanted = `${still}changes requested by wendy, 1 open review threads`;
  expect(await held({ events: byAgent, objector: wendy })).toEqual([wanted]);
  expect(await held({ events: byAgent, objector: wendy, owner: "newname" })).toEqual([wanted]);
});

test("a person's closing that an agent undid ends nothing, also behind more events than are read", async () => {
  const undone = [
    { event: "closed", actor: wendy },
    { event: "reopened", actor: agent },
  ];
  const flood = Array.from({ length: 1_100 }, (_, index) => ({
    event: index % 2 === 0 ? "labeled" : "unlabeled",
    actor: agent,
  }));
  const [reason = ""] = await held({ events: [...undone, ...flood, ...byAgent], objector: wendy });
  expect(reason).toMatch(/^open: #8, which no person closed, still has: .*more than 1000 events, changes requested by/);
});

test("what an appointed reviewer wants of a change that was closed ends with it, whoever closed it", async () => {
  expect(await held({ events: [{ event: "closed", actor: stale }], objector: reviewer })).toEqual([]);
});
