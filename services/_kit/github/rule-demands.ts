import { Schema } from "effect";
import { type MergeMethod, type RequiredReviews, Requirements } from "#contracts/requirements.ts";
import { judgeOf, type ruleDecisions } from "#contracts/rule-types.ts";
import { appOf, type Rules } from "./branch-rules.ts";
import { type Demand, mergeMethods, noDemand, strictest } from "./demands.ts";

type Rule = Rules[number];
/** Does not compile where GitHub's description of REST has a type of rules on which nothing is decided. */
type Decided<Type extends keyof typeof ruleDecisions> = Type;
type Parameters<Type extends Rule["type"]> = NonNullable<
  Extract<Rule, { type: Type; parameters?: unknown }>["parameters"]
>;

/**
 * What the rules of a branch demand together. A rule that is not known, or that comes without what it demands, is kept by its name.
 * `repositoryId` is that of the branch: it tells a workflow of its own from another repository's.
 */
export function demandOfRules(rules: Rules, repositoryId: number | null): Demand {
  return strictest(
    rules.map((rule) => ({ ...noDemand, ...(shapely(rule, repositoryId) ?? { unknownRules: [String(rule?.type)] }) })),
  );
}

const isWhole = Schema.is(Requirements);

/** What one rule demands; undefined where that is not known, also because it has another shape than GitHub describes. */
function shapely(rule: Rule, repositoryId: number | null): Partial<Demand> | undefined {
  try {
    const demand = demandOf(rule, repositoryId);
    return isWhole({ branch: "", hidden: [], ...noDemand, ...demand }) ? demand : undefined;
  } catch {
    return undefined;
  }
}

/** The same of a rule of that shape. */
function demandOf(rule: Rule, repositoryId: number | null): Partial<Demand> | undefined {
  return unnamed.get(rule.type) ?? named(rule, repositoryId) ?? kept(rule);
}

/** What the types of rules want that GitHub's description of REST does not have. */
const unnamed: ReadonlyMap<string, Partial<Demand>> = new Map([
  ["lock_branch", { locked: true }],
  ["required_review_thread_resolution", { threads: true }],
]);

/** What a rule wants that no parameter says. One that has to say it, and does not, is not known. */
function kept({ type }: { readonly type: Decided<Rule["type"]> }): Partial<Demand> | undefined {
  if (judgeOf(type) === "nobody") return {};
  return judgeOf(type) === "standing" && !withParameters.includes(type) ? { judgedByGitHub: [type] } : undefined;
}

const withParameters: readonly Rule["type"][] = [
  ...(["required_deployments", "code_scanning", "commit_message_pattern"] as const),
  ...(["commit_author_email_pattern", "committer_email_pattern"] as const),
];

function named(rule: Rule, repositoryId: number | null): Partial<Demand> | undefined {
  switch (rule.type) {
    case "update":
      return { updatesRestricted: true };
    case "creation":
      return { creationsRestricted: true };
    case "required_linear_history":
      return { linearHistory: true };
    case "required_signatures":
      return { signedCommits: true };
    case "required_deployments":
      return rule.parameters && { deployments: rule.parameters.required_deployment_environments };
    case "merge_queue":
      return { mergeQueue: { method: methodOf(rule.parameters?.merge_method) } };
    case "required_status_checks":
      return rule.parameters && ofChecks(rule.parameters);
    case "pull_request":
      return rule.parameters && ofPullRequest(rule.parameters);
    case "workflows":
      return rule.parameters && ofWorkflows(rule.parameters, repositoryId);
    case "code_scanning":
      return rule.parameters && ofScanning(rule.parameters);
    case "commit_message_pattern":
    case "commit_author_email_pattern":
    case "committer_email_pattern":
      return rule.parameters && ofPattern(rule.type, rule.parameters);
    default:
      return undefined;
  }
}

function ofChecks(parameters: Parameters<"required_status_checks">): Partial<Demand> | undefined {
  const required: typeof parameters.required_status_checks | undefined = parameters.required_status_checks;
  const checks = required?.map(({ context: name, integration_id: appId }) => ({ name, appId: appOf(appId) }));
  return checks && { checks, strict: parameters.strict_required_status_checks_policy === true };
}

/** `required_reviewers` is newer than the types of octokit. */
interface WithTeams {
  readonly required_reviewers?: readonly {
    readonly file_patterns: readonly string[];
    readonly minimum_approvals: number;
    readonly reviewer: { readonly id: number };
  }[];
}

function ofPullRequest(parameters: Parameters<"pull_request"> & WithTeams): Partial<Demand> | undefined {
  const { required_approving_review_count: approvals, allowed_merge_methods: allowed } = parameters;
  if (!Number.isInteger(approvals)) return undefined;
  const teams = (parameters.required_reviewers ?? []).map((one) => {
    return { teamId: one.reviewer.id, approvals: one.minimum_approvals, files: one.file_patterns };
  });
  const reviews: RequiredReviews = {
    approvals,
    codeOwners: parameters.require_code_owner_review === true,
    lastPush: parameters.require_last_push_approval === true,
    dismissStale: parameters.dismiss_stale_reviews_on_push === true,
    teams,
  };
  const methods = mergeMethods.filter((method) => allowed === undefined || allowed.includes(method));
  return { reviews, threads: parameters.required_review_thread_resolution === true, mergeMethods: methods };
}

function ofWorkflows({ workflows }: Parameters<"workflows">, repositoryId: number | null): Partial<Demand> {
  return {
    workflows: workflows.map(({ path, repository_id: id }) => ({ path, repositoryId: id, isOwn: id === repositoryId })),
  };
}

function ofScanning({ code_scanning_tools: tools }: Parameters<"code_scanning">): Partial<Demand> {
  return {
    codeScanning: tools.map(({ tool, alerts_threshold: alerts, security_alerts_threshold: securityAlerts }) => {
      return { tool, alerts, securityAlerts };
    }),
  };
}

function ofPattern(rule: string, given: Parameters<"commit_message_pattern">): Partial<Demand> {
  const { operator, pattern, negate = false } = given;
  return { patterns: [{ rule, operator, pattern, negate }] };
}

/** GitHub writes the method of a queue in capitals. */
export function methodOf(written: string | null | undefined): MergeMethod | null {
  return mergeMethods.find((method) => method === written?.toLowerCase()) ?? null;
}
