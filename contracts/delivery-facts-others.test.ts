// What a comment, a commit status, a repository and an installation mean; issues and pull requests stand in delivery-facts.test.ts.
import { describe, expect, test } from "vitest";
import type { KnownDelivery } from "./delivery.ts";
import { factsOf } from "./delivery-facts.ts";

type PayloadOf<Event extends KnownDelivery["event"]> = Extract<KnownDelivery, { event: Event }>["payload"];

const repository = { name: "shop", owner: { login: "acme" }, default_branch: "trunk" };
const sender = { login: "ada" };
const issue7 = { kind: "issue", owner: "acme", repo: "shop", number: 7 };
const pr9 = { kind: "pr", owner: "acme", repo: "shop", number: 9 };

describe("a delivery about a comment", () => {
  const comment = { id: 4, body: "Please.", user: { login: "bob", type: "User" }, updated_at: "2026-01-02T03:04:05Z" };
  const onIssue = (more: Partial<PayloadOf<"issue_comment">>) =>
    factsOf({
      event: "issue_comment",
      payload: { action: "created", issue: { number: 7 }, comment, repository, ...more },
    });
  const onLine = (more: Partial<PayloadOf<"pull_request_review_comment">>) => {
    const payload = { action: "created", pull_request: { number: 9 }, comment, repository, ...more };
    return factsOf({ event: "pull_request_review_comment", payload });
  };
  const data = {
    ...{ commentId: 4, author: "bob", action: "created", body: { text: "Please." } },
    updatedAt: "2026-01-02T03:04:05Z",
  };

  test("on an issue is ISSUE_COMMENTED, and on a pull request PR_COMMENTED in the pull request's own history", () => {
    expect(onIssue({})).toEqual([{ type: "ISSUE_COMMENTED", on: issue7, data }]);
    const talked = { type: "PR_COMMENTED", on: pr9, data: { ...data, where: "conversation" } };
    expect(onIssue({ issue: { number: 9, pull_request: { url: "" } } })).toEqual([talked]);
    expect(onLine({})).toEqual([{ ...talked, data: { ...data, where: "diff" } }]);
  });

  test("keeps the author of an edited comment, whoever edited it, and has no text of a deleted one", () => {
    expect(onIssue({ action: "edited" })).toMatchObject([{ data: { ...data, action: "edited" } }]);
    expect(onIssue({ action: "deleted" })).toMatchObject([{ data: { author: "bob", action: "deleted", body: null } }]);
  });

  test.each([
    [
      "an App, an agent of the rig among them,",
      { comment: { ...comment, user: { login: "dev-e[bot]", type: "Bot" } } },
    ],
    ["a deleted user", { comment: { ...comment, user: null } }],
    ["somebody whose kind GitHub does not name", { comment: { ...comment, user: { login: "bob" } } }],
  ])("of %s means nothing", (_name, payload) => {
    expect([...onIssue(payload), ...onLine(payload)]).toEqual([]);
  });

  test("on a line counts whoever wrote it once it is deleted, because its thread may be gone with it", () => {
    for (const user of [{ login: "review-e[bot]", type: "Bot" }, null]) {
      const gone = { action: "deleted", comment: { ...comment, user } };
      const deleted = { author: user?.login ?? "", action: "deleted", body: null, where: "diff" };
      expect(onLine(gone)).toMatchObject([{ type: "PR_COMMENTED", on: pr9, data: deleted }]);
      expect(onIssue(gone)).toEqual([]);
    }
  });

  test("on a line that is deleted names who deleted it, which may be somebody else than its author", () => {
    const sender = { login: "dev-e[bot]", type: "Bot" };
    expect(onLine({ action: "deleted", sender })).toMatchObject([{ data: { author: "bob", deletedBy: sender } }]);
    expect(onLine({ action: "edited", sender })).not.toMatchObject([{ data: { deletedBy: sender } }]);
  });

  test("that is only pinned means nothing", () => {
    expect(onIssue({ action: "pinned" })).toEqual([]);
  });
});

describe("a commit status", () => {
  const about = (payload: Partial<PayloadOf<"status">>) =>
    factsOf({
      event: "status",
      payload: { sha: "head", context: "ci/jenkins", state: "success", branches: [], repository, ...payload },
    });

  test("on the branch of an issue is STATUS_REPORTED of that issue", () => {
    const branches = [{ name: "feature/issue-7-sell-more" }, { name: "main" }];
    const data = { headSha: "head", context: "ci/jenkins", state: "success", updatedAt: "2026-01-02T03:04:05Z" };
    const status = { branches, updated_at: "2026-01-02T03:04:05Z" };
    expect(about(status)).toEqual([{ type: "STATUS_REPORTED", on: issue7, data }]);
  });

  test("on the default branch is BASE_CHECKED of that commit", () => {
    const branches = [{ name: repository.default_branch }];
    const data = { owner: "acme", repo: "shop", branch: repository.default_branch, baseSha: "head" };
    expect(about({ branches, state: "error" })).toMatchObject([
      { type: "BASE_CHECKED", data: { ...data, name: "ci/jenkins", passed: false } },
    ]);
    expect(about({ branches, state: "pending" })).toEqual([]);
  });

  test("of another branch, or one that is pending, means nothing", () => {
    expect(about({ branches: [{ name: "main" }] })).toEqual([]);
    expect(about({ branches: [{ name: "feature/issue-7" }], state: "pending" })).toEqual([]);
  });
});

test.each(["transferred", "deleted"])(
  "an issue that was %s is ISSUE_CLOSED, since GitHub sends no closing",
  (action) => {
    const issue = { number: 7, title: "Sell more", body: null };
    const facts = factsOf({ event: "issues", payload: { action, issue, repository, sender } });
    expect(facts).toMatchObject([{ type: "ISSUE_CLOSED", on: issue7, data: { sender: "ada", stateReason: action } }]);
  },
);

describe("a repository", () => {
  const about = (payload: Partial<PayloadOf<"repository">>) =>
    factsOf({ event: "repository", payload: { action: "renamed", repository, ...payload } });
  const on = { kind: "fleet", topic: "github" };

  test("with another name is REPOSITORY_MOVED from the name before", () => {
    const data = { fromOwner: "acme", fromRepo: "store", owner: "acme", repo: "shop" };
    const changes = { repository: { name: { from: "store" } } };
    expect(about({ changes })).toEqual([{ type: "REPOSITORY_MOVED", on, data }]);
  });

  test.each([{ user: { login: "ada" } }, { organization: { login: "ada" } }])(
    "with another owner (%j before) is REPOSITORY_MOVED",
    (from) => {
      const data = { fromOwner: "ada", fromRepo: "shop", owner: "acme", repo: "shop" };
      const facts = about({ action: "transferred", changes: { owner: { from } } });
      expect(facts).toEqual([{ type: "REPOSITORY_MOVED", on, data }]);
    },
  );

  test("that was made public means nothing", () => {
    expect(about({ action: "publicized" })).toEqual([]);
  });
});

test("an installation that was taken away is INSTALLATION_CHANGED of its account", () => {
  const installation = { id: 3, app_id: 4, account: { login: "acme" } };
  expect(factsOf({ event: "installation", payload: { action: "deleted", installation } })).toMatchObject([
    { type: "INSTALLATION_CHANGED", data: { action: "deleted", installationId: 3, appId: 4, account: "acme" } },
  ]);
  const enterprise = { ...installation, account: { slug: "big" } };
  expect(factsOf({ event: "installation", payload: { action: "suspend", installation: enterprise } })).toMatchObject([
    { data: { account: "big" } },
  ]);
});
