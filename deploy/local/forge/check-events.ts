import { checkRunPayload, checkSuitePayload } from "./answers/check.ts";
import { statusPayload } from "./answers/status.ts";
import { type Scene, send } from "./events.ts";
import type { CheckRunRecord, StatusRecord, SuiteRecord } from "./records.ts";

/** `check_run.created`, `completed` or `rerequested`. */
export function tellCheckRun(
  scene: Scene,
  action: "created" | "completed" | "rerequested",
  suite: SuiteRecord,
  run: CheckRunRecord,
): void {
  send(scene, "check_run", action, { check_run: checkRunPayload(scene.context, scene.repository, suite, run) });
}

/** `check_suite.completed`, or `rerequested`, which asks the App to run again. */
export async function tellCheckSuite(
  scene: Scene,
  action: "completed" | "rerequested",
  suite: SuiteRecord,
): Promise<void> {
  send(scene, "check_suite", action, {
    check_suite: await checkSuitePayload(scene.context, scene.repository, suite),
  });
}

/** `status`, which has no action. */
export async function tellStatus(scene: Scene, status: StatusRecord): Promise<void> {
  send(scene, "status", null, await statusPayload(scene.context, scene.repository, status));
}
