import { ConfigProvider, Effect } from "effect";
import { expect, test } from "vitest";
import { choreography, type Row } from "#contracts/choreography.ts";
import { agentLogins, botsThatClaim, reviewerLogins } from "./logins.ts";

const read = (settings: Readonly<Record<string, string>>) =>
  Effect.runPromise(
    Effect.provide(
      Effect.all([agentLogins, reviewerLogins]),
      ConfigProvider.layer(ConfigProvider.fromEnv({ env: settings })),
    ),
  );

test("a second agent of one kind is trusted by its row, without a setting", () => {
  const python: Row = { ...choreography["dev-e"], program: "dev-e", claims: [{ role: "dev", stack: "any" }] };
  const rows = { ...choreography, "dev-e-python": python };
  expect(botsThatClaim("dev", rows).split(",")).toEqual(["rig-dev-e[bot]", "rig-dev-e-python[bot]"]);
  expect(botsThatClaim("review", rows)).toBe("rig-review-e[bot]");
});

test("without settings the agents and reviewers are the bots of the rows", async () => {
  const [agents, reviewers] = await read({});
  expect(agents.all).toEqual(botsThatClaim("dev").split(","));
  expect(reviewers.all).toEqual(botsThatClaim("review").split(","));
});

test("a setting names the agents and reviewers in the place of the rows", async () => {
  const [agents, reviewers] = await read({ RIG_AGENT_LOGINS: "Coder[bot], two[bot]", RIG_REVIEWER_LOGINS: "rita" });
  expect([agents.has("coder[bot]"), agents.has("two[bot]"), agents.has("rig-dev-e[bot]")]).toEqual([true, true, false]);
  expect(reviewers.all).toEqual(["rita"]);
});
