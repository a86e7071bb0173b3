// Reconciler: compares GitHub with what the rig knows at each tick, and publishes the facts whose deliveries never came.
import { Effect, Layer } from "effect";
import { consumeTicks } from "#kit/consume/consume.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { service } from "#kit/process/service.ts";
import { databaseLayer } from "#kit/project/database.ts";
import { readKnown } from "./known.ts";
import { makeHandle } from "./work.ts";

export default service("reconciler", Layer.merge(gitHubLayer("reconciler"), databaseLayer), [
  Effect.flatMap(makeHandle(readKnown), (handle) => consumeTicks("reconciler", handle)),
]);
