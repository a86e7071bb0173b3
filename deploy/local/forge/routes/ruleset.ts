import { administrationOf } from "../access.ts";
import { apiUrl, type ForgeContext, type ForgeUser, timeNow, webUrl } from "../context.ts";
import { invalid, notFound } from "../failure.ts";
import type { RepositoryRecord } from "../records.ts";
import type { BypassActor, RuleRecord, RulesetRecord } from "../rule-records.ts";
import { demandsOf, passes, playedRules, rulesetsOn } from "../rules.ts";
import { refuseUnwritable } from "./protection.ts";
import { repositoryIn } from "./repository.ts";
import {
  type Answer,
  type Call,
  created,
  noContent,
  ok,
  oneOfIn,
  pageAnswer,
  type Route,
  requiredTextIn,
} from "./route.ts";

/** Rulesets, and the rules of a branch that follow from all active ones (https://docs.github.com/rest/repos/rules). */
export function rulesetRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo";
  const one = `${at}/rulesets/:id`;
  return [
    {
      method: "GET",
      path: `${at}/rules/branches/*`,
      operations: ["repos/get-branch-rules"],
      handle: async (call) => getRules(context, call),
    },
    {
      method: "GET",
      path: `${at}/rulesets`,
      operations: ["repos/get-repo-rulesets"],
      handle: async (call) => listRulesets(context, call),
    },
    {
      method: "POST",
      path: `${at}/rulesets`,
      operations: ["repos/create-repo-ruleset"],
      handle: async (call) => postRuleset(context, call),
    },
    {
      method: "GET",
      path: one,
      operations: ["repos/get-repo-ruleset"],
      handle: async (call) => getRuleset(context, call),
    },
    {
      method: "PUT",
      path: one,
      operations: ["repos/update-repo-ruleset"],
      handle: async (call) => putRuleset(context, call),
    },
    {
      method: "DELETE",
      path: one,
      operations: ["repos/delete-repo-ruleset"],
      handle: async (call) => deleteRuleset(context, call),
    },
  ];
}

/** Whoever may read the repository reads these; who passes them is not shown. */
function getRules(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const rules = rulesetsOn(repository, call.params["*"] ?? "").flatMap((ruleset) =>
    ruleset.rules.map((rule) => ({
      ...rule,
      ruleset_source_type: "Repository",
      ruleset_source: `${repository.owner}/${repository.name}`,
      ruleset_id: ruleset.id,
    })),
  );
  return pageAnswer(call, rules, (each) => each);
}

function listRulesets(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  return pageAnswer(call, repository.rulesets, (each) => {
    const {
      bypass_actors: _actors,
      conditions: _conditions,
      rules: _rules,
      ...short
    } = rulesetAnswer(context, repository, each, call.viewer);
    return short;
  });
}

function getRuleset(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  return ok(rulesetAnswer(context, repository, rulesetIn(repository, call), call.viewer));
}

function postRuleset(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  refuseUnwritable(context, repository, call);
  const now = timeNow();
  const ruleset: RulesetRecord = {
    id: context.store.takeId(),
    createdAt: now,
    updatedAt: now,
    name: requiredTextIn(call, "Ruleset", "name"),
    ...{ enforcement: "active", bypassActors: [], include: ["~DEFAULT_BRANCH"], exclude: [], rules: [] },
  };
  fill(call, ruleset);
  repository.rulesets.push(ruleset);
  return created(rulesetAnswer(context, repository, ruleset, call.viewer));
}

function putRuleset(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  refuseUnwritable(context, repository, call);
  const ruleset = rulesetIn(repository, call);
  fill(call, ruleset);
  ruleset.updatedAt = timeNow();
  return ok(rulesetAnswer(context, repository, ruleset, call.viewer));
}

function deleteRuleset(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  refuseUnwritable(context, repository, call);
  repository.rulesets.splice(repository.rulesets.indexOf(rulesetIn(repository, call)), 1);
  return noContent;
}

/** Sets what the body gives; what it leaves out stays. */
function fill(call: Call, ruleset: RulesetRecord): void {
  const { body } = call;
  oneOfIn(call, "Ruleset", "target", ["branch"] as const);
  ruleset.name = typeof body.name === "string" ? body.name : ruleset.name;
  ruleset.enforcement =
    oneOfIn(call, "Ruleset", "enforcement", ["active", "disabled", "evaluate"] as const) ?? ruleset.enforcement;
  if (Array.isArray(body.rules)) ruleset.rules = body.rules.map(ruleOf);
  if (Array.isArray(body.bypass_actors)) ruleset.bypassActors = body.bypass_actors.map(actorOf);
  const { ref_name: names } = (body.conditions ?? {}) as { readonly ref_name?: Partial<RulesetRecord> };
  if (names !== undefined) Object.assign(ruleset, { include: names.include ?? [], exclude: names.exclude ?? [] });
}

function ruleOf(given: RuleRecord): RuleRecord {
  const { type, parameters } = given;
  if (!playedRules.includes(type))
    throw invalid(`Invalid rule '${type}': the local forge plays ${playedRules.join(", ")} only.`);
  return { type, ...(parameters === undefined ? {} : { parameters }) };
}

function actorOf(given: {
  readonly actor_id?: number | null;
  readonly actor_type?: string;
  readonly bypass_mode?: BypassActor["mode"];
}): BypassActor {
  const types = ["Integration", "OrganizationAdmin", "RepositoryRole"] as const;
  const actorType = types.find((each) => each === given.actor_type);
  if (actorType === undefined) throw invalid(`Invalid bypass actor: the local forge knows ${types.join(", ")} only.`);
  return { actorType, actorId: given.actor_id ?? null, mode: given.bypass_mode ?? "always" };
}

/** `bypass_actors` is there only for those who may change the ruleset (https://docs.github.com/rest/repos/rules#get-a-repository-ruleset). */
function rulesetAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  ruleset: RulesetRecord,
  viewer: ForgeUser | null,
) {
  const isShown = administrationOf(context, repository, viewer) === "write";
  const actors = ruleset.bypassActors.map(({ actorId, actorType, mode }) => ({
    actor_id: actorId,
    actor_type: actorType,
    bypass_mode: mode,
  }));
  return {
    id: ruleset.id,
    name: ruleset.name,
    target: "branch",
    source_type: "Repository",
    source: `${repository.owner}/${repository.name}`,
    enforcement: ruleset.enforcement,
    ...(isShown ? { bypass_actors: actors } : {}),
    current_user_can_bypass: viewer === null ? "never" : howPassed(context, repository, ruleset, viewer.login),
    node_id: `RRS_${ruleset.id}`,
    _links: {
      self: { href: `${apiUrl(context, repository)}/rulesets/${ruleset.id}` },
      html: { href: `${webUrl(context, repository)}/rules/${ruleset.id}` },
    },
    conditions: { ref_name: { include: ruleset.include, exclude: ruleset.exclude } },
    rules: ruleset.rules,
    created_at: ruleset.createdAt,
    updated_at: ruleset.updatedAt,
  };
}

function howPassed(context: ForgeContext, repository: RepositoryRecord, ruleset: RulesetRecord, login: string): string {
  const demands = demandsOf(ruleset);
  if (passes(context, repository, demands, { login, way: "push" })) return "always";
  return passes(context, repository, demands, { login, way: "pull_request" }) ? "pull_requests_only" : "never";
}

function rulesetIn(repository: RepositoryRecord, call: Call): RulesetRecord {
  const found = repository.rulesets.find((each) => String(each.id) === call.params.id);
  if (found === undefined) throw notFound();
  return found;
}
