import { Effect } from "effect";
import { expect, test } from "vitest";
import { workItem } from "#contracts/test-facts.ts";
import { makeTrust } from "#kit/github/trust.ts";
import type { Answer, Asked } from "#kit/test/test-answers.ts";
import { playedGitHub } from "#kit/test/test-github.ts";
import { brief, reportProgress } from "./forge.ts";

// A GitHub whose lists have 101 entries: the one that counts is alone on the second page.

const server = playedGitHub("dev-e");

/** The page of a list that is asked for, with the link to the next one. */
function pageOf(list: readonly object[], { path }: Asked, wrap: (page: readonly object[]) => object): Answer {
  const url = new URL(path, server.url);
  const [page, size] = [Number(url.searchParams.get("page") ?? 1), Number(url.searchParams.get("per_page"))];
  url.searchParams.set("page", String(page + 1));
  const headers = page * size < list.length ? { link: `<${url.href}>; rel="next"` } : {};
  return { headers, body: wrap(list.slice((page - 1) * size, page * size)) };
}

const hundred = <Entry>(entry: Entry) => Array.from({ length: 100 }, () => entry);
const noThreads = {
  data: { repository: { pullRequest: { reviewThreads: { nodes: [], pageInfo: { hasNextPage: false } } } } },
};

const testRequired = { required_status_checks: { contexts: ["test"], checks: [{ context: "test", app_id: null }] } };

test("a fix is briefed with the objection and the required red check after the hundredth", async () => {
  const user = { login: "rig-review-e[bot]", type: "Bot" };
  const review = { id: 1, user, state: "CHANGES_REQUESTED" };
  const reviews = [...hundred({ ...review, body: "Old." }), { ...review, id: 2, body: "The newest." }];
  const green = { name: "lint", conclusion: "success", output: {} };
  const required = { name: "test", conclusion: "failure", output: { text: "1 failed" } };
  const checks = [...hundred(green), required, { ...required, name: "nice to have" }];
  server.play((asked) => {
    if (asked.path.includes("/reviews?")) return pageOf(reviews, asked, (page) => page);
    if (asked.path.includes("/comments?")) return { body: [] };
    if (asked.path.includes("/check-runs?"))
      return pageOf(checks, asked, (page) => ({ total_count: 102, check_runs: page }));
    if (asked.path.includes("/status?")) return { body: { statuses: [] } };
    if (asked.path.includes("/rules/branches/main?")) return { body: [] };
    if (asked.path.endsWith("/branches/main")) return { body: { protected: true, protection: testRequired } };
    return { body: noThreads };
  });
  const item = workItem({ task: "fix", prNumber: 2, headSha: "h1" });
  const briefing = await server.run(
    Effect.flatMap(makeTrust, (trust) => brief(trust, item, { approvedAt: null, pr: null })),
  );
  expect(briefing).toMatchObject({ review: ["The newest."], failedChecks: ["test:\n1 failed"] });
});

test("progress is edited in its comment after the hundredth, and no other comment is added", async () => {
  const own = { id: 7, user: { login: "dev-e" }, body: "Under way.\n\n<!-- rig:progress -->" };
  const comments = [...hundred({ id: 1, user: { login: "ann" }, body: "A note." }), own];
  server.play((asked) => {
    if (asked.path === "/user") return { body: { login: "dev-e" } };
    return asked.method === "GET" ? pageOf(comments, asked, (page) => page) : { body: {} };
  });
  await server.run(reportProgress({ owner: "acme", repo: "shop", number: 1 }, "Done."));
  const writes = server.asked.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
  expect(writes).toEqual(["PATCH /repos/acme/shop/issues/comments/7"]);
});
