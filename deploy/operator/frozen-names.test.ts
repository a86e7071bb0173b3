import { expect, test } from "vitest";
import { frozenNamed } from "#contracts/freezes.ts";
import { factOf } from "#contracts/test-facts.ts";
import { unseenName } from "./frozen-names.ts";

const moved = { fromOwner: "acme", fromRepo: "store", owner: "acme", repo: "shop" };
const seen = {
  repositories: [
    { owner: "acme", repo: "shop" },
    { owner: "acme", repo: "store" },
    { owner: "umbrella", repo: "tools" },
  ],
  moves: [factOf("REPOSITORY_MOVED", moved)],
  branches: ["main", "next"],
};
const faultOf = (name: string, more: Partial<typeof seen> = {}) => {
  const frozen = frozenNamed(name);
  return frozen === null ? "no name" : unseenName(frozen, { ...seen, ...more });
};

test.each(["acme/shop", "ACME/Shop@main", "acme/shop@next", "umbrella/tools"])("%s holds something", (name) => {
  expect(faultOf(name)).toBeNull();
});

test.each([
  ["acme/shpo@main", "The rig has never seen the repository acme/shpo. Is acme/shop@main meant?"],
  ["zebra/crossing", "The rig has never seen the repository zebra/crossing."],
  ["acme/shop@mian", "The gate merges nothing into acme/shop@mian. It merges into acme/shop@main, acme/shop@next."],
  ["acme/shop@Main", "The gate merges nothing into acme/shop@Main. It merges into acme/shop@main, acme/shop@next."],
  ["Acme/store@main", "Acme/store has another name: it is acme/shop now. Is acme/shop@main meant?"],
])("a freeze of %s holds nothing, and the answer names what may be meant", (name, fault) => {
  expect(faultOf(name)).toBe(fault);
});

test("where no label told of a branch, any may be frozen, and where nothing was seen, nothing", () => {
  expect(faultOf("acme/shop@mian", { branches: [] })).toBeNull();
  expect(faultOf("acme/shop", { repositories: [] })).toBe("The rig has never seen the repository acme/shop.");
});
