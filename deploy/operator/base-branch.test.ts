import { describe, expect, test } from "vitest";
import {
  type BaseBranch,
  type BypassActor,
  baseBranchFinding,
  noToken,
  type Protection,
  type Ruleset,
} from "./base-branch.ts";
import type { Finding } from "./finding.ts";

// Who may update the base branch, from GitHub's answers. The gate's App is 7, Dev-E's is 8.

const gate: BypassActor = { actor_type: "Integration", actor_id: 7 };
const devE: BypassActor = { actor_type: "Integration", actor_id: 8 };
const admins: BypassActor = { actor_type: "RepositoryRole", actor_id: 5 };

const ruleset = (bypassActors: readonly BypassActor[] | undefined, more: Partial<Ruleset> = {}): Ruleset => ({
  ...{ name: "gate", enforcement: "active", restrictsUpdates: true, bypassActors },
  ...more,
});
const holding = (...bypass: readonly (readonly BypassActor[] | undefined)[]): Partial<BaseBranch> => ({
  ruleTypes: { answer: bypass.map(() => "update") },
  holding: bypass.map((actors, index) => ({ answer: ruleset(actors, { name: `gate ${index + 1}` }) })),
});
const classic = (restrictions: Protection["restrictions"], enforceAdmins = true): Partial<BaseBranch> => ({
  protection: { answer: { restrictions, enforceAdmins } },
});

function findingOf(seen: Partial<BaseBranch>): Finding {
  const nothing = { ruleTypes: { answer: [] }, holding: [], others: [], protection: { answer: null } };
  return baseBranchFinding({ repository: "acme/shop", branch: "main", ...nothing, ...seen }, 7);
}

describe("it is well only when a lock names the gate's App and nobody else:", () => {
  test.each<[string, Partial<BaseBranch>, string]>([
    ["a ruleset", holding([gate]), "the ruleset gate 1"],
    ["a ruleset beside a wider one", holding([devE, gate], [gate]), "the ruleset gate 2"],
    ["a ruleset beside one that is not shown", holding(undefined, [gate]), "the ruleset gate 2"],
    [
      "a ruleset, where the classic protection is not shown",
      { ...holding([gate]), protection: { status: 404 } },
      "the ruleset gate 1",
    ],
    ["the classic protection", classic({ apps: [7], people: [] }), "the branch protection"],
  ])("%s", (_given, seen, lock) => {
    expect(findingOf(seen)).toEqual({
      part: "base branch",
      state: "well",
      seen: `acme/shop main: only the gate may update it (${lock})`,
    });
  });
});

describe("it is ill when", () => {
  const open = "acme/shop main: whoever may write contents may merge, the agents too: no rule restricts updates";
  test.each<[string, Partial<BaseBranch>, string]>([
    ["there is no ruleset", {}, open],
    [
      "a rule demands only pull requests and reviews",
      { ruleTypes: { answer: ["deletion", "pull_request"] } },
      `${open}; that it demands pull requests keeps no agent from merging one`,
    ],
    ...["disabled", "evaluate"].map((enforcement): [string, Partial<BaseBranch>, string] => [
      `the enforcement of the ruleset is ${enforcement}`,
      { others: [ruleset([gate], { enforcement })] },
      `${open}; the ruleset gate restricts updates, but its enforcement is ${enforcement}`,
    ]),
    [
      "the ruleset does not name the base branch",
      { others: [ruleset([gate], { restrictsUpdates: false, name: "tags" }), ruleset([gate])] },
      `${open}; the ruleset gate restricts updates, but not of main`,
    ],
    ["the classic protection restricts nobody", classic(null), open],
    [
      "nobody may bypass the ruleset",
      holding([]),
      "acme/shop main: the ruleset gate 1 keeps the gate from merging too",
    ],
    [
      "only another App may bypass it",
      holding([devE]),
      "acme/shop main: the ruleset gate 1 keeps the gate from merging too",
    ],
    [
      "a second ruleset keeps the gate out",
      holding([gate], [admins]),
      "acme/shop main: the ruleset gate 2 keeps the gate from merging too",
    ],
    [
      "the classic protection keeps the gate out",
      { ...holding([gate]), ...classic({ apps: [8], people: [] }) },
      "acme/shop main: the branch protection keeps the gate from merging too",
    ],
    [
      "another App may bypass it too",
      holding([gate, devE, admins]),
      "acme/shop main: the ruleset gate 1 lets pass, beside the gate: the App 8, RepositoryRole 5",
    ],
    ...[
      { actor_type: "DeployKey", actor_id: null },
      { actor_type: "Team", actor_id: 3 },
      { actor_type: "User", actor_id: 3 },
      { actor_type: "RepositoryRole", actor_id: 4 },
      { actor_type: "SomethingLater" },
    ].map((actor): [string, Partial<BaseBranch>, string] => [
      `${actor.actor_type} may bypass it too`,
      holding([gate, actor]),
      `acme/shop main: the ruleset gate 1 lets pass, beside the gate: ${actor.actor_type}${actor.actor_id ? ` ${actor.actor_id}` : ""}`,
    ]),
    [
      "two rulesets each let somebody else pass",
      holding([gate, devE, admins], [gate, { actor_type: "User", actor_id: 3 }]),
      "acme/shop main: the ruleset gate 2 lets pass, beside the gate: User 3",
    ],
    [
      "the classic protection names people too",
      classic({ apps: [7], people: ["the team core"] }),
      "acme/shop main: the branch protection lets pass, beside the gate: the team core",
    ],
  ])("%s", (_given, seen, text) => {
    expect(findingOf(seen)).toMatchObject({ state: "ill", seen: text, mend: expect.any(String) });
  });
});

describe("it is to be looked at, and never well, when", () => {
  test.each<[string, Partial<BaseBranch>, string]>([
    [
      "GitHub leaves out who may bypass the ruleset",
      holding(undefined),
      "acme/shop main: not shown: whom the ruleset gate 1 lets bypass it (GitHub leaves bypass_actors out)",
    ],
    [
      "it is left out beside a ruleset that is too wide",
      holding([gate, devE], undefined),
      "acme/shop main: not shown: whom the ruleset gate 2 lets bypass it (GitHub leaves bypass_actors out)",
    ],
    [
      "the ruleset itself is refused",
      { ruleTypes: { answer: ["update"] }, holding: [{ status: 403 }] },
      "acme/shop main: not shown: whom a ruleset lets bypass it (GitHub answers 403)",
    ],
    ...[401, 403, 404, 500].map((status): [string, Partial<BaseBranch>, string] => [
      `the rules are answered with ${status}`,
      { ruleTypes: { status } },
      `acme/shop main: not proved that only the gate may merge: the rules of the branch: GitHub answers ${status}`,
    ]),
    [
      "GitHub is away",
      { ruleTypes: { status: 0 } },
      "acme/shop main: not proved that only the gate may merge: the rules of the branch: GitHub does not answer",
    ],
    [
      "no ruleset holds and the classic protection is not shown",
      { protection: { status: 404 } },
      "acme/shop main: not proved that only the gate may merge: no ruleset restricts updates, and the classic protection: GitHub answers 404",
    ],
    [
      "those who may edit the ruleset anyway may bypass it too",
      holding([gate, admins, { actor_type: "OrganizationAdmin", actor_id: null }]),
      "acme/shop main: the ruleset gate 1 lets pass, beside the gate: RepositoryRole 5, OrganizationAdmin",
    ],
    [
      "the classic protection leaves the admins out",
      classic({ apps: [7], people: [] }, false),
      "acme/shop main: the branch protection lets pass, beside the gate: the admins",
    ],
  ])("%s", (_given, seen, text) => {
    expect(findingOf(seen)).toMatchObject({ state: "look", seen: text, mend: expect.any(String) });
  });

  test("there is no token to ask with", () => {
    expect(noToken).toMatchObject({ state: "look", mend: expect.stringContaining("GITHUB_TOKEN_OPERATOR") });
  });
});
