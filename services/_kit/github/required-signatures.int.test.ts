import { expect, test } from "vitest";
import { playedGitHub } from "#kit/test/test-github.ts";
import { requiresSignatures } from "./required-signatures.ts";
import { answering, type Parts } from "./test-requirements.ts";

// Against a server that answers as GitHub does: whether a branch demands signed commits, as far as an agent sees it.

const server = playedGitHub("dev-e");

const classic = {
  protected: true,
  protection: { enabled: true, required_status_checks: { contexts: [], checks: [] } },
};
const ruled = (requiresSignatures: boolean) => ({ repository: { ref: { refUpdateRule: { requiresSignatures } } } });
const refused = { type: "FORBIDDEN", message: "Resource not accessible by integration", path: ["repository", "ref"] };

test.each<[string, Partial<Parts>, boolean, asksGraphQl: boolean]>([
  ["a ruleset that demands them", { rules: [{ type: "required_signatures" }], branch: classic }, true, false],
  ["a ruleset of other rules, and no protection", { rules: [{ type: "update" }] }, false, false],
  ["a protection that demands them", { branch: classic, ...ruled(true) }, true, true],
  ["a protection that demands none", { branch: classic, ...ruled(false) }, false, true],
  ["a protection that is not shown", { branch: classic }, false, true],
  ["a protection that GraphQL refuses to show", { branch: classic, repository: null, errors: [refused] }, false, true],
  ["rules that may not be read", { rules: { status: 403, body: { message: "Upgrade to GitHub Pro" } } }, false, false],
])("what an agent is told of signed commits by %s", async (_title, parts, wanted, asksGraphQl) => {
  server.play(answering(parts));
  expect(await server.run(requiresSignatures({ owner: "acme", repo: "shop" }, "main"))).toBe(wanted);
  expect(server.asked.some(({ path }) => path.endsWith("/graphql"))).toBe(asksGraphQl);
});
