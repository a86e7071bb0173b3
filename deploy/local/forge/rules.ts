import { appOf, includesRole, roleOf } from "./access.ts";
import type { ForgeContext, Role } from "./context.ts";
import type { RepositoryRecord } from "./records.ts";
import type {
  BypassActor,
  MergeMethod,
  RequiredCheck,
  RequiredReviews,
  RuleRecord,
  RulesetRecord,
} from "./rule-records.ts";

/** What one protection or one ruleset demands of a branch. */
export interface Demands {
  /** null: the classic protection. */
  readonly ruleset: RulesetRecord | null;
  readonly enforceAdmins: boolean;
  readonly checks: readonly RequiredCheck[];
  readonly strict: boolean;
  readonly reviews: RequiredReviews | null;
  readonly conversationResolution: boolean;
  readonly linearHistory: boolean;
  /** null: the methods of the repository. */
  readonly mergeMethods: readonly MergeMethod[] | null;
  /** Nobody may create, update, delete or force-push the branch, unless the ruleset lets him pass. */
  readonly creation: boolean;
  readonly update: boolean;
  readonly deletion: boolean;
  readonly nonFastForward: boolean;
  /** null: a merge goes straight into the branch. */
  readonly mergeQueue: "MERGE" | "SQUASH" | "REBASE" | null;
  /** What nothing on the forge ever meets: it has no signatures, deployments, workflows and no code scanning. In the words of a refusal. */
  readonly unmet: readonly string[];
}

/** The rule types that the forge plays; it refuses a ruleset with another one. */
export const playedRules = [
  ...["creation", "update", "deletion", "non_fast_forward", "required_linear_history"],
  ...["pull_request", "required_status_checks"],
  ...["required_signatures", "required_deployments", "merge_queue", "workflows", "code_scanning"],
];

/** What holds for a branch: its classic protection first, then each active ruleset that names it. All of it counts together. */
export function demandsOn(repository: RepositoryRecord, branch: string): Demands[] {
  const protection = repository.protections.find((each) => each.branch === branch);
  const classic: Demands[] =
    protection === undefined
      ? []
      : [
          {
            ruleset: null,
            enforceAdmins: protection.enforceAdmins,
            checks: protection.checks ?? [],
            strict: protection.strict,
            reviews: protection.reviews,
            conversationResolution: protection.conversationResolution,
            linearHistory: protection.linearHistory,
            mergeMethods: null,
            creation: false,
            update: false,
            deletion: !protection.deletions,
            nonFastForward: !protection.forcePushes,
            mergeQueue: null,
            unmet: [],
          },
        ];
  return [...classic, ...rulesetsOn(repository, branch).map(demandsOf)];
}

/** The active rulesets that name a branch. */
export function rulesetsOn(repository: RepositoryRecord, branch: string): RulesetRecord[] {
  const matches = (pattern: string): boolean =>
    pattern === "~ALL" ||
    (pattern === "~DEFAULT_BRANCH" && branch === "main") ||
    globOf(pattern).test(`refs/heads/${branch}`);
  return repository.rulesets.filter(
    ({ enforcement, include, exclude }) => enforcement === "active" && include.some(matches) && !exclude.some(matches),
  );
}

/** True when somebody passes these demands: by a merge of a pull request, or by a push. */
export function passes(
  context: ForgeContext,
  repository: RepositoryRecord,
  demands: Demands,
  by: { readonly login: string; readonly way: "pull_request" | "push" },
): boolean {
  const role = roleOf(context, repository, by.login);
  if (demands.ruleset === null) return !demands.enforceAdmins && role === "admin";
  return demands.ruleset.bypassActors.some(
    (actor) => (actor.mode !== "pull_request" || by.way === "pull_request") && isActor(actor, by.login, role),
  );
}

// https://docs.github.com/rest/repos/rules: the ids of GitHub's own roles.
const rolesById: Readonly<Record<number, Role>> = { 2: "maintain", 4: "write", 5: "admin" };

function isActor(actor: BypassActor, login: string, role: Role): boolean {
  switch (actor.actorType) {
    case "Integration":
      return login.endsWith("[bot]") && appOf(login).id === actor.actorId;
    case "OrganizationAdmin":
      return role === "admin";
    case "RepositoryRole": {
      const wanted = rolesById[actor.actorId ?? 0];
      return wanted !== undefined && includesRole(role, wanted);
    }
  }
}

/** What a ruleset demands, whether it is active or not. */
export function demandsOf(ruleset: RulesetRecord): Demands {
  const rule = (type: string) => ruleset.rules.find((each) => each.type === type);
  const pull = rule("pull_request")?.parameters;
  const status = rule("required_status_checks")?.parameters;
  const checks = (status?.required_status_checks ?? []) as readonly {
    readonly context: string;
    readonly integration_id?: number | null;
  }[];
  return {
    ruleset,
    enforceAdmins: true,
    checks: checks.map(({ context, integration_id }) => ({ context, appId: integration_id ?? null })),
    strict: status?.strict_required_status_checks_policy === true,
    reviews:
      pull === undefined
        ? null
        : {
            approvals: Number(pull.required_approving_review_count ?? 0),
            dismissStale: pull.dismiss_stale_reviews_on_push === true,
            lastPush: pull.require_last_push_approval === true,
          },
    conversationResolution: pull?.required_review_thread_resolution === true,
    linearHistory: rule("required_linear_history") !== undefined,
    mergeMethods: (pull?.allowed_merge_methods as readonly MergeMethod[] | undefined) ?? null,
    creation: rule("creation") !== undefined,
    update: rule("update") !== undefined,
    deletion: rule("deletion") !== undefined,
    nonFastForward: rule("non_fast_forward") !== undefined,
    mergeQueue: (rule("merge_queue")?.parameters?.merge_method as Demands["mergeQueue"] | undefined) ?? null,
    unmet: ruleset.rules.flatMap(unmetBy),
  };
}

function unmetBy({ type, parameters = {} }: RuleRecord): readonly string[] {
  switch (type) {
    case "required_signatures":
      return ["Commits must have verified signatures."];
    case "required_deployments":
      return (parameters.required_deployment_environments as readonly string[]).map(
        (environment) => `Missing successful active ${environment} deployment.`,
      );
    case "workflows":
      return (parameters.workflows as readonly { readonly path: string }[]).map(
        ({ path }) => `Required workflow "${path}" is expected.`,
      );
    case "code_scanning":
      return (parameters.code_scanning_tools as readonly { readonly tool: string }[]).map(
        ({ tool }) => `Code scanning is waiting for results from ${tool}.`,
      );
    default:
      return [];
  }
}

/** `*` is anything but a slash, `**` anything, `?` one character. */
function globOf(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const source = escaped.replace(/\*\*\/?|\*|\?/g, (part) => (part === "?" ? "[^/]" : part === "*" ? "[^/]*" : ".*"));
  return new RegExp(`^${source}$`);
}
