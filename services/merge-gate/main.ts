// Merge gate: merges a pull request only when GitHub, asked again, shows that every condition is met. No other service merges.
import { Effect, Layer } from "effect";
import { consumeFacts } from "#kit/consume/consume.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { policyLayer } from "#kit/policy/policy.ts";
import { service } from "#kit/process/service.ts";
import { makeHandle } from "./work.ts";

export default service("merge-gate", Layer.merge(gitHubLayer("merge-gate"), policyLayer), [
  Effect.flatMap(makeHandle, (handle) => consumeFacts("merge-gate", handle)),
]);
