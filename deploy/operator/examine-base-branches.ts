import type { RepositoryRef } from "#contracts/aggregates.ts";
import { type Octokit, octokitOf } from "#kit/github/github.ts";
import { baseBranchFinding, noToken } from "./base-branch.ts";
import type { Finding } from "./finding.ts";
import type { RigPlaces } from "./places.ts";
import { readBaseBranch } from "./read-base-branch.ts";
import { withReadModel } from "./read-model.ts";

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
function repositoriesIn(databaseUrl: string): Promise<readonly RepositoryRef[]> {
  return withReadModel(databaseUrl, (db) =>
    db.selectFrom("issue").select(["owner", "repo"]).distinct().orderBy("owner").orderBy("repo").execute(),
  );
}
