// Dispatcher: decides what is worked on. It consumes what happened to issues and changes, and enqueues the work that follows.
import { consumeFacts } from "#kit/consume.ts";
import { gitHubLayer } from "#kit/github.ts";
import { service } from "#kit/service.ts";
import { handle } from "./work.ts";

export default service("dispatcher", gitHubLayer("dispatcher"), [consumeFacts("dispatcher", handle)]);
