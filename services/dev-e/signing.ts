import { resolve } from "node:path";
import { Effect } from "effect";
import { because } from "#contracts/reason.ts";
import type { DevItem } from "#contracts/work.ts";
import { outside, StartRefused } from "#kit/errors.ts";
import { GitHub } from "#kit/github/github.ts";
import { requiresSignatures } from "#kit/github/required-signatures.ts";
import { optional } from "#kit/process/settings.ts";
import { runCommand } from "#kit/process/shell.ts";

// Signed commits. GitHub verifies one by a key that its committer's account has as a signing key, and an App's account has none
// (https://docs.github.com/authentication/managing-commit-signature-verification/about-commit-signature-verification).

/** A private ssh key, and the address of the account that has it on GitHub. */
export interface Signing {
  readonly keyPath: string;
  readonly email: string;
}

/**
 * Reads the path of the private ssh key that signs commits; null where the operator set none. Fails with `StartRefused` where nobody can
 * sign with it: git would ask for its passphrase in each run.
 */
export const readSigningKey = Effect.gen(function* () {
  const given = yield* optional("RIG_SIGNING_KEY");
  if (given === undefined) return null;
  const path = resolve(given);
  const read = yield* outside("read the key of RIG_SIGNING_KEY", (signal) =>
    runCommand("ssh-keygen", ["-y", "-P", "", "-f", path], { signal, timeoutMs: 10_000 }),
  );
  if (read.exitCode === 0) return path;
  const [why = ""] = read.stderr.trim().split("\n").slice(-1);
  return yield* new StartRefused({
    what: `RIG_SIGNING_KEY: nothing can be signed with ${path} (${why}): set the path of a private ssh key without a passphrase.`,
  });
});

/** How commits are signed; null without a key. GitHub knows the address of an account by its id. */
export const signingBy = Effect.fn("signingBy")(function* (item: DevItem, keyPath: string | null) {
  if (keyPath === null) return null;
  const github = yield* GitHub;
  const login = yield* github.login;
  const id = yield* github.call("read the own account", item, async (octokit) => {
    return (await octokit.rest.users.getByUsername({ username: login })).data.id;
  });
  return { keyPath, email: `${id}+${login}@users.noreply.github.com` } satisfies Signing;
});

/** Why no change of this agent can be merged into a base that demands signed commits; null where one can, or the base demands none. */
export const whyUnsigned = Effect.fn("whyUnsigned")(function* ({ baseBranch, ...at }: DevItem, keyPath: string | null) {
  const github = yield* GitHub;
  const isApp = (yield* github.login).endsWith("[bot]");
  if ((keyPath !== null && !isApp) || !(yield* requiresSignatures(at, baseBranch))) return null;
  const demand = `${baseBranch} demands signed commits, and`;
  const again = "restart the agent, then take the label agent-ready off and set it again";
  return isApp
    ? because(
        `${demand} GitHub verifies none of an App: set GITHUB_TOKEN_DEV_E of a bot user and RIG_SIGNING_KEY, ${again}`,
      )
    : because(`${demand} this agent signs none: set RIG_SIGNING_KEY, ${again}`);
});
