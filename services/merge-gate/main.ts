// Merge gate: merges what GitHub, asked afresh, shows to have earned it. It is the one actor that merges.
import { consumeFacts } from "#kit/consume/consume.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { service } from "#kit/process/service.ts";
import { handle } from "./work.ts";

export default service("merge-gate", gitHubLayer("merge-gate"), [consumeFacts("merge-gate", handle)]);
