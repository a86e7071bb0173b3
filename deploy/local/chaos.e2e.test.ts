import { expect, test } from "vitest";
import type { FactType } from "#contracts/catalogue.ts";
import { type ServiceName, serviceNames } from "#contracts/choreography.ts";
import { runMaxMs, startRun } from "./test-run.ts";

// Parts are killed while an issue is worked on. `npm run test:chaos` (CHAOS=all) kills each of them, `npm test` a fixed choice of three.

/** When each part is killed: while it is at the work that would hurt most. */
const killAt: Readonly<Record<ServiceName | "nats-server", FactType>> = {
  webhook: "BRANCH_CREATED",
  reconciler: "ISSUE_ASSIGNED",
  dispatcher: "REVIEW_CHANGES_REQUESTED",
  "dev-e": "WORK_STARTED",
  "review-e": "REVIEW_ASSIGNED",
  "merge-gate": "MERGE_REQUESTED",
  status: "PR_OPENED",
  scheduler: "PR_CREATED",
  meter: "RUN_SUCCEEDED",
  "nats-server": "PR_CREATED",
};
type Part = keyof typeof killAt;

/** The parts that are killed in each run. In `npm test`: who holds a claim, who merges, and who keeps the facts. */
const runs: readonly (readonly Part[])[] =
  process.env.CHAOS === "all" ? [serviceNames, ["nats-server"]] : [["dev-e", "merge-gate", "nats-server"]];

test.each(runs.map((parts) => ({ parts, names: parts.join(", ") })))(
  "what is killed at its work is started again, and still one pull request is merged once: $names",
  { timeout: runMaxMs },
  async ({ parts }) => {
    await using closers = new AsyncDisposableStack();
    const run = await startRun("processes");
    closers.defer(() => run.stop());
    const alive = new Set<Part>(parts);
    const end = await run.untilDone((fact) => {
      for (const name of parts) {
        if (killAt[name] !== fact.type || !alive.delete(name)) continue;
        process.kill(name === "nats-server" ? run.rig.busPid() : run.rig.pidOf(name), "SIGKILL");
      }
    });
    expect(end.type).toBe("ISSUE_DONE");
    expect(await run.failures(end)).toEqual([]);
    expect(new Set(run.restarted)).toEqual(new Set(parts));
  },
);
