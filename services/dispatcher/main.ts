// Dispatcher: decides what is worked on. It consumes what happened to issues and changes, and enqueues the work that follows.
import { Effect, Layer } from "effect";
import { consumeFacts } from "#kit/consume/consume.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { policyLayer } from "#kit/policy/policy.ts";
import { service } from "#kit/process/service.ts";
import { makeHandle } from "./work.ts";

export default service("dispatcher", Layer.merge(gitHubLayer("dispatcher"), policyLayer), [
  Effect.flatMap(makeHandle, (handle) => consumeFacts("dispatcher", handle)),
]);
