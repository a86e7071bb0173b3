import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  aggregateFilter,
  aggregateOf,
  deadLetterSubject,
  deliveriesFilter,
  deliverySubject,
  factFilter,
  factSubject,
  failedConsumer,
  inboxPrefix,
  leaseBucket,
  leaseFilter,
  leaseKey,
  placeNamed,
  replayFilter,
  repositoryOf,
  textFilter,
  textSubject,
  textsFilter,
  token,
  workConsumer,
  workFilter,
  workSubject,
} from "./subjects.ts";
import { reviewItem, workItem } from "./test-facts.ts";
import { matches } from "./test-subjects.ts";
import { ackWaitMs, leaseTtlMs, workingEveryMs } from "./waits.ts";

const on = { kind: "issue", owner: "acme.inc", repo: "web site", number: 7 } as const;
const text = fc.string({ unit: "grapheme", maxLength: 20 });

describe("a subject token", () => {
  test.each([
    ["acme", "acme"],
    ["a-b_C9", "a-b_C9"],
    ["next.js", "next%2Ejs"],
    ["a b", "a%20b"],
    ["*", "%2A"],
    [">", "%3E"],
    ["100%", "100%25"],
    ["ærø", "%C3%A6r%C3%B8"],
    ["\t\r\n", "%09%0D%0A"],
    ["", "_"],
  ])("of %j is %s", (of, expected) => {
    expect(token(of)).toBe(expected);
  });

  test("is one token that NATS reads literally, whatever the text", () => {
    fc.assert(
      fc.property(text, (of) => {
        expect(token(of)).toMatch(/^[A-Za-z0-9_%-]+$/);
      }),
    );
  });

  test("differs for different texts", () => {
    // The empty text and `_` have the same token. GitHub allows neither as a name.
    const close = fc.string({ unit: fc.constantFrom("%", "2", "E", ".", "e", "_", "é"), minLength: 1, maxLength: 5 });
    const named = fc.oneof(
      text.filter((of) => of !== ""),
      close,
    );
    fc.assert(
      fc.property(named, named, (one, other) => {
        expect(token(one) === token(other)).toBe(one === other);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(named, (of) => {
        expect(decodeURIComponent(token(of))).toBe(of);
      }),
    );
  });
});

describe("subjects", () => {
  test("of a fact begin with the aggregate's one filter", () => {
    expect(factSubject(on, "MERGED", "merge-gate")).toBe("evt.issue.acme%2Einc.web%20site.7.MERGED");
    expect(aggregateFilter(on)).toBe("evt.issue.acme%2Einc.web%20site.7.>");
    expect(matches(aggregateFilter(on), factSubject(on, "MERGED", "merge-gate"))).toBe(true);
    expect(matches(aggregateFilter(on), factSubject({ ...on, number: 70 }, "MERGED", "merge-gate"))).toBe(false);
    expect(matches(aggregateFilter(on), factSubject({ ...on, kind: "pr" }, "MERGED", "merge-gate"))).toBe(false);
  });

  test("of a fact match the filter of its type, whatever owner and repository are called", () => {
    fc.assert(
      fc.property(text, text, fc.nat(), (owner, repo, number) => {
        const subject = factSubject({ kind: "pr", owner, repo, number }, "CI_PASSED", "webhook");
        expect(matches(factFilter("CI_PASSED"), subject)).toBe(true);
        expect(matches(factFilter("CI_FAILED"), subject)).toBe(false);
        expect(aggregateOf(subject)).toBe(aggregateFilter({ kind: "pr", owner, repo, number }).replace(/\.>$/, ""));
      }),
    );
  });

  test("of a fact that several services publish end with the emitter, to which the broker holds each", () => {
    const subject = factSubject(on, "ISSUE_ASSIGNED", "dev-e");
    expect(subject).toBe("evt.issue.acme%2Einc.web%20site.7.ISSUE_ASSIGNED.dev-e");
    expect(matches(factFilter("ISSUE_ASSIGNED"), subject)).toBe(true);
    expect(matches(factFilter("ISSUE_ASSIGNED", "dev-e"), subject)).toBe(true);
    expect(matches(factFilter("ISSUE_ASSIGNED", "dev-e-python"), subject)).toBe(false);
    expect(matches(aggregateFilter(on), subject)).toBe(true);
    expect(aggregateOf(subject)).toBe("evt.issue.acme%2Einc.web%20site.7");
  });

  test("of texts, facts, work items and deliveries say which issue or repository they are about", () => {
    const at = { owner: "acme.inc", repo: "web site", number: 7 };
    const delivery = deliverySubject({ ...at, event: "issues", action: "labeled" });
    const numbered = [
      textSubject(at, "abc", "dev-e"),
      factSubject({ kind: "pr", ...at }, "MERGED", "merge-gate"),
      workSubject(workItem(at)),
      workSubject(reviewItem(at)),
    ];
    for (const subject of numbered) expect(placeNamed(subject), subject).toEqual(at);
    expect(placeNamed(delivery)).toEqual({ ...at, number: null });
    for (const subject of ["evt.fleet.text.TEXT_ERASED", "redo.EVENTS.dispatcher", "github.issues", "work.a.b.c.%.r.x"])
      expect(placeNamed(subject), subject).toBeNull();
    expect(placeNamed("text.%zz.r.7.x")).toEqual({ owner: "%zz", repo: "r", number: 7 });
    expect(matches(textsFilter, numbered[0] ?? "")).toBe(true);
    expect(matches(deliveriesFilter, delivery)).toBe(true);
    expect(matches(deliveriesFilter, numbered[0] ?? "")).toBe(false);
  });

  test("of a text match the filter of the service that stores it, and of no other", () => {
    const subject = textSubject({ owner: "acme.inc", repo: "web site", number: 7 }, "abc", "dev-e");
    expect(matches(textFilter("dev-e"), subject)).toBe(true);
    expect(matches(textFilter("dev"), subject)).toBe(false);
  });

  test("of deliveries of one repository name it alike, those of another one differently, and others none", () => {
    const delivery = (action: string, repo: string) =>
      repositoryOf(deliverySubject({ event: "issues", action, owner: "acme.inc", repo }));
    expect(delivery("labeled", "web")).toBe(delivery("", "web"));
    expect(delivery("labeled", "web")).not.toBe(delivery("labeled", "web.site"));
    expect(repositoryOf(replayFilter("GITHUB", "webhook"))).toBe("");
  });

  test("of work items match the filter of their role, stack and priority, and no other", () => {
    const items = [workItem({ owner: "acme.inc", priority: "high" }), reviewItem({ repo: "web site" })];
    for (const item of items) {
      const { role, stack, priority } = item;
      const subject = workSubject(item);
      expect(matches(workFilter({ role }), subject)).toBe(true);
      expect(matches(workFilter({ role, stack, priority }), subject)).toBe(true);
      expect(matches(workFilter({ role, stack, priority: "low" }), subject)).toBe(false);
      expect(matches(workFilter({ role: role === "dev" ? "review" : "dev" }), subject)).toBe(false);
    }
  });

  test("of a replayed dead letter match the filter of the consumer that failed, and no other", () => {
    const replay = replayFilter("EVENTS", "dispatcher");
    expect(matches(replay, replay)).toBe(true);
    expect(matches(replayFilter("TICKS", "dispatcher"), replay)).toBe(false);
  });

  test("of a dead letter name the consumer that failed", () => {
    const subject = deadLetterSubject("WORK", "dev-e-dev-node-high");
    expect(failedConsumer(subject)).toEqual({ stream: "WORK", consumer: "dev-e-dev-node-high" });
    expect(matches(deadLetterSubject("*", "*"), subject)).toBe(true);
  });

  test("of deliveries, work, dead letters and inboxes say where they belong", () => {
    expect(deliverySubject({ event: "issues", action: "", owner: "acme", repo: "a.b" })).toBe(
      "github.issues._.acme.a%2Eb",
    );
    const item = { role: "dev", stack: "node", priority: "high", ...on, headSha: "abc" } as const;
    expect(workSubject(item)).toBe("work.dev.node.high.acme%2Einc.web%20site.7");
    expect(workSubject({ ...item, role: "review", stack: "any" })).toBe(
      "work.review.any.high.acme%2Einc.web%20site.7.abc",
    );
    expect(workConsumer("dev-e", item)).toBe("dev-e-dev-node-high");
    expect(deadLetterSubject("EVENTS", "dispatcher")).toBe("dlq.EVENTS.dispatcher");
    expect(inboxPrefix("dev-e")).toBe("_INBOX_dev-e");
  });

  test("of a lease are valid KV keys and differ for different aggregates", () => {
    expect(leaseKey(on)).toBe("issue.acme=2Einc.web=20site.7");
    fc.assert(
      fc.property(text, text, (owner, repo) => {
        const key = leaseKey({ ...on, owner, repo });
        expect(key).toMatch(/^[-/_=.a-zA-Z0-9]+$/);
        expect(key.split(".")).toHaveLength(4);
        expect(matches(leaseFilter("issue"), `$KV.${leaseBucket}.${key}`)).toBe(true);
        expect(matches(leaseFilter("pr"), `$KV.${leaseBucket}.${key}`)).toBe(false);
      }),
    );
  });
});

test("a lease outlives two renewals and ends before its item is redelivered", () => {
  expect(leaseTtlMs).toBeGreaterThan(2 * workingEveryMs);
  expect(leaseTtlMs).toBeLessThan(ackWaitMs);
  expect(ackWaitMs).toBeGreaterThan(2 * workingEveryMs);
});
