import { Effect } from "effect";
import { describe, expect, test } from "vitest";
import {
  eachPerson,
  outsider,
  playGitHub,
  reviewBy,
  type Standing,
  threadBy,
  writer,
} from "#kit/github/test-people.ts";
import { makeTrust } from "#kit/github/trust.ts";
import { playedGitHub } from "#kit/test/test-github.ts";
import { evaluate } from "./decide.ts";
import { readFresh } from "./forge.ts";
import { approval, seen } from "./test-earned.ts";

// Whose reviews and threads hold a merge. GitHub is played.

const server = playedGitHub("merge-gate");

/** What the gate finds for a change that has earned its merge but for what stands on GitHub. */
async function found(standing: Standing) {
  server.play(playGitHub(standing));
  const reading = Effect.flatMap(makeTrust, (trust) => readFresh({ owner: "acme", repo: "shop", number: 9 }, trust));
  const { reviews, threads } = await server.run(reading);
  const { checks, passed } = evaluate(
    seen({ forge: { reviews: [...reviews, { ...approval, headSha: "h1" }], threads } }),
  );
  const missing = checks.filter((check) => !check.passed).map(({ name }) => name);
  return { passed, missing, threads: checks.find(({ name }) => name === "threads") };
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
  expect(check?.why).toBe("1 review threads are open; 2 of strangers hold nothing and are left aside");
  const permissions = server.asked.filter(({ path }) => path.includes("/permission"));
  expect(permissions).toHaveLength(2);
});
