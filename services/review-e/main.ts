// Review-E: claims a changed pull request, reads its diff, its issue and the repository's rules, and posts one review.
import { Layer } from "effect";
import { reviewClaims } from "#contracts/claims.ts";
import type { ServicesLike } from "#contracts/row-types.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { modelLayer } from "#kit/model/model.ts";
import { service } from "#kit/process/service.ts";
import { claimWork } from "#kit/work/claim.ts";
import { reviewE } from "./work.ts";

export default (name: ServicesLike<"review-e">) =>
  service(name, Layer.merge(gitHubLayer(name), modelLayer), [claimWork(name, reviewClaims, reviewE)]);
