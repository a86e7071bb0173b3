import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { Octokit } from "#kit/github/github.ts";
import type { Asked, BaseBranch, Ruleset } from "./base-branch.ts";

/** Reads what `baseBranchFinding` decides on. It never fails: what GitHub refuses is in the answer. */
export async function readBaseBranch(octokit: Octokit, at: RepositoryRef): Promise<BaseBranch> {
  const repository = `${at.owner}/${at.repo}`;
  const name = await asked(async () => (await octokit.rest.repos.get({ ...at })).data.default_branch);
  if ("status" in name) {
    return { repository, branch: "", ruleTypes: name, holding: [], others: [], protection: name };
  }
  const branch = name.answer;
  const rules = await asked(() =>
    octokit.paginate(octokit.rest.repos.getBranchRules, { ...at, branch, per_page: 100 }),
  );
  const all = "answer" in rules ? rules.answer : [];
  const updating = new Set(all.flatMap(({ type, ruleset_id: id }) => (type === "update" && id ? [id] : [])));
  const holding = await Promise.all([...updating].map((id) => asked(() => readRuleset(octokit, at, id))));
  const protection = await asked(() => readProtection(octokit, at, branch));
  const others = updating.size === 0 ? await asked(() => readRulesets(octokit, at)) : { answer: [] };
  return {
    ...{ repository, branch, holding, protection },
    ruleTypes: "status" in rules ? rules : { answer: all.map(({ type }) => type) },
    others: "answer" in others ? others.answer : [],
  };
}

async function readRuleset(octokit: Octokit, at: RepositoryRef, id: number): Promise<Ruleset> {
  const { data } = await octokit.rest.repos.getRepoRuleset({ ...at, ruleset_id: id });
  const { name, enforcement, rules = [], bypass_actors: bypassActors } = data;
  return { name, enforcement, restrictsUpdates: rules.some(({ type }) => type === "update"), bypassActors };
}

/** The first page of the rulesets, each with its rules. They only say why no rule holds. */
async function readRulesets(octokit: Octokit, at: RepositoryRef): Promise<readonly Ruleset[]> {
  const { data } = await octokit.rest.repos.getRepoRulesets({ ...at, per_page: 10 });
  return Promise.all(data.map(({ id }) => readRuleset(octokit, at, id)));
}

async function readProtection(octokit: Octokit, at: RepositoryRef, branch: string) {
  try {
    const { data } = await octokit.rest.repos.getBranchProtection({ ...at, branch });
    const { restrictions, enforce_admins: admins } = data;
    const people = [
      ...(restrictions?.users ?? []).map(({ login }) => `the user ${login}`),
      ...(restrictions?.teams ?? []).map(({ slug }) => `the team ${slug}`),
    ];
    const apps = (restrictions?.apps ?? []).map(({ id }) => Number(id));
    return {
      restrictions: restrictions === undefined ? null : { apps, people },
      enforceAdmins: admins?.enabled === true,
    };
  } catch (cause) {
    // Whoever may not see the protection gets a 404 too, with "Not Found".
    const isUnprotected = cause instanceof Error && /branch not protected/i.test(cause.message);
    if (isUnprotected) return null;
    throw cause;
  }
}

async function asked<A>(ask: () => Promise<A>): Promise<Asked<A>> {
  try {
    return { answer: await ask() };
  } catch (cause) {
    const { status } = cause as { readonly status?: unknown };
    return { status: typeof status === "number" ? status : 0 };
  }
}
