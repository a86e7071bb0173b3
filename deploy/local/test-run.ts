import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Fact, FactOf } from "#contracts/envelope.ts";
import { connectOperator, type Operator } from "../operator/connection.ts";
import { readBroughtAlong } from "./brought-along.ts";
import { operatorForge } from "./demo/forge-client.ts";
import { demoIssues, demoRepository } from "./demo/issues.ts";
import { demoPlaybook } from "./demo/playbook.ts";
import { prove } from "./demo/proof.ts";
import type { RigOptions } from "./options.ts";
import { type Rig, startRig } from "./rig-up.ts";

/** A rig with the demo's repository and playbook, on which one issue is worked on in a test. */
export interface TestRun {
  readonly dataDirectory: string;
  readonly rig: Rig;
  readonly operator: Operator;
  /** The names of the parts that were started again. */
  readonly restarted: readonly string[];
  /** Files the demo's issue and resolves with the fact that ends it; `each` sees every fact on the way. */
  untilDone(each?: (fact: Fact) => void): Promise<FactOf<"issue">>;
  /** What of the demo's proof does not hold. */
  failures(end: FactOf<"issue">): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Starts a rig in a temporary directory, which `stop` removes. `env` has what an operator brings along. */
export async function startRun(
  services: RigOptions["services"],
  env: Readonly<Record<string, string>> = {},
): Promise<TestRun> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "rig-e2e-"));
  const restarted: string[] = [];
  const onRestart = (name: string) => restarted.push(name);
  const demo = { repository: demoRepository, playbook: demoPlaybook };
  const rig = await startRig({ dataDirectory, services, broughtAlong: readBroughtAlong(env), ...demo, onRestart });
  const { natsUrl: url, natsKeysDirectory: keysDirectory } = rig.places;
  const operator = await connectOperator({ url, keysDirectory });
  const forge = operatorForge(rig.places);
  return {
    dataDirectory,
    rig,
    operator,
    restarted,
    untilDone: async (each = () => undefined) => {
      const { promise, resolve, reject } = Promise.withResolvers<FactOf<"issue">>();
      void rig.failed.then((message) => reject(new Error(message)));
      await operator.follow((fact) => {
        each(fact);
        if (fact.type === "ISSUE_DONE" || fact.type === "ISSUE_NEEDS_HUMAN") resolve(fact);
      });
      await forge.fileIssue(demoIssues[0]);
      return promise;
    },
    failures: async (end) => {
      const proven = await prove({
        facts: await operator.facts("evt.>"),
        bareRepository: join(dataDirectory, "forge", "repos", demoRepository.owner, `${demoRepository.name}.git`),
        issueState: await forge.issueState(end.on.number),
        pullRequests: await forge.pullRequests(),
      });
      return proven.filter(({ holds }) => !holds).map(({ claim, seen }) => `${claim}: ${seen}`);
    },
    stop: async () => {
      await operator.close();
      await rig.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** A run takes 10 s; each killed part costs an ack wait of 15 s, and a busy machine doubles all of it. */
export const runMaxMs = 180_000;
