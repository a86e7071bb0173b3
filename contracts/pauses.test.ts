import { expect, test } from "vitest";
import type { FactOf } from "./envelope.ts";
import { foldPauses } from "./pauses.ts";
import { factOf } from "./test-facts.ts";

const paused = (until: string, agentId = "dev-e") =>
  factOf("FLEET_PAUSED", { agentId, cause: "bytes", hour: "2026-01-02T03", bytes: 9, bytesMax: 8, until });
const resumed = (until: string, agentId = "dev-e") => factOf("FLEET_RESUMED", { agentId, until });
const fold = (...facts: readonly FactOf<"fleet">[]) => [...foldPauses(facts)];

const [early, late] = ["2026-01-02T05:00:00.000Z", "2026-01-02T06:00:00.000Z"];

test("an agent is paused until the latest moment that a fact names", () => {
  expect(fold(paused(late), paused(early))).toEqual([["dev-e", late]]);
});

test("a pause that was resumed is over, and the pause of another agent is not", () => {
  expect(fold(paused(early), paused(late, "review-e"), resumed(early))).toEqual([["review-e", late]]);
});

test("the end of an earlier pause does not end a longer one", () => {
  expect(fold(paused(early), paused(late), resumed(early))).toEqual([["dev-e", late]]);
});
