import { describe, expect, test } from "vitest";
import { evaluateSeen } from "./evaluate.ts";
import type { ForgeState, Other } from "./snapshot.ts";
import { failing, seen, threadsWith } from "./test-earned.ts";

const gate = (forge: Partial<ForgeState>) => evaluateSeen(seen({ forge }));

describe("another pull request of the issue, which an agent closed", () => {
  const quiet: Other = {
    ...{ number: 8, author: "dev-e[bot]", draft: false, labels: [], undone: [], eventsCut: false, reviews: [] },
    threads: threadsWith(0, { leftAside: 2 }),
  };
  const ada = {
    reviewer: "ada",
    trusted: true,
    appointed: false,
    headSha: "h1",
    submittedAt: "",
    markedHead: null,
    textSha256: null,
    mergeBase: null,
    note: "",
  };
  const objection = { ...ada, state: "CHANGES_REQUESTED" };
  const still = "open: #8, which no person closed, still has: ";

  test.each<[string, Partial<Other>, string]>([
    ["an objection", { reviews: [objection] }, "changes requested by ada"],
    ["an open thread", { threads: threadsWith(1) }, "1 open review threads"],
    [
      "unknown threads",
      { threads: null },
      "threads that are not known yet: the limit of GitHub's GraphQL API is used up",
    ],
    ["the label manual-merge", { labels: ["manual-merge"] }, "the label manual-merge"],
    ["a person's draft", { draft: true }, "the draft that a person made of it"],
    ["more events than are read", { eventsCut: true }, "more than 1000 events"],
    [
      "what an agent undid",
      { undone: [{ what: "label", login: "dev-e" }] },
      "the label manual-merge was taken off by dev-e, no person who may write: a person has to set it and take it off",
    ],
  ])("holds the merge with %s", (_, but, reason) => {
    expect(failing(gate({ others: [{ ...quiet, ...but }] }))).toEqual([still + reason]);
  });

  test("holds nothing where nobody wants anything of it, or took back what he wanted", () => {
    const took = [objection, { ...ada, state: "APPROVED" }];
    const reviews = [...took, { ...objection, reviewer: "mallory", trusted: false }];
    expect(gate({ others: [quiet, { ...quiet, reviews }] }).passed).toBe(true);
  });
});
