import type { Answer, Asked } from "#kit/test/test-answers.ts";
import { changeNode, issueNode, listedNodes } from "./test-change-node.ts";

/** Somebody on GitHub, with what it says of him. */
export interface Person {
  readonly who: string;
  /** null for a deleted user. */
  readonly account: { readonly login: string; readonly type: "User" | "Bot" } | null;
  /** What deliveries and lists say of his relation to the repository, which decides nothing. */
  readonly association: string;
  /** What GitHub answers when it is asked for his permission; null for 404. */
  readonly permission: string | null;
  /** Whether he may object, hold a merge with a thread, or give an agent a task. */
  readonly counts: boolean;
}

const user = (login: string) => ({ login, type: "User" }) as const;
const bot = (login: string) => ({ login: `${login}[bot]`, type: "Bot" }) as const;

/** A person who may write. */
export const writer: Person = {
  who: "a person who may write",
  account: user("wendy"),
  association: "COLLABORATOR",
  permission: "write",
  counts: true,
};

/** A person to whom the repository gave nothing. */
export const outsider: Person = {
  who: "a stranger",
  account: user("mallory"),
  association: "NONE",
  permission: "read",
  counts: false,
};

/** Everybody for whom the rules about objections, threads and tasks differ. */
export const people: readonly Person[] = [
  writer,
  { ...writer, who: "an admin", account: user("ada"), association: "OWNER", permission: "admin" },
  { ...writer, who: "a private member, shown as a contributor", account: user("priya"), association: "CONTRIBUTOR" },
  { ...writer, who: "a private member, shown as nobody", account: user("pavel"), association: "NONE" },
  { who: "the appointed App", account: bot("rig-review-e"), association: "NONE", permission: null, counts: true },
  outsider,
  { ...outsider, who: "somebody who may triage", account: user("tria"), association: "COLLABORATOR" },
  { ...outsider, who: "a member without permission", account: user("mel"), association: "MEMBER", permission: "none" },
  { ...outsider, who: "a person with the appointed App's name", account: user("rig-review-e") },
  { who: "an unknown App", account: bot("linter"), association: "NONE", permission: null, counts: false },
  {
    who: "an unknown App that may write",
    account: bot("helper"),
    association: "NONE",
    permission: "write",
    counts: false,
  },
  { who: "a deleted user", account: null, association: "NONE", permission: null, counts: false },
];

/** The people as rows for `test.each`: a title, and the person. */
export const eachPerson = people.map((person) => [person.who, person] as const);

/** A review in GitHub's list. */
export function reviewBy({ account, association }: Person, more: Readonly<Record<string, unknown>> = {}) {
  const given = { id: 1, state: "CHANGES_REQUESTED", body: "Not yet.", commit_id: "h1", submitted_at: time };
  return { ...given, user: account, author_association: association, ...more };
}

/** A comment in the conversation. */
export function commentBy({ account, association }: Person, more: Readonly<Record<string, unknown>> = {}) {
  const given = { id: 1, body: "Please.", created_at: time, updated_at: time };
  return { ...given, user: account, author_association: association, ...more };
}

/** An unresolved review thread in which these people wrote, as GraphQL answers. */
export function threadBy(authors: readonly Person[], more: Readonly<Record<string, unknown>> = {}) {
  const nodes = authors.map(({ who, account }, index) => ({
    id: `${who} ${index}`,
    body: `Words of ${who}.`,
    updatedAt: time,
    author: account === null ? null : { __typename: account.type, login: account.login.replace(/\[bot\]$/, "") },
  }));
  return { id: "T1", isResolved: false, path: "a.js", line: 3, comments: { nodes }, ...more };
}

const time = "2026-01-02T03:04:05Z";

/** What stands on the played GitHub: pull request 9 of issue 7 in acme/shop. */
export interface Standing {
  readonly reviews?: readonly object[];
  readonly threads?: readonly object[];
  /** What happened to pull request 9, oldest first. */
  readonly events?: readonly object[];
  readonly commits?: readonly object[];
  readonly onIssue?: readonly object[];
  readonly onPull?: readonly object[];
  readonly pull?: Readonly<Record<string, unknown>>;
}

/** A person whose permission GitHub does not tell. What nobody tells is not nothing, so he counts nowhere as one who may not. */
export const untold: Person = {
  ...writer,
  who: "a person whose permission is not told",
  account: user("una"),
  permission: null,
};

/** An agent that is no App but a user who may write. It counts nowhere where the operator named it as an agent. */
export const robot: Person = { ...writer, who: "an agent that is a user", account: user("robot-e"), counts: false };

/** Answers as a GitHub on which this stands. What it does not know is 404, so no permission; no check is required. */
export function playGitHub({
  reviews = [],
  threads = [],
  events = [],
  commits = [],
  onIssue = [],
  onPull = [],
  pull = {},
}: Standing) {
  return ({ path }: Asked): Answer => {
    const at = decodeURIComponent(path.split("?")[0] ?? "").replace("/repos/acme/shop/", "");
    const login = /^collaborators\/(.*)\/permission$/.exec(at)?.[1];
    const asked = [...people, robot].find(({ account }) => account?.login === login);
    if (login !== undefined && asked?.permission != null) {
      return { body: { permission: asked.permission, user: asked.account } };
    }
    const known = [...people, untold, robot].find(({ account }) => `/users/${account?.login}` === at);
    if (known?.account?.type === "User") return { body: known.account };
    if (at === "/user") return { body: { login: "rig" } };
    if (at === "/repos/acme/shop") return { body: { id: 1, name: "shop", default_branch: "main" } };
    if (at === "issues/7") return { body: openIssue };
    if (at === "pulls") return { body: [] };
    if (at === "pulls/9") return { body: { ...openPull, ...pull } };
    if (at === "pulls/9/reviews") return { body: reviews };
    if (at === "pulls/9/commits") return { body: commits };
    if (at === "pulls/9/files") return { body: [] };
    if (at === "issues/9/events") return { body: events };
    if (at === "rules/branches/main") return { body: [] };
    if (at === "branches/main") return { body: { name: "main", protected: false } };
    if (at === "issues/7/comments") return { body: onIssue };
    if (at === "issues/9/comments") return { body: onPull };
    if (at.endsWith("/check-runs")) return { body: { total_count: 0, check_runs: [] } };
    if (at.endsWith("/status")) return { body: { statuses: [] } };
    if (!at.endsWith("graphql")) return { status: 404, body: { message: "Not Found" } };
    const pullRequest = changeNode({ pull: { ...openPull, ...pull }, reviews, commits, events, threads }, { rules });
    const repository = { ...nothingRequired, issue: issueNode(openIssue), pullRequests: listedNodes([]), pullRequest };
    return { body: { data: { repository } } };
  };
}

/** The file with the repository's own rules. */
const rules = "stack: node\n";

const emptyList = { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };

/** What GraphQL says of a repository that requires nothing, and of a head on which nothing reported. */
const nothingRequired = {
  ...{ databaseId: 1, mergeCommitAllowed: true, squashMergeAllowed: true, rebaseMergeAllowed: true },
  ...{ owner: { login: "acme" }, defaultBranchRef: { name: "main" }, mergeQueue: null, ref: { refUpdateRule: null } },
  object: { statusCheckRollup: null, checkSuites: emptyList },
};

/** Issue 7 as it stands there. */
export const openIssue = {
  number: 7,
  state: "open",
  title: "Sell more",
  body: "",
  labels: [{ name: "agent-ready" }],
  repository_url: "https://api.github.com/repos/acme/shop",
  updated_at: time,
};

const openPull = {
  number: 9,
  changed_files: 0,
  state: "open",
  draft: false,
  base: { ref: "main", repo: { id: 1, owner: { login: "acme" } } },
  head: { sha: "h1", ref: "feature/issue-7", repo: { id: 1 } },
  body: "Closes #7",
  user: { login: "rig-dev-e[bot]", type: "Bot" },
  labels: [],
  mergeable: true,
  mergeable_state: "clean",
  merged: false,
  merge_commit_sha: null,
  merged_by: null,
};
