import { expect, test } from "vitest";
import { playGate, told } from "./test-played.ts";
import type { Shown } from "./test-situation.ts";
import { answering } from "./test-situation-github.ts";

// What the gate does with a head that lacks only the newest commits of its base, by what GitHub answers when it is asked to update it.

const { lookAt } = playGate();

const refused = (status: number, message: string): Shown => ({
  answers: [{ path: "update-branch", status, body: { message } }],
});
const pushed = { pull: { head: { sha: "h2" } }, commits: [{ sha: "h2", message: "Sell more" }] };
const asked = "BRANCH_UPDATE_REQUESTED";

const inBetween = refused(422, "expected head sha didn't match current head ref.");
const conflicting = { ...pushed, pull: { ...pushed.pull, mergeable: false } };

test.each<[string, Shown, Shown, readonly string[]]>([
  ["is brought up to date by GitHub", { answers: [{ path: "update-branch", status: 202 }] }, {}, [asked]],
  ["is not while a check runs", { checks: [{ name: "test" }] }, {}, []],
  ["is an agent's where GitHub refuses it", refused(422, "merge conflict"), {}, [asked, "MERGE_CONFLICT"]],
  ["is an agent's where the gate may not push", refused(403, "No"), {}, [asked, "MERGE_CONFLICT"]],
  ["is asked for again while GitHub does not answer", refused(502, ""), {}, [asked, "Retryable"]],
  ["is looked at again after a push in between", inBetween, pushed, [asked, "Retryable"]],
  ["is looked at again also where that push conflicts", inBetween, conflicting, [asked, "Retryable"]],
])("a head that is behind a strict base %s", async (_, github, later, done) => {
  const { appended, error } = await lookAt(answering({ pull: { mergeable_state: "behind" }, ...github }, later));
  expect([...appended, ...(error === null ? [] : [error._tag])]).toEqual(done);
});

test.each<[string, string, number, readonly string[]]>([
  ["for another commit of its base is asked for again", "b0", 60_000, [asked, asked]],
  ["by a message that ended an hour ago is asked for again", "b1", 3_660_000, [asked, asked]],
  ["by a message that may still ask is left to that one", "b1", 60_000, [asked]],
])("an update that was requested %s", async (_, baseSha, ageMs, done) => {
  const before = told("BRANCH_UPDATE_REQUESTED", { prNumber: 9, headSha: "h1", baseSha }, ageMs);
  const answer = answering(
    { pull: { mergeable_state: "behind" }, answers: [{ path: "update-branch", status: 202 }] },
    {},
  );
  const { appended } = await lookAt(answer, { facts: [before] });
  expect(appended).toEqual(done);
});
