import fc from "fast-check";
import { expect, test } from "vitest";
import type { GatePolicy } from "#contracts/policy.ts";
import type { Answer, Asked } from "#kit/test/test-answers.ts";
import { anySituation, required } from "./test-any-situation.ts";
import { type Look, playGate } from "./test-played.ts";
import type { Shown } from "./test-situation.ts";
import { answering } from "./test-situation-github.ts";

// What holds of every verdict from GitHub's answers on, through everything that reads and weighs them. In shadow mode a look evaluates once.

const { lookAt } = playGate();
type Play = (asked: Asked) => Answer | Promise<Answer>;
type Values = Readonly<Record<string, unknown>>;

const look = (play: Play): Promise<Look> => lookAt(play, { gate: { mode: "shadow" } as Partial<GatePolicy> });
const isOpen = async (play: Play) => (await look(play)).verdict?.passed === true;

/** The holds, whatever their order; that it is asked again where there is no verdict. */
async function heldBy(play: Play): Promise<readonly string[]> {
  const { verdict } = await look(play);
  return verdict === null ? ["asked again"] : verdict.checks.flatMap(({ hold }) => hold ?? []).toSorted();
}

/** 20: a look takes 30 ms of a processor, so that each property takes less than a second. */
const runs = { numRuns: 20 };

const mayWrite = ["wendy", "ada", "una", "review-e"];
const passing: readonly unknown[] = ["success", "skipped", "neutral"];

/** What nobody may object to in a change that is merged, each by itself, told from what GitHub shows. */
const demands: Readonly<Record<string, (shown: Shown) => boolean>> = {
  "it is open, finished and its own": ({ pull = {}, issue = {} }) => {
    const { draft, state, title, mergeable, base, head } = pull as Record<string, { readonly ref?: string }>;
    const isOwn = (base?.ref ?? "main") === "main" && (head?.ref ?? "feature/issue-7") === "feature/issue-7";
    const isReady = draft !== (true as never) && !/^(?:WIP|Draft)/.test(String(title ?? ""));
    const isWanted = issue.state !== "closed" && (issue.labels as string[] | undefined)?.length !== 0;
    return isOwn && isReady && isWanted && state !== ("closed" as never) && (mergeable ?? true) === (true as never);
  },
  "nobody wants to merge it himself": ({ pull = {} }) =>
    !(pull.labels as readonly string[] | undefined)?.includes("manual-merge"),
  "the reviewer's last decision is an approval of this head": ({
    reviews = [{ by: "review-e", state: "APPROVED" }],
  }) => {
    const last = reviews.findLast(({ by, state }) => by === "review-e" && /APPROVED|CHANGES|DISMISSED/.test(state));
    return last?.state === "APPROVED" && ("commit" in last ? last.commit : "h1") === "h1";
  },
  "nobody who may write objects": ({ reviews = [] }) =>
    mayWrite.every((login) => {
      const last = reviews.findLast(({ by, state }) => by === login && /APPROVED|CHANGES|DISMISSED/.test(state));
      return last?.state !== "CHANGES_REQUESTED";
    }),
  "every thread of somebody who may write is ended by a person who may, or by the reviewer that began it": ({
    threads = [],
  }) =>
    threads.every(({ by, resolvedBy }) => {
      // GitHub may name nobody for an App.
      const enders = by[0] === "review-e" ? ["wendy", "ada", "review-e", ""] : ["wendy", "ada"];
      return enders.some((login) => login === resolvedBy) || !by.some((login) => mayWrite.includes(login));
    }),
  "what is required has passed, or where nothing is, all that ran": ({ checks = [], statuses = [], rules = [] }) => {
    const names = rules.flatMap((rule) =>
      ["test", "lint"].filter((name) => JSON.stringify(rule).includes(`"${name}"`)),
    );
    const counts = (name: string) => names.length === 0 || names.includes(name);
    const last = checks.filter((one, at) => {
      const later = checks.slice(at + 1);
      return !later.some(({ name, suite }) => name === one.name && suite === one.suite);
    });
    const isGreen = last.every(({ name, conclusion }) => !counts(name) || passing.includes(conclusion));
    return isGreen && statuses.every(({ context, state }) => !counts(context) || state === "success");
  },
  "the reviewer has no part in it": ({ commits = [] }) =>
    commits.every(({ author, committer }) => ![author, committer].includes("review-e")),
  "it has nothing that is a person's": ({ files = [] }) =>
    files.every(({ filename }) => !/^\.github\/|auth|CODEOWNERS/.test(filename)),
  "it closes nothing else": ({ links = [] }) => links.every((number) => number === 7),
  "its base is the one that was approved": ({ events = [] }) =>
    events.every(({ event }) => event !== "base_ref_changed"),
  "signatures that are wanted are there": ({ rules = [] }) => rules.every(({ type }) => type !== "required_signatures"),
};

/** What somebody may object to in these situations although they are merged, where GitHub shows something of each, and how many are merged. */
async function unmetIn(shown: (situation: Shown) => Shown, more: fc.Parameters<[Shown]>) {
  let merged = 0;
  const property = fc.asyncProperty(anySituation, async (situation) => {
    if (!(await isOpen(answering(shown(situation))))) return true;
    merged += 1;
    return Object.keys(demands).every((name) => demands[name]?.(situation) !== false);
  });
  const { counterexample } = await fc.check(property, { ...more, endOnFailure: true });
  return { counterexample, merged };
}

test("whatever GitHub shows, nothing is merged that somebody may object to", async () => {
  const { counterexample, merged } = await unmetIn((situation) => situation, { numRuns: 30 });
  expect(counterexample).toBeNull();
  // Otherwise nothing was tried.
  expect(merged).toBeGreaterThan(2);
});

test("a gate that does not see the threads is found out", async () => {
  const { counterexample } = await unmetIn(({ threads: _, ...situation }) => situation, { numRuns: 60, seed: 7 });
  expect(counterexample).not.toBeNull();
});

/** What holds a merge, put among what GitHub shows already. */
const holds: readonly ((shown: Shown) => Shown)[] = [
  (shown) => ({
    ...shown,
    reviews: [...(shown.reviews ?? []), { by: "wendy", state: "CHANGES_REQUESTED", commit: "h0" }],
  }),
  (shown) => ({ ...shown, reviews: [...(shown.reviews ?? []), { by: "review-e", state: "CHANGES_REQUESTED" }] }),
  (shown) => ({ ...shown, threads: [{ by: ["mallory", "ada"], outdated: true }, ...(shown.threads ?? [])] }),
  (shown) => ({
    ...shown,
    checks: [...(shown.checks ?? []), { name: "new", conclusion: "failure" }],
    rules: [required("new")],
  }),
  (shown) => ({ ...shown, rules: [...(shown.rules ?? []), required("never reported")] }),
  (shown) => ({ ...shown, rules: [...(shown.rules ?? []), { type: "a_new_rule" }] }),
  (shown) => ({ ...shown, events: [...(shown.events ?? []), { event: "base_ref_changed", actor: "wendy" }] }),
  (shown) => ({ ...shown, links: [...(shown.links ?? []), 12] }),
  (shown) => ({
    ...shown,
    files: [...(shown.files ?? []), { filename: "package-lock.json", lines: ['"left-pad": {'] }],
  }),
  (shown) => ({ ...shown, pull: { ...shown.pull, draft: true } }),
  (shown) => ({ ...shown, pull: { ...shown.pull, labels: ["MANUAL-merge"] } }),
  (shown) => ({ ...shown, pull: { ...shown.pull, mergeable: null } }),
  (shown) => ({ ...shown, issue: { ...shown.issue, state: "closed" } }),
  (shown) => ({ ...shown, commits: [{ sha: "h0", message: "Fixes #12" }, ...(shown.commits ?? [{ sha: "h1" }])] }),
  (shown) => ({ ...shown, commits: [{ sha: "h0", coAuthors: ["review-e"] }, ...(shown.commits ?? [{ sha: "h1" }])] }),
];

test("what holds a merge holds it by itself, whatever else GitHub shows", async () => {
  await fc.assert(
    fc.asyncProperty(anySituation, fc.constantFrom(...holds), async (shown, hold) => {
      expect(await isOpen(answering(hold(shown)))).toBe(false);
    }),
    runs,
  );
});

/** The places of everything that an answer tells. */
function placesIn(value: unknown, at: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, of]) => placesIn(of, [...at, key]))];
}

/** The same with null in one place. */
function withGap(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return null;
  if (Array.isArray(value)) return value.map((each, at) => (String(at) === key ? withGap(each, rest) : each));
  return { ...(value as Values), [key]: withGap((value as Values)[key], rest) };
}

/** Whoever is deleted is null, and of nothing does GraphQL leave out the kind: all else has to be there. */
const mayLack = /^(?:author|requestedReviewer|__typename)$/;

test("what holds a merge holds it also where GitHub leaves something else out of its answer", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...holds), fc.nat(), async (hold, pick) => {
      const base = answering(hold({}));
      const play: Play = async (asked) => {
        const answer = await base(asked);
        const { data } = (answer.body ?? {}) as Values;
        if (!asked.path.endsWith("/graphql") || data === undefined) return answer;
        const places = placesIn(data).filter((at) => at.length > 2 && !mayLack.test(at.at(-1) ?? ""));
        return { ...answer, body: { data: withGap(data, places[pick % places.length] ?? []) as object } };
      };
      // Of what GitHub cannot answer there may be an error instead of a verdict.
      expect(await isOpen(play).catch(() => false)).toBe(false);
    }),
    runs,
  );
});

/** GitHub with pages of two instead of a hundred. */
function inSmallPages(play: Play): Play {
  return (asked) => {
    const query = String(asked.body.query ?? "");
    const body = { ...asked.body, query: query.replaceAll(/first: 100(?=, after|\) \{ pageInfo)/g, "first: 2") };
    return play({ ...asked, path: asked.path.replace("per_page=100", "per_page=2"), ...(query !== "" && { body }) });
  };
}

test("how GitHub pages its lists does not matter", async () => {
  await fc.assert(
    fc.asyncProperty(anySituation, async (shown) => {
      expect(await heldBy(inSmallPages(answering(shown)))).toEqual(await heldBy(answering(shown)));
    }),
    { numRuns: 10 },
  );
});

/** The lists that have no order; reviews have one for each reviewer. */
const unordered = ["contexts", "checkSuites", "labels", "closingIssuesReferences", "reviewThreads", "files"];

/** What GitHub answers, with the lists that have no order turned round. */
function turnedRound(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) {
    const all = value.map((each) => turnedRound(each));
    if (name !== "reviews") return unordered.includes(name) ? all.toReversed() : all;
    const byAuthor = Map.groupBy(all, (each) => JSON.stringify((each as Values).author));
    return [...byAuthor.values()].toReversed().flat();
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, of]) => [key, turnedRound(of, key === "nodes" ? name : key)]),
  );
}

test("in which order GitHub lists what has none does not matter, nor the order of reviews by several people", async () => {
  await fc.assert(
    fc.asyncProperty(anySituation, async (shown) => {
      const turned: Play = async (asked) => {
        const answer = await answering(shown)(asked);
        return typeof answer.body === "object" ? { ...answer, body: turnedRound(answer.body) as object } : answer;
      };
      expect(await heldBy(turned)).toEqual(await heldBy(answering(shown)));
    }),
    { numRuns: 10 },
  );
});
