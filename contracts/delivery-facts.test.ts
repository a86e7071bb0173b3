import { describe, expect, test } from "vitest";
import { closedIssues } from "#kit/github/closing.ts";
import type { KnownDelivery } from "./delivery.ts";
import { factsOf } from "./delivery-facts.ts";
import { issueOfChange } from "./issue-branch.ts";

type PayloadOf<Event extends KnownDelivery["event"]> = Extract<KnownDelivery, { event: Event }>["payload"];

const repository = { name: "shop", owner: { login: "acme" }, default_branch: "trunk" };
const sender = { login: "ada", type: "User" };
const issue7 = { kind: "issue", owner: "acme", repo: "shop", number: 7 };
const pr9 = { kind: "pr", owner: "acme", repo: "shop", number: 9 };

describe("a delivery about an issue", () => {
  const labels = [{ name: "agent-ready" }, { name: "ui" }];
  const issue = { number: 7, title: "Sell more", body: "Please", labels, updated_at: "2026-01-02T03:04:05Z" };
  const about = (payload: Partial<PayloadOf<"issues">>) =>
    factsOf({ event: "issues", payload: { action: "labeled", issue, repository, sender, ...payload } });

  test("the label agent-ready is ISSUE_LABELED with all labels of the issue and the default branch", () => {
    expect(about({ label: { name: "agent-ready" } })).toEqual([
      {
        type: "ISSUE_LABELED",
        on: issue7,
        data: {
          label: "agent-ready",
          labels: ["agent-ready", "ui"],
          title: "Sell more",
          body: { text: "Please" },
          sender: "ada",
          senderType: "User",
          defaultBranch: "trunk",
          updatedAt: "2026-01-02T03:04:05Z",
        },
      },
    ]);
  });

  test("an issue without a body is labelled with an empty one", () => {
    const facts = about({ label: { name: "agent-ready" }, issue: { ...issue, body: null } });
    expect(facts).toMatchObject([{ type: "ISSUE_LABELED", data: { body: { text: "" } } }]);
  });

  test.each([
    [{ login: "triage[bot]", type: "Bot" }, "Bot"],
    [{ login: "acme", type: "Organization" }, "Other"],
    [{ login: "ada" }, "Other"],
  ])("who set the label, %j, is of the type %s", (by, senderType) => {
    expect(about({ label: { name: "agent-ready" }, sender: by })).toMatchObject([{ data: { senderType } }]);
  });

  test("the label's removal is ISSUE_UNLABELED, with who took it off and when", () => {
    const data = { label: "agent-ready", sender: "ada", updatedAt: "2026-01-02T03:04:05Z" };
    expect(about({ action: "unlabeled", label: { name: "agent-ready" } })).toEqual([
      { type: "ISSUE_UNLABELED", on: issue7, data },
    ]);
  });

  test("labels compare as GitHub compares them: a name in other letters is the same label", () => {
    const named = { label: { name: "Agent-Ready" } };
    expect(about(named)).toMatchObject([{ type: "ISSUE_LABELED", data: { label: "agent-ready" } }]);
    expect(about({ ...named, action: "unlabeled" })).toMatchObject([{ type: "ISSUE_UNLABELED" }]);
  });

  test.each([
    ["another label", { label: { name: "ui" } }],
    ["a label with a letter that looks alike", { label: { name: "agent-read\u03b3" } }],
    ["a label without a name", {}],
    ["another label's removal", { action: "unlabeled", label: { name: "ui" } }],
    ["the issue's opening with the label on it", { action: "opened" }],
    ["an edit", { action: "edited" }],
    ["an action that GitHub adds one day", { action: "transmogrified" }],
  ])("%s means nothing", (_name, payload) => {
    expect(about(payload)).toEqual([]);
  });

  test("closed is ISSUE_CLOSED by its sender, with GitHub's reason or none", () => {
    const closed = { type: "ISSUE_CLOSED", on: issue7 };
    const data = { sender: "ada", updatedAt: issue.updated_at };
    expect(about({ action: "closed", issue: { ...issue, state_reason: "not_planned" } })).toEqual([
      { ...closed, data: { ...data, stateReason: "not_planned" } },
    ]);
    expect(about({ action: "closed" })).toEqual([{ ...closed, data: { ...data, stateReason: null } }]);
    const { updated_at, ...timeless } = issue;
    expect(about({ action: "closed", issue: timeless })).toEqual([
      { ...closed, data: { sender: "ada", stateReason: null } },
    ]);
  });
});

describe("a delivery about a pull request", () => {
  const pull_request = {
    number: 9,
    title: "More",
    body: "Closes #7, fixes #8",
    user: { login: "dev-e[bot]" },
    head: { ref: "feature/issue-7", sha: "head", repo: { full_name: `${repository.owner.login}/${repository.name}` } },
    base: { ref: "trunk" },
    merged: false,
    merge_commit_sha: "test-merge",
  };
  const snapshot = {
    title: "More",
    author: "dev-e[bot]",
    branch: "feature/issue-7",
    baseBranch: "trunk",
    headSha: "head",
    closes: [7, 8],
    epoch: null,
  };
  const about = (payload: Partial<PayloadOf<"pull_request">>) =>
    factsOf(
      { event: "pull_request", payload: { action: "opened", pull_request, repository, sender, ...payload } },
      closedIssues,
    );

  test.each([
    ["opened", "PR_OPENED"],
    ["edited", "PR_EDITED"],
    ["labeled", "PR_EDITED"],
    ["unlabeled", "PR_EDITED"],
    ["ready_for_review", "PR_EDITED"],
    ["converted_to_draft", "PR_EDITED"],
    ["enqueued", "PR_EDITED"],
    ["dequeued", "PR_EDITED"],
    ["reopened", "PR_REOPENED"],
  ])("%s is %s with what it closes", (action, type) => {
    expect(about({ action })).toEqual([{ type, on: pr9, data: snapshot }]);
  });

  test("what the gate depends on is in it: draft status, labels, the epoch of the body, and GitHub's time", () => {
    const more = { body: "Closes #7\n\nRig-Epoch: 3\n", draft: true, labels: [{ name: "manual-merge" }] };
    const updated_at = "2026-01-02T03:04:05Z";
    expect(about({ pull_request: { ...pull_request, ...more, updated_at } })).toMatchObject([
      { data: { epoch: 3, draft: true, labels: ["manual-merge"], updatedAt: updated_at } },
    ]);
  });

  test("synchronize is PR_SYNCHRONIZED with the head before", () => {
    expect(about({ action: "synchronize", before: "old" })).toEqual([
      { type: "PR_SYNCHRONIZED", on: pr9, data: { ...snapshot, prevSha: "old" } },
    ]);
  });

  test("closed without a merge has no merge commit, although GitHub names its test merge", () => {
    const data = { ...snapshot, merged: false, mergeSha: null, sender: "ada" };
    expect(about({ action: "closed" })).toEqual([{ type: "PR_CLOSED", on: pr9, data }]);
  });

  test("closed by a merge has the merge commit", () => {
    const merged = { ...pull_request, merged: true, merge_commit_sha: "merge" };
    expect(about({ action: "closed", pull_request: merged })).toMatchObject([
      { type: "PR_CLOSED", data: { merged: true, mergeSha: "merge", sender: "ada" } },
    ]);
  });

  test("a pull request of a deleted user has no author and still counts", () => {
    const ghost = { ...pull_request, user: null, body: null };
    expect(about({ pull_request: ghost })).toMatchObject([{ type: "PR_OPENED", data: { author: "", closes: [] } }]);
  });

  test.each([null, { full_name: "mallory/shop" }])(
    "a fork (%j) leads to no issue by its text or its branch",
    (repo) => {
      const fork = { ...pull_request, head: { ...pull_request.head, repo } };
      const [fact] = about({ pull_request: fork });
      expect(fact).toMatchObject({ type: "PR_OPENED", data: { closes: [] } });
      expect(fact?.type === "PR_OPENED" && issueOfChange(fact.data)).toBeUndefined();
    },
  );

  test.each(["assigned", "review_requested", "milestoned"])("%s means nothing", (action) => {
    expect(about({ action })).toEqual([]);
  });
});

describe("a delivery about a review", () => {
  const review = { id: 3, state: "changes_requested", user: { login: "bob", type: "User" }, commit_id: "head" };
  const about = (payload: Partial<PayloadOf<"pull_request_review">>) =>
    factsOf({
      event: "pull_request_review",
      payload: { action: "submitted", review, pull_request: { number: 9 }, repository, ...payload },
    });
  const data = {
    reviewId: 3,
    reviewer: "bob",
    reviewerType: "User",
    state: "changes_requested",
    headSha: "head",
  };

  test.each(["changes_requested", "CHANGES_REQUESTED"])("the state is read in either letter case: %s", (state) => {
    expect(about({ review: { ...review, state } })).toEqual([{ type: "REVIEW_SUBMITTED", on: pr9, data }]);
  });

  test("a dismissed review has the state dismissed, whatever its state was before", () => {
    expect(about({ action: "dismissed", review: { ...review, state: "approved" } })).toEqual([
      { type: "REVIEW_SUBMITTED", on: pr9, data: { ...data, state: "dismissed" } },
    ]);
  });

  test.each([
    [{ login: "bob", type: "Bot" }, "bob", "Bot"],
    [{ login: "bob", type: "Mannequin" }, "bob", "Other"],
    [{ login: "bob" }, "bob", "Other"],
    [null, "", "Other"],
  ])("the reviewer %j is %s of type %s", (user, reviewer, reviewerType) => {
    expect(about({ review: { ...review, user } })).toMatchObject([{ data: { reviewer, reviewerType } }]);
  });

  test("an edit, and a state that is none of a finished review, mean nothing", () => {
    expect(about({ action: "edited" })).toEqual([]);
    expect(about({ review: { ...review, state: "pending" } })).toEqual([]);
  });
});

test("a resolved thread is THREAD_RESOLVED, an unresolved one means nothing", () => {
  const payload = { thread: { node_id: "T1" }, pull_request: { number: 9 }, repository, sender };
  const about = (action: string) => factsOf({ event: "pull_request_review_thread", payload: { action, ...payload } });
  expect(about("resolved")).toEqual([{ type: "THREAD_RESOLVED", on: pr9, data: { threadId: "T1", sender: "ada" } }]);
  expect(about("unresolved")).toEqual([]);
});

describe("a delivery about checks", () => {
  const about = (conclusion: string | null, numbers: readonly number[], action = "completed") => {
    const pull_requests = numbers.map((number) => ({ number }));
    const check_suite = { id: 5, head_sha: "head", conclusion, pull_requests };
    return factsOf({ event: "check_suite", payload: { action, check_suite, repository } });
  };

  test.each(["success", "neutral", "skipped"])("a suite that ended as %s is CI_PASSED", (conclusion) => {
    expect(about(conclusion, [9])).toEqual([{ type: "CI_PASSED", on: pr9, data: { headSha: "head", suiteId: 5 } }]);
  });

  test.each(["failure", "cancelled", "timed_out", "action_required", "stale"])(
    "one that ended as %s is CI_FAILED",
    (conclusion) => {
      const data = { headSha: "head", suiteId: 5, conclusion };
      expect(about(conclusion, [9])).toEqual([{ type: "CI_FAILED", on: pr9, data }]);
    },
  );

  test("every change whose head it ran on gets its fact", () => {
    expect(about("success", [9, 10])).toMatchObject([{ on: { number: 9 } }, { on: { number: 10 } }]);
    expect(about("success", [])).toEqual([]);
  });

  test("one on the default branch is BASE_CHECKED of that commit, and one on another branch is not", () => {
    const ended = { id: 5, head_sha: "head", pull_requests: [], app: { slug: "ci" } };
    const told = (head_branch: string | null, conclusion: string) => {
      const check_suite = { ...ended, head_branch, conclusion };
      return factsOf({ event: "check_suite", payload: { action: "completed", check_suite, repository } });
    };
    const { default_branch: branch } = repository;
    const on = { kind: "fleet", topic: `base acme/shop ${branch} head` };
    const data = { owner: "acme", repo: "shop", branch, baseSha: "head", name: "ci" };
    expect(told(branch, "success")).toEqual([{ type: "BASE_CHECKED", on, data: { ...data, passed: true } }]);
    expect(told(branch, "failure")).toEqual([{ type: "BASE_CHECKED", on, data: { ...data, passed: false } }]);
    expect([told("other", "success"), told(null, "failure")]).toEqual([[], []]);
  });

  test("the fact has GitHub's time of the suite", () => {
    const check_suite = { id: 5, head_sha: "head", conclusion: "success", updated_at: "2026-01-02T03:04:05Z" };
    const payload = {
      action: "completed",
      check_suite: { ...check_suite, pull_requests: [{ number: 9 }] },
      repository,
    };
    expect(factsOf({ event: "check_suite", payload })).toMatchObject([{ data: { updatedAt: check_suite.updated_at } }]);
  });

  test("a suite that has not ended means nothing", () => {
    expect(about(null, [9], "requested")).toEqual([]);
  });
});
