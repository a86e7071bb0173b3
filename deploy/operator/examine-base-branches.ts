import type { RepositoryRef } from "#contracts/aggregates.ts";
import { type StatusTables, statusSchema } from "#contracts/read-model.ts";
import { type Octokit, octokitOf } from "#kit/github/github.ts";
import { openPool, tables } from "#kit/project/database.ts";
import { type Asked, type BaseBranch, baseBranchFinding, noToken, type Ruleset } from "./base-branch.ts";
import type { Finding } from "./finding.ts";
import type { RigPlaces } from "./places.ts";

/** 20: about five requests for each, of the operator's 5,000 an hour. */
const repositoriesMax = 20;

/** 5 s: GitHub answers within one. */
const answerMs = 5_000;

/**
 * Asks GitHub, with the operator's own token, who may update the base branch of each repository in the read model. It only reads. The token
 * for GitHub is in the environment and goes nowhere else; a local forge has its own.
 */
export async function examineBaseBranches(
  places: RigPlaces,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<readonly Finding[]> {
  const octokit = octokitFor(places, env);
  if (octokit === undefined) return [noToken];
  const gateAppId = Number(places.gateAppId);
  if (!Number.isSafeInteger(gateAppId)) return [unknownGate];
  const repositories = await repositoriesIn(places.databaseUrl).catch(() => []);
  if (repositories.length === 0) return [noRepository];
  const findings: Finding[] = [];
  for (const at of repositories.slice(0, repositoriesMax)) {
    findings.push(baseBranchFinding(await readBaseBranch(octokit, at), gateAppId));
  }
  const left = repositories.length - findings.length;
  return left === 0 ? findings : [...findings, notAsked(left)];
}

const unknownGate: Finding = {
  ...{ part: "base branch", state: "look" },
  seen: "not proved that only the gate may merge: which App is the gate's is not known",
  mend: "write the number of merge-gate's App into rig.json as gateAppId (npm start does, from GITHUB_APP_ID_MERGE_GATE)",
};
const noRepository: Finding = {
  ...{ part: "base branch", state: "look" },
  seen: "no repository is known yet, so none was asked about",
  mend: "run doctor again when a first issue is labelled",
};
function notAsked(count: number): Finding {
  const mend = `doctor asks about ${repositoriesMax}: look at the rulesets of the others yourself`;
  return { part: "base branch", state: "look", seen: `${count} more repositories were not asked about`, mend };
}

function octokitFor(places: RigPlaces, env: Readonly<Record<string, string | undefined>>): Octokit | undefined {
  const isLocal = places.forgeUrl !== undefined;
  const baseUrl = isLocal ? `${places.forgeUrl}/api/v3` : env.GITHUB_API_URL || "https://api.github.com";
  const token = isLocal ? places.operatorToken : env.GITHUB_TOKEN_OPERATOR;
  if (!token) return undefined;
  const octokit = octokitOf(baseUrl, token);
  octokit.hook.before("request", (options) => {
    options.request = { ...options.request, signal: AbortSignal.timeout(answerMs) };
  });
  return octokit;
}

/** Those with an issue, by name. */
async function repositoriesIn(databaseUrl: string): Promise<readonly RepositoryRef[]> {
  const pool = openPool(databaseUrl);
  try {
    const issues = tables<StatusTables>(pool, statusSchema).selectFrom("issue").select(["owner", "repo"]).distinct();
    return await issues.orderBy("owner").orderBy("repo").execute();
  } finally {
    await pool.end();
  }
}

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
