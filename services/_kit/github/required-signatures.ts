import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { readBranchRules } from "./branch-rules.ts";
import { GitHub } from "./github.ts";
import { demandOfRules } from "./rule-demands.ts";

const query = `query ($owner: String!, $repo: String!, $ref: String!) {
  repository(owner: $owner, name: $repo) { ref(qualifiedName: $ref) { refUpdateRule { requiresSignatures } } } }`;

interface Told {
  readonly repository: {
    readonly ref: { readonly refUpdateRule: { readonly requiresSignatures: boolean } | null } | null;
  } | null;
}

/**
 * Whether a branch demands signed commits, as far as an agent may see: two requests, and one of GraphQL where the branch has a classic
 * protection. False where GitHub does not tell: the gate looks at each commit before a merge.
 */
export const requiresSignatures = Effect.fn("requiresSignatures")(
  function* (at: RepositoryRef, branch: string) {
    const { rules, shown } = yield* readBranchRules(at, branch);
    if (demandOfRules(rules, null).signedCommits) return true;
    return shown === "none" || shown === "rulesets" ? false : yield* byProtection(at, branch);
  },
  (asked) => Effect.catchTag(asked, "GitHubRefused", () => Effect.succeed(false)),
);

const byProtection = Effect.fnUntraced(function* (at: RepositoryRef, branch: string) {
  const github = yield* GitHub;
  return yield* github.call(`read whether ${branch} demands signed commits`, at, async (octokit, { owner, repo }) => {
    try {
      const told = await octokit.graphql<Told>(query, { owner, repo, ref: `refs/heads/${branch}` });
      return told.repository?.ref?.refUpdateRule?.requiresSignatures === true;
    } catch (cause) {
      const { errors = [] } = cause as { readonly errors?: readonly { readonly type?: string }[] };
      if (errors.length > 0 && errors.every(({ type }) => type === "FORBIDDEN")) return false;
      throw cause;
    }
  });
});
