// Dispatcher: decides what is worked on. It consumes what happened to issues and changes, and enqueues the work that follows.
import { Layer } from "effect";
import { consumeFacts } from "#kit/consume.ts";
import { gitHubLayer } from "#kit/github.ts";
import { policyLayer } from "#kit/policy.ts";
import { service } from "#kit/service.ts";
import { handle } from "./work.ts";

export default service("dispatcher", Layer.merge(gitHubLayer("dispatcher"), policyLayer), [
  consumeFacts("dispatcher", handle),
]);
