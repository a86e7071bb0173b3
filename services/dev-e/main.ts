// Dev-E: claims an issue, writes the change with the model, runs the tests, opens the pull request and answers reviews.
import { Layer } from "effect";
import { claimWork } from "#kit/claim.ts";
import { gitHubLayer } from "#kit/github.ts";
import { modelLayer } from "#kit/model.ts";
import { service } from "#kit/service.ts";
import { devE } from "./work.ts";

export default service("dev-e", Layer.merge(gitHubLayer("dev-e"), modelLayer), [claimWork("dev-e", devE)]);
