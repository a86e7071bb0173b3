import { Effect } from "effect";
import { describe, expect, test } from "vitest";
import type { Account, Trust } from "#kit/github/trust.ts";
import { forcedAtIn } from "./pushes.ts";
import { weighRequested } from "./requested.ts";
import type { ChangeEvent } from "./undone.ts";
import type { ReviewShown } from "./weigh.ts";

const at = { owner: "acme", repo: "shop" };
const person = (login: string): Account => ({ login, type: "User" });
const [ada, wendy, mallory] = [person("ada"), person("wendy"), person("mallory")];
const devE: Account = { login: "dev-e[bot]", type: "Bot" };
const gone: Account = { login: "", type: "Other" };
const trust: Trust = {
  isAppointed: () => false,
  agents: { all: [], has: () => false },
  readAccount: () => Effect.die("nobody asks for it"),
  isPerson: ({ type }) => type === "User",
  mayObject: (_at, { login }) => Effect.succeed(login !== "mallory"),
};

const judged = {
  isPerson: trust.isPerson,
  isWriter: (account: Account) => trust.isPerson(account) && account !== mallory,
};

const event = (name: string, actor: Account, requested: Account, minute = 1): ChangeEvent => {
  return { event: name, at: `2026-01-01T10:0${minute}:00Z`, actor, label: "", dismissed: null, requested };
};
const asks = (by: Account, whom: Account, minute = 1) => event("review_requested", by, whom, minute);
const removes = (by: Account, whom: Account, minute = 2) => event("review_request_removed", by, whom, minute);
const review = (user: Account, minute: number): ReviewShown => {
  return { id: minute, user, state: "COMMENTED", submitted_at: `2026-01-01T10:0${minute}:00Z` };
};

const requestedBy = async (
  events: readonly ChangeEvent[],
  { shown = [], reviews = [] }: { readonly shown?: readonly Account[]; readonly reviews?: readonly ReviewShown[] } = {},
) => (await Effect.runPromise(weighRequested(trust, at, { shown, events, reviews, judged }))).value;

describe("a review that is asked for is waited for", () => {
  test.each<[string, readonly ChangeEvent[], object, string]>([
    ["where a person asked a person who may object", [asks(ada, wendy)], { shown: [wendy] }, ""],
    ["where he reviewed before he was asked", [asks(ada, wendy, 3)], { reviews: [review(wendy, 2)] }, ""],
    [
      "where an agent removed the request",
      [asks(ada, wendy), removes(devE, wendy)],
      {},
      "the request was removed by dev-e[bot], which only a person who may write may",
    ],
    [
      "where a person who may not write removed it",
      [asks(ada, wendy), removes(mallory, wendy)],
      {},
      "the request was removed by mallory, which only a person who may write may",
    ],
    [
      "where GitHub does not tell who removed it",
      [asks(ada, wendy), removes(gone, wendy)],
      {},
      "the request was removed and GitHub does not tell by whom",
    ],
    [
      "where GitHub shows it and lists nobody who asked",
      [],
      { shown: [wendy] },
      "GitHub does not tell yet who asked for it",
    ],
    ["where an agent asked too", [asks(ada, wendy), asks(devE, wendy, 2)], { shown: [wendy] }, ""],
  ])("%s", async (_name, events, more, note) => {
    expect(await requestedBy(events, more)).toEqual([{ login: "wendy", note }]);
  });
});

describe("nobody waits for a review", () => {
  test.each<[string, readonly ChangeEvent[], object]>([
    ["that an agent asked for, such as of the code owners", [asks(devE, wendy)], { shown: [wendy] }],
    ["of an App", [asks(ada, devE)], { shown: [devE] }],
    ["of somebody who may not object", [asks(ada, mallory)], { shown: [mallory] }],
    ["of an account that is gone", [asks(ada, gone)], { shown: [gone] }],
    ["that was given since, whatever it says", [asks(ada, wendy)], { reviews: [review(wendy, 1)] }],
    [
      "that was given by the same login in other letters",
      [asks(ada, wendy)],
      { reviews: [review(person("Wendy"), 5)] },
    ],
    ["that a person removed", [asks(ada, wendy), removes(ada, wendy)], {}],
    ["that a person removed after an agent", [asks(ada, wendy), removes(devE, wendy), removes(wendy, wendy, 3)], {}],
  ])("%s", async (_name, events, more) => {
    expect(await requestedBy(events, more)).toEqual([]);
  });
});

test("the last push by force, or the branch that was brought back, says since when a head may be another one", () => {
  const of = (name: string, minute: number) => event(name, devE, gone, minute);
  expect(forcedAtIn([of("labeled", 1)])).toBeNull();
  expect(forcedAtIn([of("head_ref_force_pushed", 1), of("head_ref_restored", 2), of("labeled", 3)])).toBe(
    "2026-01-01T10:02:00Z",
  );
});
