// Dispatcher: decides what is worked on. It consumes what happened to issues and changes, and enqueues the work that follows.
import { Effect } from "effect";
import { consumeFacts } from "#kit/consume.ts";
import { gitHubLayer } from "#kit/github.ts";
import { service } from "#kit/service.ts";
import { makeHandle } from "./work.ts";

export default service("dispatcher", gitHubLayer("dispatcher"), [
  Effect.flatMap(makeHandle, (handle) => consumeFacts("dispatcher", handle)),
]);
