import { Effect } from "effect";
import { describe, expect, test } from "vitest";
import { issueAt } from "#contracts/aggregates.ts";
import { evaluateSeen } from "#contracts/gate/evaluate.ts";
import { approval, seen } from "#contracts/gate/test-earned.ts";
import {
  eachPerson,
  outsider,
  playGitHub,
  reviewBy,
  type Standing,
  threadBy,
  untold,
  writer,
} from "#kit/github/test-people.ts";
import { makeTrust } from "#kit/github/trust.ts";
import { policyLayer } from "#kit/policy/policy.ts";
import { playedGitHub } from "#kit/test/test-github.ts";
import { readFresh } from "./forge.ts";

// Whose reviews and threads hold a merge. GitHub is played.

const at = { owner: "acme", repo: "shop" };
const server = playedGitHub("merge-gate");

/** What the gate finds for a change that has earned its merge but for what stands on GitHub. */
function found(standing: Standing) {
  return foundOn(playGitHub(standing));
}

async function foundOn(played: ReturnType<typeof playGitHub>) {
  // The head lacks nothing of its base.
  const compared = {
    ahead_by: 1,
    behind_by: 0,
    base_commit: { sha: "b1" },
    merge_base_commit: { sha: "b1" },
    files: [],
  };
  server.play((asked) => (asked.path.includes("/compare/") ? { body: compared } : played(asked)));
  const reading = Effect.flatMap(makeTrust, (trust) =>
    readFresh({ ...at, number: 9 }, { on: issueAt({ ...at, number: 7 }), trust, branches: [] }),
  );
  const fresh = await server.run(Effect.provide(reading, policyLayer));
  const { threads, undone, baseChanged, eventsCut } = fresh;
  const reviews = [...fresh.reviews, { ...approval, headSha: "h1" }];
  const { checks, passed } = evaluateSeen(seen({ forge: { reviews, threads, undone, baseChanged, eventsCut } }));
  const missing = checks.filter((check) => !check.passed).map(({ name }) => name);
  return { passed, missing, untold: fresh.untold, threads: checks.find(({ name }) => name === "threads") };
}

describe.each(eachPerson)("of %s", (_who, person) => {
  const { counts } = person;

  test(`a review that asks for changes ${counts ? "holds the merge" : "holds nothing"}`, async () => {
    expect((await found({ reviews: [reviewBy(person)] })).missing).toEqual(counts ? ["review"] : []);
  });

  test(`a thread ${counts ? "holds the merge" : "is left aside and shown"}`, async () => {
    const { missing, threads } = await found({ threads: [threadBy([person])] });
    expect(missing).toEqual(counts ? ["threads"] : []);
    expect(threads?.leftAside).toBe(counts ? undefined : 1);
  });

  test(`a comment in a stranger's thread ${counts ? "makes it hold the merge" : "changes nothing"}`, async () => {
    const { missing } = await found({ threads: [threadBy([outsider, person])] });
    expect(missing).toEqual(counts ? ["threads"] : []);
  });
});

test("of what strangers and a person who may write did, the merge is held by what the person did, and the rest is counted", async () => {
  const reviews = [reviewBy(writer), reviewBy(outsider, { id: 2, state: "APPROVED" }), reviewBy(outsider, { id: 3 })];
  const threads = [threadBy([writer]), threadBy([outsider]), threadBy([outsider, outsider])];
  const { missing, threads: check } = await found({ reviews, threads });
  expect(missing).toEqual(["review", "threads"]);
  expect(check?.why).toBe("1 review thread is open; 2 of strangers hold nothing and are left aside");
  const permissions = server.asked.filter(({ path }) => path.includes("/permission"));
  expect(permissions).toHaveLength(2);
});

test("a review and a thread of somebody whose permission GitHub does not tell hold the merge, and the repair is named", async () => {
  const { missing, untold: sentences } = await found({ reviews: [reviewBy(untold)], threads: [threadBy([untold])] });
  expect(missing).toEqual(["review", "threads"]);
  const sentence = expect.stringContaining("although the account exists: give the App Metadata (read)");
  expect(sentences).toEqual([sentence, sentence]);
});

test("what an agent undid by its own rights on GitHub still holds the merge: review, thread and label", async () => {
  const actor = { login: "rig-dev-e[bot]", type: "Bot" };
  const standing: Standing = {
    reviews: [reviewBy(writer, { state: "DISMISSED" })],
    threads: [threadBy([writer], { isResolved: true, resolvedBy: { login: "rig-dev-e" } })],
    events: [
      { event: "review_dismissed", actor, dismissed_review: { state: "changes_requested", review_id: 1 } },
      { event: "labeled", actor: writer.account, label: { name: "manual-merge" } },
      { event: "unlabeled", actor, label: { name: "manual-merge" } },
    ],
  };
  const { missing, untold: sentences } = await found(standing);
  expect(missing).toEqual(["open", "review", "threads"]);
  expect(sentences).toEqual([]);
});

test("of more events than the gate reads, the rest is left unread and the merge to a person", async () => {
  const label = { name: "noise" };
  const events = Array.from({ length: 100 }, () => ({ event: "labeled", actor: outsider.account, label }));
  const play = playGitHub({ events });
  const isGraphql = (path: string) => path.endsWith("/graphql");
  const { missing } = await foundOn((asked) => {
    const answer = play(asked);
    if (!isGraphql(asked.path)) return answer;
    const { pullRequest } = (answer.body as { data: { repository: { pullRequest: { timelineItems: object } } } }).data
      .repository;
    const pageInfo = { hasNextPage: true, endCursor: "next" };
    Object.assign(pullRequest.timelineItems, { totalCount: 100_000, pageInfo });
    return answer;
  });
  expect(missing).toEqual(["open"]);
  const ofChange = server.asked.filter(({ path, body }) => isGraphql(path) && String(body.query).includes("timeline"));
  expect(ofChange).toHaveLength(10);
});
