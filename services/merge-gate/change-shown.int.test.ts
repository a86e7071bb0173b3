import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { changeNode } from "#kit/github/test-change-node.ts";
import { forgeSettings } from "#kit/github/test-forge-world.ts";
import { outsider, playGitHub, reviewBy } from "#kit/github/test-people.ts";
import { playedGitHub } from "#kit/test/test-github.ts";
import { settingsLayer } from "#kit/test/test-world.ts";
import {
  coder,
  person,
  reviewer,
  startTestForge,
  stranger,
  type TestForge,
} from "../../deploy/local/forge/test-forge.ts";
import { readByRest } from "./change-by-rest.ts";
import { readByGraphQl } from "./change-shown.ts";
import { gateLayer } from "./test-change.ts";

// Both ways to read a pull request. GraphQL spells accounts, states and ids otherwise than REST, and deliveries speak as REST does.

const at = { owner: "acme", repo: "shop" };
let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
  await forge.git(coder, "clone");
});
afterAll(() => forge.close());

const server = playedGitHub("merge-gate");

/** A pull request on which people, an App and an agent did everything that the gate reads of it. */
async function eventfulPull(): Promise<number> {
  const [ada, agent] = [forge.octokitOf(person), forge.octokitOf(coder)];
  const first = await forge.push(coder, "side", { "side.txt": "1\n" });
  await forge.push(coder, "decoy", { "decoy.txt": "1\n" });
  const wanted = { ...at, title: "Side", head: "side", base: "main", body: "Closes #1" };
  const { number: pull_number, node_id: id } = (await agent.rest.pulls.create(wanted)).data;
  const one = { ...at, pull_number };
  await forge.octokitOf(stranger).rest.pulls.createReview({ ...one, event: "COMMENT", body: "Nice." });
  const { data: review } = await ada.rest.pulls.createReview({ ...one, event: "REQUEST_CHANGES", body: "No." });
  await forge.octokitOf(reviewer).rest.pulls.createReview({ ...one, event: "APPROVE", body: "Good." });
  await ada.rest.pulls.dismissReview({ ...one, review_id: review.id, message: "Fine." });
  await ada.rest.issues.addLabels({ ...at, issue_number: pull_number, labels: ["manual-merge", "large-pr-ok"] });
  await agent.rest.issues.removeLabel({ ...at, issue_number: pull_number, name: "manual-merge" });
  for (const base of ["decoy", "main"]) await agent.rest.pulls.update({ ...one, base });
  for (const name of ["convertPullRequestToDraft", "markPullRequestReadyForReview"]) {
    const mutation = `mutation ($id: ID!) { ${name}(input: { pullRequestId: $id }) { pullRequest { id } } }`;
    await ada.graphql(mutation, { id });
  }
  for (const state of ["closed", "open"] as const) await ada.rest.pulls.update({ ...one, state });
  const asked = { ...one, reviewers: [person.login] };
  await agent.rest.pulls.requestReviewers(asked);
  await agent.rest.pulls.removeRequestedReviewers(asked);
  await ada.rest.pulls.requestReviewers(asked);
  await forge.push(coder, "side", { "side.txt": "2\n" });
  await forge.git(coder, "push", "--force", "origin", `${first}:refs/heads/side`);
  await forge.settled();
  return pull_number;
}

const asGate = <A, E>(program: Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.provide(program, settingsLayer(forgeSettings(forge))));

/** What each of the two ways says of a pull request. */
async function bothWays(number: number) {
  const of = { ...at, number };
  const reading = Effect.all([readByGraphQl(of, { issue: 1, branch: "side" }), readByRest(of)]);
  const [byGraphQl, { reviews, ...byRest }] = await asGate(Effect.provide(reading, gateLayer));
  const { pull, commits, parents, events, eventsCut } = byGraphQl;
  // REST names no commit of the base, because the one that it has of a pull request may be from before.
  const shown = {
    pull: { ...pull, base: pull.baseBranch, ...{ baseRollup: null, below: null, above: [] } },
    reviews: byGraphQl.reviews,
    commits,
    parents,
    events,
    eventsCut,
  };
  // REST lists more of a review and of its author than the gate reads.
  const read = reviews.map(({ id, user, state, commit_id, submitted_at, body }) => {
    return { id, user: user && { login: user.login, type: user.type }, state, commit_id, submitted_at, body };
  });
  return [shown, { ...byRest, reviews: read }];
}

test("GraphQL and REST say the same of a pull request, its reviews, its commits and its events, also once it is merged", async () => {
  const number = await eventfulPull();
  const [shown, byRest] = await bothWays(number);
  expect(shown).toEqual(byRest);
  expect(shown?.events.map(({ event }) => event)).toEqual([
    ...["review_dismissed", "labeled", "labeled", "unlabeled", "base_ref_changed", "base_ref_changed"],
    ...["convert_to_draft", "ready_for_review", "closed", "reopened"],
    ...["review_requested", "review_request_removed", "review_requested", "head_ref_force_pushed"],
  ]);
  await forge.octokitOf(person).rest.pulls.merge({ ...at, pull_number: number });
  const [merged, mergedByRest] = await bothWays(number);
  expect(merged?.pull).toEqual(mergedByRest?.pull);
  expect(merged?.pull).toMatchObject({ merged: true, open: false, mergedBy: person.login });
});

test("reviews and events of which GraphQL shows fewer than it counts are read over REST", async () => {
  const label = { name: "manual-merge" };
  const standing = {
    reviews: [reviewBy(outsider)],
    events: [{ event: "labeled", actor: outsider.account, label }],
  };
  const play = playGitHub(standing);
  const pull = {
    number: 9,
    state: "open",
    base: { ref: "main" },
    head: { sha: "h1", ref: "side" },
    body: "",
    labels: [],
  };
  const node = changeNode({
    ...{ commits: [], threads: [], reviews: [], events: [] },
    pull: { ...pull, user: outsider.account, mergeable_state: "clean", mergeable: true, merged: false },
  });
  const hidden = { nodes: [null], totalCount: 1, pageInfo: { hasNextPage: false, endCursor: "end" } };
  const pullRequest = { ...node, reviews: hidden, timelineItems: hidden };
  const repository = {
    owner: { login: "acme" },
    defaultBranchRef: { name: "main" },
    issue: null,
    pullRequests: null,
    pullRequest,
  };
  server.play((asked) => (asked.path.endsWith("/graphql") ? { body: { data: { repository } } } : play(asked)));
  const { reviews, events } = await server.run(readByGraphQl({ ...at, number: 9 }, { issue: 7, branch: "" }));
  expect(reviews).toMatchObject([{ id: 1, state: "CHANGES_REQUESTED", user: outsider.account }]);
  expect(events).toMatchObject([{ event: "labeled", label: "manual-merge", actor: outsider.account }]);
});
