// Checked by `tsc -p .`, run by nobody: each line under @ts-expect-error is a program that must not compile.
import { Effect } from "effect";
import type { Publishes } from "#contracts/choreography.ts";
import { issueClaims, reviewClaims } from "#contracts/claims.ts";
import type { ServicesLike } from "#contracts/row-types.ts";
import { claimWork } from "./claim.ts";
import type { Held } from "./held.ts";

declare const develop: (held: Held<"issue", Publishes<"dev-e", "issue">>) => Effect.Effect<void>;
declare const review: (held: Held<"pr", Publishes<"review-e", "pr">>) => Effect.Effect<void>;

export const complete = [claimWork("dev-e", issueClaims, develop), claimWork("review-e", reviewClaims, review)];
declare const anyLike: ServicesLike<"dev-e">;
export const second = claimWork(anyLike, issueClaims, develop);
// @ts-expect-error the facts of this kind of claims are not in the row of Review-E
export const overreach = claimWork("review-e", issueClaims, () => Effect.void);
// @ts-expect-error a run may append what is in its own service's row, and Dev-E's facts are not in Review-E's
export const borrowed = claimWork("review-e", reviewClaims, develop);
// @ts-expect-error who claims an issue appends nothing to a pull request
export const misplaced = claimWork("dev-e", issueClaims, review);
// @ts-expect-error a run may fail only with errors that the kit handles
export const careless = claimWork("dev-e", issueClaims, () => Effect.fail(new Error("no kind")));
// @ts-expect-error who claims work publishes TOKEN_USAGE, and the dispatcher does not
export const uncounted = claimWork<"dispatcher", "issue", never>;
