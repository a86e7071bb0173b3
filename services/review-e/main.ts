// Review-E: claims a changed pull request, reads its diff, its issue and the repository's rules, and posts one review.
import { Layer } from "effect";
import { claimWork } from "#kit/claim.ts";
import { gitHubLayer } from "#kit/github.ts";
import { modelLayer } from "#kit/model.ts";
import { service } from "#kit/service.ts";
import { reviewE } from "./work.ts";

export default service("review-e", Layer.merge(gitHubLayer("review-e"), modelLayer), [claimWork("review-e", reviewE)]);
