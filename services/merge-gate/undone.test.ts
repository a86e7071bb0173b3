import { describe, expect, test } from "vitest";
import type { Account } from "#kit/github/trust.ts";
import { type ChangeEvent, isBaseChanged, undoneIn } from "./undone.ts";

// What agents undo of a person's by their rights on GitHub: it still holds.

const person = (login: string): Account => ({ login, type: "User" });
const bot = (name: string): Account => ({ login: `${name}[bot]`, type: "Bot" });
const [wendy, ada] = [person("wendy"), person("ada")];
const [devE, reviewE, linter] = [bot("dev-e"), bot("review-e"), bot("linter")];
const gone: Account = { login: "", type: "Other" };
const isPerson = ({ login, type }: Account) => type === "User" && login !== "" && login !== "dev-e";
const judged = { isPerson, isWriter: (account: Account) => isPerson(account) && account.login !== "tria" };

const about = (event: string, actor: Account = gone, label = ""): ChangeEvent => {
  return { event, at: "", actor, label, dismissed: null };
};
const undone = (events: readonly ChangeEvent[], shown: Partial<Parameters<typeof undoneIn>[1]> = {}) =>
  undoneIn(judged, { open: true, draft: false, labels: [], title: "Sell more", ...shown }, events);

type Row = [string, readonly ChangeEvent[], string | null];

describe("the label manual-merge", () => {
  const set = about("labeled", wendy, "manual-merge");
  const off = (actor?: Account) => about("unlabeled", actor, "manual-merge");

  test.each<Row>([
    ["by the agent", [set, off(devE)], "dev-e[bot]"],
    ["by the reviewer", [set, off(reviewE)], "review-e[bot]"],
    ["by another App", [set, off(linter)], "linter[bot]"],
    ["by an agent with a user's account", [set, off(person("dev-e"))], "dev-e"],
    ["by somebody who may only triage", [set, off(person("tria"))], "tria"],
    ["by the agent that set it", [about("labeled", devE, "manual-merge"), off(devE)], "dev-e[bot]"],
    ["by the agent, of whose setting GitHub lists nothing", [off(devE)], "dev-e[bot]"],
    ["by nobody: it was deleted", [set], null],
    ["by an account that is gone", [set, off(gone)], null],
    ["by the agent, after a person did so before", [set, off(ada), set, off(devE)], "dev-e[bot]"],
    [
      "by the agent, in other letters",
      [about("labeled", wendy, "Manual-Merge"), about("unlabeled", devE, "MANUAL-merge")],
      "dev-e[bot]",
    ],
  ])("taken off %s still holds", (_, events, login) => {
    expect(undone(events)).toEqual([{ what: "label", login }]);
  });

  test.each<[string, readonly ChangeEvent[], readonly string[]]>([
    ["taken off by a person", [set, off(ada)], []],
    ["taken off by the agent, then set and taken off by a person", [set, off(devE), set, off(ada)], []],
    ["never set", [about("labeled", wendy, "bug"), about("unlabeled", devE, "bug")], []],
    ["that is on, which holds by itself", [set, off(devE), set], ["Manual-Merge"]],
  ])("%s was undone by nobody", (_, events, labels) => {
    expect(undone(events, { labels })).toEqual([]);
  });
});

describe.each([
  { what: "draft", did: "convert_to_draft", undid: "ready_for_review", still: { draft: true } },
  { what: "closing", did: "closed", undid: "reopened", still: { open: false } },
] as const)("the $what of a person", ({ what, did, undid, still }) => {
  test.each<Row>([
    ["the agent", [about(did, wendy), about(undid, devE)], "dev-e[bot]"],
    ["the agent, twice", [about(did, wendy), about(undid, devE), about(did, devE), about(undid, devE)], "dev-e[bot]"],
    ["somebody whom GitHub does not list yet", [about(did, wendy)], null],
    ["the agent, where the account of who did it is gone", [about(did), about(undid, devE)], "dev-e[bot]"],
  ])("that was undone by %s still holds", (_, events, login) => {
    expect(undone(events)).toEqual([{ what, login }]);
  });

  test("that a person undid holds no more, and an agent's own never did", () => {
    expect(undone([about(did, wendy), about(undid, devE), about(did, devE), about(undid, ada)])).toEqual([]);
    expect(undone([about(did, devE), about(undid, devE)])).toEqual([]);
    expect(undone([about(did, wendy)], still)).toEqual([]);
  });
});

describe("a title that a person marked as work in progress", () => {
  const [marked, plain] = ["WIP: Sell more", "Sell more"];
  const renamed = (actor: Account, from: string, to: string) => ({ ...about("renamed", actor), renamed: { from, to } });

  test.each<Row>([
    ["the agent", [renamed(wendy, plain, marked), renamed(devE, marked, plain)], "dev-e[bot]"],
    ["somebody whom GitHub does not list yet", [renamed(wendy, plain, marked)], null],
    [
      "the agent, in two steps",
      [renamed(wendy, plain, marked), renamed(devE, marked, "[wip]"), renamed(devE, "[wip]", plain)],
      "dev-e[bot]",
    ],
  ])("and that was unmarked by %s still holds", (_, events, login) => {
    expect(undone(events)).toEqual([{ what: "title", login }]);
  });

  test("holds no more once a person unmarked it, and an agent's own mark never did", () => {
    expect(undone([renamed(wendy, plain, marked), renamed(ada, marked, plain), renamed(devE, plain, "More")])).toEqual(
      [],
    );
    expect(undone([renamed(devE, plain, marked), renamed(devE, marked, plain)])).toEqual([]);
    expect(undone([renamed(wendy, plain, marked)], { title: marked })).toEqual([]);
  });
});

test("a base that was changed by anybody counts as changed, also when it was changed back", () => {
  expect(
    isBaseChanged([about("base_ref_changed", devE), about("labeled", devE), about("base_ref_changed", devE)]),
  ).toBe(true);
  expect(isBaseChanged([about("automatic_base_change_succeeded", wendy)])).toBe(true);
  expect(isBaseChanged([about("renamed", devE)])).toBe(false);
});
