// Review-E: claims a changed pull request, reads its diff, its issue and the repository's rules, and posts one review.
import { Layer } from "effect";
import { reviewClaims } from "#contracts/claims.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { modelLayer } from "#kit/model/model.ts";
import { service } from "#kit/process/service.ts";
import { claimWork } from "#kit/work/claim.ts";
import { reviewE } from "./work.ts";

export default service("review-e", Layer.merge(gitHubLayer("review-e"), modelLayer), [
  claimWork("review-e", reviewClaims, reviewE),
]);
