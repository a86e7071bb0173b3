// Merge gate: merges a pull request only when GitHub, asked again, shows that every condition is met. No other service merges.
import { consumeFacts } from "#kit/consume/consume.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { service } from "#kit/process/service.ts";
import { handle } from "./work.ts";

export default service("merge-gate", gitHubLayer("merge-gate"), [consumeFacts("merge-gate", handle)]);
