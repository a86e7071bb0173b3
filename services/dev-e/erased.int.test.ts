import { Effect, Layer } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { draftOf, plainSettings, workItem } from "#contracts/test-facts.ts";
import { claimWork } from "#kit/claim.ts";
import { enqueueWork } from "#kit/enqueue.ts";
import { gitHubLayer } from "#kit/github.ts";
import { Model } from "#kit/model.ts";
import { rootSpan } from "#kit/stamp.ts";
import { type ForgeWorld, startForgeWorld } from "#kit/test-forge-world.ts";
import { eventually } from "#kit/test-world.ts";
import { devE } from "./work.ts";

let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld();
});
afterAll(() => world.stop());

const on = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;
const inShop = <Draft extends { readonly on: object }>(draft: Draft): Draft => ({ ...draft, on });

test("an attempt whose approved text was erased asks no model and ends with RUN_FAILED, which no second attempt follows", async () => {
  const label = { label: "agent-ready", labels: [], title: "Sell more", sender: "ada", defaultBranch: "main" };
  const approved = { title: "Sell more", priority: "normal", defaultBranch: "main", ...plainSettings } as const;
  const queued = { attempt: 1, task: "implement", reason: "", prNumber: null, headSha: null } as const;
  await world.publish(
    "admin",
    inShop(draftOf("ISSUE_LABELED", 7, { ...label, body: { text: "the key is hunter2" } })),
    inShop(draftOf("ISSUE_APPROVED", 7, approved)),
    inShop(draftOf("ISSUE_QUEUED", 7, queued)),
  );
  await world.manager.streams.purge("TEXT", { filter: "text.acme.shop.7.*" });
  const cause = { id: "work", correlationId: "work", traceparent: rootSpan() };
  const { repo, number } = on;
  await world.as("dispatcher", enqueueWork("dispatcher", cause, 0, workItem({ repo, number })));
  const model = Model.of({
    name: "played",
    converse: () => Effect.die("the model is asked"),
    ask: () => Effect.die("the model is asked"),
  });
  const needs = Layer.merge(gitHubLayer("dev-e"), Layer.succeed(Model, model));
  const running = world.start("dev-e", Effect.provide(claimWork("dev-e", devE), needs));
  await eventually(async () => {
    const reason = "the approved text was erased: set the label agent-ready again";
    const data = { class: "erased", retryable: false, reason, details: null };
    expect((await world.history(on)).at(-1)).toMatchObject({ type: "RUN_FAILED", data });
  }, 15_000);
  await running.stop();
});
