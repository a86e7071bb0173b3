import { Effect } from "effect";
import { expect, test } from "vitest";
import { playedGitHub } from "#kit/test/test-github.ts";
import type { GitHub } from "./github.ts";
import { eachPerson, outsider, people, playGitHub, untold, writer } from "./test-people.ts";
import { type Account, makeTrust, type Trust } from "./trust.ts";

const server = playedGitHub("merge-gate");

const shop = { owner: "acme", repo: "shop" };
const deleted = { login: "", type: "Other" };

/** Runs with a trust of its own against the played GitHub. */
function withTrust<A, E>(use: (trust: Trust) => Effect.Effect<A, E, GitHub>, appointed = ""): Promise<A> {
  server.play(playGitHub({}));
  return server.run(Effect.flatMap(makeTrust, use), { RIG_REVIEWER_LOGINS: appointed });
}

test.each(eachPerson)("%s counts by permission or appointment alone", async (_who, { account, counts }) => {
  expect(await withTrust((trust) => trust.mayObject(shop, account ?? deleted))).toBe(counts);
});

test("the people of these tests count and do not count", () => {
  expect(new Set(people.map(({ counts }) => counts))).toEqual(new Set([true, false]));
});

test("GitHub is asked once for each login, in whatever case it is written, and not for an appointed one", async () => {
  const accounts: readonly Account[] = [writer, outsider].flatMap(({ account }) =>
    account === null ? [] : [account, account, { ...account, login: account.login.toUpperCase() }],
  );
  const reviewer = { login: "Rig-Review-E[bot]", type: "Bot" };
  const asking = (trust: Trust) =>
    Effect.forEach([...accounts, reviewer, reviewer], (account) => trust.mayObject(shop, account), { concurrency: 3 });
  expect(await withTrust(asking)).toEqual([true, true, true, false, false, false, true, true]);
  expect(server.asked.map(({ path }) => path).sort()).toEqual([
    "/repos/acme/shop/collaborators/mallory/permission",
    "/repos/acme/shop/collaborators/wendy/permission",
  ]);
});

test("the operator's setting names who is appointed, in place of the default", async () => {
  const asked = (trust: Trust) =>
    Effect.succeed(["first", "Second[bot]", "rig-review-e[bot]", ""].map((login) => trust.isAppointed(login)));
  expect(await withTrust(asked, "first, second[bot],")).toEqual([true, true, false, false]);
});

test("a 404 for the permission of an account that exists makes nobody a stranger: it is not told, with what to repair", async () => {
  const refused = await withTrust((trust) => Effect.flip(trust.mayObject(shop, untold.account ?? deleted)));
  const reason = expect.stringContaining("although the account exists: give the App Metadata (read)");
  expect(refused).toMatchObject({ _tag: "NotTold", reason });
  // An account that was deleted since it wrote is no account: it may nothing.
  expect(await withTrust((trust) => trust.mayObject(shop, { login: "ghost", type: "User" }))).toBe(false);
});

test("only a user whom the operator named neither as agent nor as reviewer is a person", async () => {
  const asked = (trust: Trust) =>
    Effect.succeed(
      [
        ...["wendy", "rig-dev-e", "first", "helper[bot]", ""].map((login) => ({ login, type: "User" })),
        { login: "helper[bot]", type: "Bot" },
      ].map(trust.isPerson),
    );
  expect(await withTrust(asked, "first")).toEqual([true, false, false, false, false, false]);
});

test("a GitHub that does not answer makes nobody a stranger: it is asked again", async () => {
  const wendy = { login: "wendy", type: "User" };
  const asking = (trust: Trust) =>
    Effect.gen(function* () {
      server.play(() => ({ status: 502, body: {} }));
      const refused = yield* Effect.flip(trust.mayObject(shop, wendy));
      server.play(playGitHub({}));
      return [refused._tag, yield* trust.mayObject(shop, wendy)] as const;
    });
  expect(await withTrust(asking)).toEqual(["Retryable", true]);
});
