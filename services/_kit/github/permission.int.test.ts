import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ForgeWorld, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { coder, person, stranger, triager } from "../../../deploy/local/forge/test-forge.ts";
import { gitHubLayer } from "./github.ts";
import { readAccount } from "./permission.ts";

let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld();
});
afterAll(() => world.stop());

test.each([
  ["the owner", person.login, true],
  ["somebody with the role write", coder.login, true],
  ["somebody who may only set labels", triager.login, false],
  ["a stranger", stranger.login, false],
  ["a login that nobody has", "ghost", false],
  ["a deleted user, who has no login", "", false],
])("%s (%s) may write: %s", async (_who, login, expected) => {
  const asked = readAccount({ owner: "acme", repo: "shop" }, login).pipe(Effect.provide(gitHubLayer("dispatcher")));
  expect((await world.as("dispatcher", asked)).mayWrite).toBe(expected);
});
