import type { JetStreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { encodeFact } from "#contracts/envelope.ts";
import { factOf, workItem } from "#contracts/test-facts.ts";
import { findErasable, isAbout } from "./erasable.ts";

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const repository = { name: "widgets", owner: { login: "acme" } };
const seven = { owner: "acme", repo: "widgets", number: 7 };
const all = { ...seven, number: null };

test.each<[string, unknown]>([
  ["of the issue", { repository, issue: { number: 7, milestone: { number: 1 } } }],
  ["of the pull request", { repository, pull_request: { number: 7 } }],
  ["of a comment, on whichever of the two", { repository, issue: { number: 7 }, comment: { body: "x" } }],
  ["of a check that ran on it", { repository, check_suite: { pull_requests: [{ number: 3 }, { number: 7 }] } }],
  ["of an issue that has it as its parent", { repository, issue: { number: 8 }, parent_issue: { number: 7 } }],
])("a delivery %s is about it", (_name, payload) => {
  expect(isAbout(bytes(payload), seven)).toBe("yes");
  expect(isAbout(bytes(payload), all)).toBe("yes");
});

test.each<[string, unknown]>([
  ["another number", { repository, issue: { number: 8 } }],
  ["another repository", { repository: { ...repository, name: "gadgets" }, issue: { number: 7 } }],
  ["another owner", { repository: { ...repository, owner: { login: "evil" } }, issue: { number: 7 } }],
  ["a milestone with that number", { repository, issue: { number: 8, milestone: { number: 7 } } }],
  ["no number", { repository, ref: "refs/heads/main" }],
  ["no repository", { zen: "Keep it simple." }],
])("a delivery of %s is not", (_name, payload) => {
  expect(isAbout(bytes(payload), seven)).toBe("no");
});

test("a delivery without a number goes with the whole repository only", () => {
  expect(isAbout(bytes({ repository, ref: "refs/heads/main" }), all)).toBe("yes");
});

test("a fact, a work item of the issue and one of its pull request are about it", () => {
  const fact = factOf("ISSUE_CANCELLED", { reason: "closed" });
  expect(isAbout(encodeFact(fact), { ...seven, number: 1 })).toBe("yes");
  expect(isAbout(encodeFact(fact), seven)).toBe("no");
  expect(isAbout(bytes(workItem({ number: 7 })), seven)).toBe("yes");
  expect(isAbout(bytes(workItem({ number: 9, issueNumber: 7, prNumber: 9 })), seven)).toBe("yes");
});

test("upper and lower case are the same, as on GitHub", () => {
  const payload = bytes({ repository: { name: "Widgets", owner: { login: "Acme" } }, issue: { number: 7 } });
  expect(isAbout(payload, seven)).toBe("yes");
  expect(isAbout(bytes(workItem({ number: 7 })), { ...seven, owner: "ACME", repo: "wIDGETS" })).toBe("yes");
});

test.each(["old", "new"])("a delivery of a transfer is about the %s issue, in its own repository", (which) => {
  const other = { name: "gadgets", owner: { login: "acme" } };
  const changes = { [`${which}_issue`]: { number: 7, body: "x" }, [`${which}_repository`]: repository };
  const payload = bytes({ repository: other, issue: { number: 3 }, changes });
  expect(isAbout(payload, seven)).toBe("yes");
  expect(isAbout(payload, all)).toBe("yes");
  expect(isAbout(payload, { ...seven, repo: "gadgets", number: 3 })).toBe("yes");
  expect(isAbout(payload, { ...seven, repo: "gadgets" })).toBe("no");
});

test.each([
  "work.dev.node.normal.Acme.widgets.7",
  "work.review.any.low.acme.widgets.7.abc",
  "evt.issue.acme.widgets.7.ISSUE_LABELED.webhook",
])("a letter that names no repository is about the issue when it stood on %s", (subject) => {
  for (const payload of [bytes({ key: "hunter2" }), bytes({ owner: "acme", number: "7" }), bytes("no JSON")]) {
    expect(isAbout(payload, seven, subject)).toBe("yes");
    expect(isAbout(payload, all, subject)).toBe("yes");
    expect(isAbout(payload, { ...seven, number: 70 }, subject)).not.toBe("yes");
  }
  expect(isAbout(bytes({ repository, issue: { number: 8 } }), seven, subject)).toBe("no");
});

test("of what is no JSON nobody can tell", () => {
  expect(isAbout(bytes("payload=%7B%7D"), seven)).toBe("unreadable");
});

/** A server whose streams hold these messages: stream, subject, payload. */
function serverWith(messages: readonly (readonly [string, string, Uint8Array])[]): JetStreamManager {
  const on = (stream: string) => messages.filter(([name]) => name === stream);
  const header = { get: () => "", values: () => [], has: () => false, keys: () => [] };
  const getMessage = async (stream: string, query: { readonly seq: number; readonly next_by_subj: string }) => {
    const at = on(stream).findIndex(([, subject], index) => index + 1 >= query.seq && subject === query.next_by_subj);
    const [, subject, data] = on(stream)[at] ?? [];
    return at < 0 ? null : { seq: at + 1, subject, data, header };
  };
  const info = async (stream: string) => ({
    state: { subjects: Object.fromEntries(on(stream).map(([, subject]) => [subject, 1])) },
  });
  return { streams: { info, getMessage }, direct: { getMessage } } as unknown as JetStreamManager;
}

test("a replayed dead letter that no service has consumed is found", async () => {
  const delivery = bytes({ repository, issue: { number: 7, body: "hunter2" } });
  const server = serverWith([
    ["REDO", "redo.GITHUB.webhook", bytes({ repository, issue: { number: 8 } })],
    ["REDO", "redo.GITHUB.webhook", delivery],
    ["REDO", "redo.EVENTS.dispatcher", encodeFact(factOf("ISSUE_CANCELLED", { reason: "closed" }))],
    ["REDO", "redo.GITHUB.webhook", bytes("payload=%7B%7D")],
  ]);
  expect(await findErasable(server, seven)).toEqual({
    found: [{ stream: "REDO", sequence: 2, subject: "redo.GITHUB.webhook", bytes: delivery.length }],
    unreadable: [expect.objectContaining({ stream: "REDO", sequence: 4 })],
  });
  expect((await findErasable(server, { ...seven, number: 1 })).found).toMatchObject([{ stream: "REDO", sequence: 3 }]);
});
