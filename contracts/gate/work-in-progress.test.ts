import { expect, test } from "vitest";
import { evaluateSeen } from "./evaluate.ts";
import { failing, seen } from "./test-earned.ts";

const gate = (title: string) => failing(evaluateSeen(seen({ forge: { title } })));

test.each([
  ...["WIP", "WIP: sell more", "wip sell more", "[WIP] Sell more", "[wip]Sell more", "(WIP) Sell more", " WIP - sell"],
  ...["Draft: sell more", "draft : sell more", "[Draft] Sell more", "(draft) Sell more", "WIP/sell more"],
])("the title %j holds the merge", (title) => {
  expect(gate(title)).toEqual(["open: its title says that it is work in progress"]);
});

test.each([
  "Wipe the tables",
  "WIPO codes",
  "Sell more WIP",
  "Draft the letter",
  "Drafts: list them",
  "wip_items",
  "(WIP",
])("the title %j holds nothing", (title) => {
  expect(gate(title)).toEqual([]);
});
