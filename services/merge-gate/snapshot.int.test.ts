import { Effect, Layer, Result } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { evaluate } from "#contracts/gate/evaluate.ts";
import { decodeSnapshot } from "#contracts/gate/snapshot.ts";
import { gatePolicy } from "#contracts/gate/test-earned.ts";
import { readText } from "#kit/facts/text.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { OperatorPolicy, readPolicy } from "#kit/policy/policy.ts";
import { reviewer } from "../../deploy/local/forge/test-forge.ts";
import { earnedOn, handlingOn } from "./test-change.ts";

// What the gate decided on is kept beside its verdict: anybody can compute the verdict again.

let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
});
afterAll(() => world.stop());
const { earnedChange, appendedTo, pullOnForge } = earnedOn(() => world);
const { handleWith, handleAs } = handlingOn(() => world);

test("a verdict names what it was on, from which it follows again; that is deleted after 30 days", async () => {
  const { issue, pr } = await earnedChange("kept");
  await handleWith(issue, gitHubLayer("merge-gate"));
  const evaluated = (await world.history(pr)).find((fact) => fact.type === "GATE_EVALUATED");
  const ref = evaluated?.type === "GATE_EVALUATED" ? evaluated.data.snapshot : null;
  if (evaluated?.type !== "GATE_EVALUATED" || !ref) throw new Error("the verdict names no snapshot");
  const snapshot = decodeSnapshot((await world.as("merge-gate", readText(ref))) ?? "");
  if (Result.isFailure(snapshot)) throw new Error(snapshot.failure.reason);
  const { headSha, passed, checks } = evaluate(snapshot.success, gatePolicy);
  expect({ headSha, passed }).toEqual({ headSha: evaluated.data.headSha, passed: true });
  expect(evaluated.data.checks).toMatchObject(checks);
  const stored = await world.manager.streams.getMessage("TEXT", { last_by_subj: ref.subject });
  expect(stored?.header.get("Nats-TTL")).toBe("720h");
});

test("a gate in shadow says that it would merge, and merges nothing", async () => {
  const { issue, pr } = await earnedChange("shadowed");
  const shadow = Layer.effect(
    OperatorPolicy,
    Effect.map(readPolicy(), (policy) => ({ ...policy, gate: { ...policy.gate, mode: "shadow" as const } })),
  );
  const ended = (await world.history(issue)).findLast((fact) => fact.type === "RUN_SUCCEEDED");
  if (ended?.type !== "RUN_SUCCEEDED") throw new Error("the run did not succeed");
  await handleAs(ended, gitHubLayer("merge-gate"), { policy: shadow });
  expect((await world.history(pr)).at(-1)).toMatchObject({ type: "GATE_EVALUATED", data: { passed: true } });
  expect([await appendedTo(issue), (await pullOnForge(pr.number)).merged]).toEqual([[], false]);
});
