import { describe, expect, test } from "vitest";
import type { Fact } from "#contracts/envelope.ts";
import type { IssueStanding } from "#contracts/issue-label.ts";
import type { IssueFact } from "#contracts/issue-life.ts";
import { labelOf } from "#contracts/test-facts.ts";
import * as given from "./test-history.ts";

const { decided, confirmed, issue, open } = given;
const label = (more: Partial<Fact<"ISSUE_LABELED">["data"]>) =>
  given.fact("ISSUE_LABELED", labelOf({ defaultBranch: "trunk", ...more }));

describe("deliveries about the label and the closing in every order, each of them once or twice", () => {
  const at = (second: number) => `2026-01-01T10:00:0${second}Z`;
  const first = label({ updatedAt: at(1) });
  const taken = given.fact("ISSUE_UNLABELED", { label: "agent-ready", sender: "ada", updatedAt: at(2) });
  const edited = label({ updatedAt: at(3), title: "Sell everything" });
  const byTriager = label({ updatedAt: at(3), sender: "tria" });
  const closed = (second: number) =>
    given.fact("ISSUE_CLOSED", { sender: "ada", stateReason: null, updatedAt: at(second) });
  type Delivery = typeof first | typeof taken | ReturnType<typeof closed>;

  /** The state of the issue after these deliveries, with GitHub as it is after the last of them. */
  function endOf(order: readonly Delivery[], now: IssueStanding) {
    const history: IssueFact[] = [];
    for (const delivery of order) {
      history.push(delivery);
      const mayWrite = delivery.data.sender === "ada";
      const account = { type: "User", mayWrite };
      history.push(
        ...given.stored(decided(delivery, { ...confirmed, issue: issue(...history), standing: now, account })),
      );
    }
    return issue(...history);
  }

  const orders = <Entry>(entries: readonly Entry[]): readonly (readonly Entry[])[] =>
    entries.length === 0
      ? [[]]
      : entries.flatMap((entry, at) => orders(entries.toSpliced(at, 1)).map((rest) => [entry, ...rest]));
  const twice = (order: readonly Delivery[]) => [...order, ...order];

  test("set, taken off, set again on an edited text: the edited text is approved, and no other", () => {
    for (const order of orders([first, taken, edited])) {
      for (const played of [order, twice(order)]) {
        expect(endOf(played, { ...open, title: "Sell everything" })).toMatchObject({
          state: "queued",
          title: "Sell everything",
        });
      }
    }
  });

  test("set, taken off, set again by somebody who may not: nothing is worked on", () => {
    for (const order of orders([first, taken, byTriager])) {
      for (const played of [order, twice(order)]) {
        const { state, refusal } = endOf(played, open);
        expect(["new", "cancelled"]).toContain(state);
        expect(refusal).toMatch(/tria may not write|was taken off/);
      }
    }
  });

  test.each([
    ["an edited text", label({ updatedAt: at(4), title: "Sell everything" }), "Sell everything"],
    ["the same text", label({ updatedAt: at(4) }), "Sell more"],
  ])(
    "set, closed, opened again, taken off, set again on %s: that is approved, and worked on",
    (_name, again, title) => {
      for (const order of orders([first, closed(2), taken, again])) {
        for (const played of [order, twice(order)]) {
          expect(endOf(played, { ...open, title })).toMatchObject({ state: "queued", title, closed: false });
        }
      }
    },
  );

  test("set, closed and opened again: nothing is worked on before the label is set again", () => {
    for (const order of orders([first, closed(2)])) {
      for (const played of [order, twice(order)]) {
        const { state, closed: isClosed } = endOf(played, open);
        expect(["new", "cancelled"]).toContain(state);
        expect(isClosed).toBe(true);
      }
    }
  });

  test("set and closed within one second: what GitHub has now decides", () => {
    for (const order of orders([label({ updatedAt: at(3) }), closed(3)])) {
      for (const played of [order, twice(order)]) {
        expect(["new", "cancelled"]).toContain(endOf(played, { ...open, open: false }).state);
        expect(endOf(played, open).state).toBe("queued");
      }
    }
  });

  test("set, taken off and set again: a removal that is decided late, on GitHub's answer from before the last label, ends nothing", () => {
    const history: IssueFact[] = [];
    for (const delivery of [first, label({ updatedAt: at(3) })]) {
      history.push(delivery);
      history.push(...given.stored(decided(delivery, { ...confirmed, issue: issue(...history) })));
    }
    const stale = { ...open, labelled: false };
    expect(decided(taken, { issue: issue(...history, taken), standing: stale })).toEqual(given.nothing);
  });

  test("set and taken off: nothing is worked on", () => {
    for (const order of orders([first, taken])) {
      const { state } = endOf(order, { ...open, labelled: false });
      expect(state).toBe("new");
    }
  });
});
