import { describe, expect, test } from "vitest";
import type { RequiredReviews } from "#contracts/requirements.ts";
import type { CodeOwners, OwnersRead } from "./code-owners.ts";
import { evaluateSeen } from "./evaluate.ts";
import type { ForgeState } from "./snapshot.ts";
import { approval, failing, requiring, seen } from "./test-earned.ts";

// Code owners of a base that requires their review, as rows: what CODEOWNERS says, who approved which head, and what holds.

const place = ".github/CODEOWNERS";
const line = (number: number, owners: readonly string[], ...paths: readonly string[]) => {
  return { line: number, owners, paths, pathsCount: paths.length };
};
const oneLine = (...owners: readonly string[]) => line(3, owners, "src/a.ts");

/** What was read: these lines, those of the approvers that may write, and who of them is in which team. */
function read(lines: OwnersRead["lines"], more: Partial<OwnersRead> = {}): OwnersRead {
  return { place, lines, approvers: ["ada", "bob"], teams: [], ...more };
}

/** The reviews of people beside that of Review-E, by which the condition `review` is met. */
const by = (reviewer: string, more: Partial<typeof approval> = {}) => {
  return { ...approval, reviewer, appointed: false, trusted: false, ...more };
};
const reviewed = (...others: ForgeState["reviews"]) => ({ reviews: [approval, ...others] });

/** The verdict on a base that requires the review of code owners. GitHub counts all reviews as given, unless a row says otherwise. */
function verdict(
  owners: CodeOwners,
  forge: Partial<ForgeState> = {},
  { hidden = [], ...reviews }: Partial<RequiredReviews> & { readonly hidden?: readonly ["stale reviews"] | [] } = {},
) {
  const none = { approvals: 0, codeOwners: true, lastPush: false, dismissStale: false, teams: [] };
  const required = requiring({ reviews: { ...none, ...reviews }, hidden });
  return evaluateSeen(seen({ forge: { reviewDecision: "APPROVED", ...required, owners, ...forge } }));
}
const holdIn = (evaluation: ReturnType<typeof verdict>) => evaluation.checks.flatMap(({ hold }) => hold ?? []);
const whyOf = (evaluation: ReturnType<typeof verdict>) =>
  evaluation.checks.find(({ name }) => name === "rules")?.why ?? "";

const required = `main requires the approval of code owners, which is missing by ${place} for`;
const uncounted = "and GitHub does not count the reviews as given";
const team = (approvers: readonly string[] | null) => ({ teams: [{ name: "acme/keepers", approvers }] });

describe("the approval of code owners is missing", () => {
  test.each<[string, OwnersRead, Partial<ForgeState>, string]>([
    ["where none has approved", read([oneLine("@ada", "@Bob")]), reviewed(), "src/a.ts (line 3: @ada or @Bob)"],
    [
      "where only an owner of another file has",
      read([line(1, ["@ada"], "README.md"), line(7, ["@bob"], "docs/x.md", "docs/y.md")]),
      reviewed(by("ada")),
      "docs/x.md, docs/y.md (line 7: @bob)",
    ],
    [
      "where it is of somebody who may not write",
      read([oneLine("@ada")], { approvers: [] }),
      reviewed(by("ada")),
      "src/a.ts (line 3: @ada)",
    ],
    [
      "where the owner asked for nothing and approved nothing",
      read([oneLine("@ada")]),
      reviewed(by("ada", { state: "COMMENTED" })),
      "src/a.ts (line 3: @ada)",
    ],
    [
      "where it was dismissed since",
      read([oneLine("@ada")]),
      reviewed(by("ada"), by("ada", { state: "DISMISSED" })),
      "src/a.ts (line 3: @ada)",
    ],
    [
      "where the only owner is the author, whatever GitHub lists as his review",
      read([oneLine("@Cay")], { approvers: ["cay"] }),
      { author: "cay", ...reviewed(by("cay")) },
      "src/a.ts (line 3: @Cay, who has a part in the change)",
    ],
    [
      "where an App has the owner's name",
      read([oneLine("@ada")], { approvers: ["ada[bot]"] }),
      reviewed(by("ada[bot]")),
      "src/a.ts (line 3: @ada)",
    ],
    [
      "where nobody of the team has approved",
      read([oneLine("@acme/keepers")], team([])),
      reviewed(by("ada")),
      "src/a.ts (line 3: @acme/keepers)",
    ],
    [
      "where GitHub does not tell who is in the team, and does not count it as given",
      read([oneLine("@acme/keepers")], team(null)),
      { ...reviewed(by("ada")), reviewDecision: "REVIEW_REQUIRED" },
      `src/a.ts (line 3: @acme/keepers, not known who is in it (Members: read), ${uncounted})`,
    ],
    [
      "where GitHub does not tell who is in the team, nor whether it is given",
      read([oneLine("@acme/keepers")], team(null)),
      { ...reviewed(by("ada")), reviewDecision: null },
      `src/a.ts (line 3: @acme/keepers, not known who is in it (Members: read), ${uncounted})`,
    ],
    [
      "where the owner is an address, and GitHub does not count it as given",
      read([oneLine("docs@example.com")]),
      { reviewDecision: "REVIEW_REQUIRED" },
      `src/a.ts (line 3: docs@example.com, not known whose address it is, ${uncounted})`,
    ],
    [
      "for more lines than a sentence names",
      read([1, 2, 3, 4, 5].map((each) => ({ ...line(each, ["@ada"], `${each}.ts`), pathsCount: each }))),
      reviewed(),
      "1.ts (line 1: @ada); 2.ts and 1 more (line 2: @ada); 3.ts and 2 more (line 3: @ada); and 2 more lines",
    ],
    [
      "where the only owner pushed the head",
      read([oneLine("@ada")]),
      { reviews: [approval, by("Ada")], pushes: [{ headSha: "h1", by: ["ada"], at: "2026-01-01T10:00:00Z" }] },
      "src/a.ts (line 3: @ada, who has a part in the change)",
    ],
    [
      "where of a team only somebody who pushed the head has approved",
      read([oneLine("@acme/keepers")], team(["ada"])),
      { reviews: [approval, by("ada")], pushes: [{ headSha: "h1", by: ["ada"], at: "2026-01-01T10:00:00Z" }] },
      "src/a.ts (line 3: @acme/keepers, who has a part in the change)",
    ],
  ])("%s", (_name, owners, forge, why) => {
    const evaluation = verdict(owners, forge);
    expect(failing(evaluation)).toEqual([`rules: ${required} ${why}`]);
    expect(holdIn(evaluation)).toEqual(["owners-missing"]);
  });
});

describe("the approval of code owners is there", () => {
  const given = `main requires nothing else of a merge; by ${place} code owners approved`;
  test.each<[string, OwnersRead, Partial<ForgeState>, string]>([
    ["by one of the line's owners", read([oneLine("@ada", "@bob")]), reviewed(by("bob")), "src/a.ts (line 3: @bob)"],
    ["in whatever case the login is written", read([oneLine("@ADA")]), reviewed(by("Ada")), "src/a.ts (line 3: @ada)"],
    [
      "also where he comments afterwards",
      read([oneLine("@ada")]),
      reviewed(by("ada"), by("ada", { state: "COMMENTED" })),
      "src/a.ts (line 3: @ada)",
    ],
    [
      "of each line by an owner of its own",
      read([oneLine("@ada"), line(4, ["@bob"], "b.ts")]),
      reviewed(by("ada"), by("bob")),
      "src/a.ts (line 3: @ada); b.ts (line 4: @bob)",
    ],
    [
      "by somebody of the team",
      read([oneLine("@Acme/Keepers")], team(["bob"])),
      reviewed(by("bob")),
      "src/a.ts (line 3: @bob)",
    ],
    [
      "by GitHub's count, where it does not tell who is in the team",
      read([oneLine("@acme/keepers")], team(null)),
      reviewed(),
      "src/a.ts (line 3: GitHub counts the reviews as given, and of @acme/keepers it is not known who is in it (Members: read))",
    ],
  ])("%s", (_name, owners, forge, why) => {
    const evaluation = verdict(owners, forge);
    expect(failing(evaluation)).toEqual([]);
    expect(whyOf(evaluation)).toBe(`${given} ${why}`);
  });

  test("where nobody owns what is changed, or no file says so", () => {
    expect([verdict(read([])), verdict(read([], { place: null }))].map(whyOf)).toEqual([
      "main requires nothing else of a merge",
      "main requires nothing else of a merge",
    ]);
  });
});

describe("an owner's approval of an earlier head", () => {
  const owners = read([oneLine("@ada")]);
  const earlier = reviewed(by("ada", { headSha: "h0" }));

  test("counts where GitHub keeps stale reviews", () => {
    expect(holdIn(verdict(owners, earlier))).toEqual([]);
  });

  test.each([
    ["dismisses them", { dismissStale: true }],
    ["does not tell whether it dismisses them", { hidden: ["stale reviews"] as const }],
  ])("counts no more where it %s", (_name, reviews) => {
    const evaluation = verdict(owners, earlier, reviews);
    expect(holdIn(evaluation)).toEqual(["owners-missing"]);
    expect(whyOf(evaluation)).toContain("(line 3: @ada, by whom an earlier head was approved)");
    expect(holdIn(verdict(owners, reviewed(by("ada")), reviews))).toEqual([]);
  });

  test("counts where GitHub dismisses them too, of a head of which this one is nothing but an update", () => {
    const updates = [{ headSha: "h1", from: "h0", base: "b1", mergeBase: "b0" }];
    expect(holdIn(verdict(owners, { ...earlier, updates }, { dismissStale: true }))).toEqual([]);
  });

  test("counts so also where only a later one of the updates began at it", () => {
    const updates = [
      { headSha: "h1", from: "h0", base: "b1", mergeBase: "b0" },
      { headSha: "h0", from: "a0", base: "b0", mergeBase: "a9" },
    ];
    const reviews = [{ ...approval, headSha: "a0" }, by("ada", { headSha: "h0" })];
    const pushes = [{ headSha: "a0", by: ["dev-e[bot]"], at: "2026-01-01T10:00:00Z" }];
    expect(holdIn(verdict(owners, { reviews, updates, pushes }, { dismissStale: true }))).toEqual([]);
  });

  test("counts for nothing where GitHub names the head for it that was pushed by force since", () => {
    const renamed = { reviews: [{ ...approval, markedHead: "h1" }, by("ada")], forcedAt: "2026-01-01T11:30:00Z" };
    expect(holdIn(verdict(owners, renamed, { dismissStale: true }))).toEqual(["owners-missing"]);
  });
});

test.each<[string, CodeOwners, string, string]>([
  [
    "GitHub refuses to tell them",
    { untold: "read CODEOWNERS: GitHub answered 403: give it Contents (read)" },
    "owners-unknown",
    "who owns what it changes is not known: read CODEOWNERS: GitHub answered 403: give it Contents (read)",
  ],
  ["they were not asked for", null, "owners-unknown", "who owns what it changes was not asked for"],
  [
    "GitHub does not load the file",
    { place, notLoaded: "has 3000000 bytes, and GitHub loads less than 3000000" },
    "owners-not-loaded",
    `${place} of main has 3000000 bytes, and GitHub loads less than 3000000`,
  ],
])(
  "code owners that are not known because %s hold a merge into a base that requires them",
  (_name, owners, hold, why) => {
    const evaluation = verdict(owners);
    expect([holdIn(evaluation), whyOf(evaluation)]).toEqual([[hold], why]);
  },
);

test("where no rule requires code owners, none holds a merge", () => {
  expect(failing(verdict(read([oneLine("@ada")]), {}, { codeOwners: false }))).toEqual([]);
});

test("of a change that is not seen whole a person decides, and no code owner is asked", () => {
  const changed = { files: [], unseen: ["GitHub lists 1 of 400 changed files"] };
  expect(holdIn(verdict(null, { changed }))).toEqual(["files-cut"]);
});

test("code owners are not asked before the appointed reviewer has approved", () => {
  expect(holdIn(verdict(read([oneLine("@ada")]), { reviews: [] }))).toEqual(["not-approved"]);
});

test("what else GitHub requires of reviews is missing also where the owners approved", () => {
  const evaluation = verdict(read([oneLine("@ada")]), { ...reviewed(by("ada")), reviewDecision: "REVIEW_REQUIRED" });
  expect(holdIn(evaluation)).toEqual(["approvals-missing"]);
});

test.each([".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"])(
  "a change of %s, also by a move, is a person's to merge, whoever owns it and approved",
  (path) => {
    const file = {
      ...{ path, previousPath: null, status: "modified", additions: 1, deletions: 0 },
      ...{ unreadable: null, isSubmodule: false, packageChanges: [] },
    };
    const moved = { ...file, path: "old.txt", previousPath: path, status: "renamed" };
    for (const each of [file, moved]) {
      const changed = { files: [each], unseen: [] };
      const owners = read([line(1, ["@ada"], each.path)]);
      expect(holdIn(verdict(owners, { changed, ...reviewed(by("ada")) }))).toEqual(["person-path"]);
    }
  },
);
