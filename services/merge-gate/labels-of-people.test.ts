import { expect, test } from "vitest";
import { labelsOfPeople } from "./labels-of-people.ts";
import type { ChangeEvent } from "./undone.ts";

const trust = {
  isWriter: ({ login, type }: { readonly login: string; readonly type: string }) =>
    type === "User" && login !== "dev-e",
};
const by = (login: string, event: string, label: string): ChangeEvent => {
  const type = login.endsWith("[bot]") ? "Bot" : "User";
  return { event, actor: { login, type }, label, dismissed: null, at: "2026-01-01T11:00:00Z" };
};

// Given these events of a pull request with the label large-pr-ok, then whether a person set it.
test.each<[string, readonly ChangeEvent[], boolean]>([
  ["a person set it", [by("ada", "labeled", "large-pr-ok")], true],
  ["a person set it in other letters", [by("ada", "labeled", "Large-PR-OK")], true],
  ["an agent set it", [by("dev-e[bot]", "labeled", "large-pr-ok")], false],
  ["an agent that is a user set it", [by("dev-e", "labeled", "large-pr-ok")], false],
  [
    "an agent set it again after a person",
    [
      by("ada", "labeled", "large-pr-ok"),
      by("ada", "unlabeled", "large-pr-ok"),
      by("dev-e[bot]", "labeled", "large-pr-ok"),
    ],
    false,
  ],
  [
    "a person set it again after an agent",
    [
      by("dev-e[bot]", "labeled", "large-pr-ok"),
      by("ada", "unlabeled", "large-pr-ok"),
      by("ada", "labeled", "large-pr-ok"),
    ],
    true,
  ],
  ["a person set another one", [by("ada", "labeled", "bug")], false],
  ["a person set one with a sign that passes for its last letter", [by("ada", "labeled", "large-pr-o\u212a")], false],
  ["nobody is told of yet", [], false],
])("a label counts as a person's: %s", (_, events, isOfPerson) => {
  expect(labelsOfPeople(trust, ["large-pr-ok"], events)).toEqual(isOfPerson ? ["large-pr-ok"] : []);
});
