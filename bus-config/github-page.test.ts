import { expect, test } from "vitest";
import { choreography } from "#contracts/choreography.ts";
import { identityCalls } from "./github-calls.ts";
import { gitHubPage, permissionsOf } from "./github-page.ts";

test("an identity gets the strongest access of its calls, and metadata as every App does", () => {
  expect(permissionsOf({ "pulls.get": "", "pulls.create": "", "pulls.list": "", "repos.getContent": "" })).toEqual({
    contents: "read",
    metadata: "read",
    pull_requests: "write",
  });
  expect(permissionsOf({})).toEqual({ metadata: "read" });
});

test("a call that an identity can go without demands no permission, and its row says so", () => {
  expect(permissionsOf({ "repos.getBranchProtection": { optional: "" } })).toEqual({ metadata: "read" });
  expect(permissionsOf({ "repos.getBranchProtection": "" })).toMatchObject({ administration: "read" });
  expect(gitHubPage()).toContain("| `repos.getBranchProtection` | `administration: read` (not given: optional) | It ");
});

test("a call that an identity can go without is not shown as refused where another call gives the permission", () => {
  expect(gitHubPage()).toContain("| `issues.createComment` | `issues: write` (optional) | It reminds ");
});

test("no App may edit a ruleset, and these may write contents, which is the right to merge", () => {
  const writers = (permission: "administration" | "contents") =>
    Object.entries(identityCalls)
      .filter(([, calls]) => permissionsOf(calls)[permission] === "write")
      .map(([identity]) => identity);
  expect(writers("administration")).toEqual(["operator"]);
  expect(writers("contents")).toEqual(["dev-e", "review-e", "merge-gate"]);
});

test("the page has the permissions of each identity, and each call with its permission and why", () => {
  const page = gitHubPage();
  expect(page).toContain("| identity | `administration` | `checks` | `contents` |");
  expect(page).toContain("| **dispatcher** | – | read | read | read | – | read | read | read |");
  expect(page).toContain("| `resolveReviewThread` | `contents: write`, `pull_requests: write` | It resolves its own ");
  expect(page).toContain("| `users.getAuthenticated` | – | The same with a token instead of an App. |");
});

test("a service that runs the program of another one stands beside it", () => {
  const python = { ...choreography["dev-e"], program: "dev-e" };
  expect(gitHubPage({ ...choreography, "dev-e-python": python })).toContain(
    "| **dev-e**, **dev-e-python** | – | read |",
  );
});
