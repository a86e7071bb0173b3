import { administrationOf, notAccessible } from "../access.ts";
import type { Schemas } from "../answers/schemas.ts";
import { apiUrl, type ForgeContext } from "../context.ts";
import { forbidden, invalid, notFound } from "../failure.ts";
import type { RepositoryRecord } from "../records.ts";
import type { ProtectionRecord, RequiredCheck, RequiredReviews } from "../rule-records.ts";
import { repositoryIn } from "./repository.ts";
import { type Answer, type Call, noContent, ok, writerOf } from "./route.ts";

/**
 * The classic protection of a branch (https://docs.github.com/rest/branches/branch-protection). It has three answers that show none:
 * 404 "Branch not protected", 404 "Not Found" for a person who is no admin, and 403 for an App without the permission.
 */
export function getProtection(context: ForgeContext, call: Call): Answer {
  const { repository, branch } = placeIn(context, call);
  refuseUnreadable(context, repository, call);
  const protection = repository.protections.find((each) => each.branch === branch);
  if (protection === undefined) throw notFound("Branch not protected");
  return ok(protectionAnswer(context, repository, protection));
}

/** Replaces the protection of a branch. */
export function putProtection(context: ForgeContext, call: Call): Answer {
  const { repository, branch } = placeIn(context, call);
  refuseUnwritable(context, repository, call);
  const { body } = call;
  for (const field of ["required_status_checks", "enforce_admins", "required_pull_request_reviews", "restrictions"]) {
    if (!(field in body)) throw invalid(`"${field}" wasn't supplied.`);
  }
  if (body.restrictions !== null) throw invalid("Only organization repositories can have users and team restrictions");
  const protection: ProtectionRecord = {
    branch,
    ...checksIn(body.required_status_checks),
    reviews: reviewsIn(body.required_pull_request_reviews),
    enforceAdmins: body.enforce_admins === true,
    linearHistory: body.required_linear_history === true,
    forcePushes: body.allow_force_pushes === true,
    deletions: body.allow_deletions === true,
    conversationResolution: body.required_conversation_resolution === true,
  };
  remove(repository, branch);
  repository.protections.push(protection);
  return ok(protectionAnswer(context, repository, protection));
}

/** Removes the protection of a branch. */
export function deleteProtection(context: ForgeContext, call: Call): Answer {
  const { repository, branch } = placeIn(context, call);
  refuseUnwritable(context, repository, call);
  if (!remove(repository, branch)) throw notFound("Branch not protected");
  return noContent;
}

/** Throws what GitHub answers to somebody who may not read protections. */
function refuseUnreadable(context: ForgeContext, repository: RepositoryRecord, call: Call): void {
  const { viewer } = call;
  if (administrationOf(context, repository, viewer) !== "none") return;
  throw viewer?.type === "Bot" ? forbidden(notAccessible(viewer)) : notFound();
}

/** Throws what GitHub answers to somebody who may not change protections and rulesets. */
export function refuseUnwritable(context: ForgeContext, repository: RepositoryRecord, call: Call): void {
  if (administrationOf(context, repository, call.viewer) === "write") return;
  const writer = writerOf(call);
  throw writer.type === "Bot" ? forbidden(notAccessible(writer)) : notFound();
}

function placeIn(context: ForgeContext, call: Call) {
  const repository = repositoryIn(context, call);
  const [, branch] = /^(.+)\/protection$/.exec(call.params["*"] ?? "") ?? [];
  if (branch === undefined) throw notFound();
  if (repository.heads[branch] === undefined) throw notFound("Branch not found");
  return { repository, branch };
}

function remove(repository: RepositoryRecord, branch: string): boolean {
  const at = repository.protections.findIndex((each) => each.branch === branch);
  if (at !== -1) repository.protections.splice(at, 1);
  return at !== -1;
}

function checksIn(given: unknown): { readonly checks: readonly RequiredCheck[] | null; readonly strict: boolean } {
  if (given === null) return { checks: null, strict: false };
  const { strict, contexts, checks } = given as Readonly<Record<string, unknown>>;
  const named = Array.isArray(contexts) ? contexts.map((context) => ({ context: String(context), appId: null })) : [];
  const written = Array.isArray(checks)
    ? checks.map((each: { readonly context: string; readonly app_id?: number }) => ({
        context: each.context,
        // -1 is how a client says that any App may set it.
        appId: each.app_id === undefined || each.app_id === -1 ? null : each.app_id,
      }))
    : named;
  return { checks: written, strict: strict === true };
}

function reviewsIn(given: unknown): RequiredReviews | null {
  if (given === null) return null;
  const { required_approving_review_count, dismiss_stale_reviews, require_last_push_approval } = given as Readonly<
    Record<string, unknown>
  >;
  return {
    approvals: Number(required_approving_review_count ?? 1),
    dismissStale: dismiss_stale_reviews === true,
    lastPush: require_last_push_approval === true,
  };
}

function protectionAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  protection: ProtectionRecord,
): Schemas["branch-protection"] & Schemas["protected-branch"] {
  const { branch, checks, reviews } = protection;
  const url = `${apiUrl(context, repository)}/branches/${encodeURIComponent(branch)}/protection`;
  const contexts = checks?.map((each) => each.context) ?? [];
  return {
    url,
    ...(checks === null
      ? {}
      : {
          required_status_checks: {
            url: `${url}/required_status_checks`,
            strict: protection.strict,
            contexts,
            contexts_url: `${url}/required_status_checks/contexts`,
            checks: checks.map((each) => ({ context: each.context, app_id: each.appId })),
          },
        }),
    ...(reviews === null
      ? {}
      : {
          required_pull_request_reviews: {
            url: `${url}/required_pull_request_reviews`,
            dismiss_stale_reviews: reviews.dismissStale,
            require_code_owner_reviews: false,
            require_last_push_approval: reviews.lastPush,
            required_approving_review_count: reviews.approvals,
          },
        }),
    enforce_admins: { url: `${url}/enforce_admins`, enabled: protection.enforceAdmins },
    required_linear_history: { enabled: protection.linearHistory },
    allow_force_pushes: { enabled: protection.forcePushes },
    allow_deletions: { enabled: protection.deletions },
    required_conversation_resolution: { enabled: protection.conversationResolution },
  };
}
