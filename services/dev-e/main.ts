// Dev-E: claims an issue, writes the change with the model, runs the tests, opens the pull request and answers reviews.
import { Effect, Layer } from "effect";
import { issueClaims } from "#contracts/claims.ts";
import type { ServicesLike } from "#contracts/row-types.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { modelLayer } from "#kit/model/model.ts";
import { service } from "#kit/process/service.ts";
import { claimWork } from "#kit/work/claim.ts";
import { makeDevE } from "./work.ts";

export default (name: ServicesLike<"dev-e">) =>
  service(name, Layer.merge(gitHubLayer(name), modelLayer), [
    Effect.flatMap(makeDevE, (devE) => claimWork(name, issueClaims, devE)),
  ]);
