import { randomUUID } from "node:crypto";
import { Clock, Effect, Layer } from "effect";
import { expect } from "vitest";
import type { RefOf } from "#contracts/aggregates.ts";
import type { Consumes } from "#contracts/choreography.ts";
import type { FactDraft } from "#contracts/envelope.ts";
import { readyLabel } from "#contracts/labels.ts";
import { pullRequestBody } from "#contracts/pull-request-body.ts";
import { approvalOf } from "#contracts/test-facts.ts";
import { Retryable } from "#kit/errors.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, gitHubWith } from "#kit/github/test-forge-world.ts";
import { OperatorPolicy, policyLayer, readPolicy } from "#kit/policy/policy.ts";
import { coder, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import { makeHandle } from "./work.ts";

/** GitHub and the policy of this repository, as the gate has them. */
export const gateLayer = Layer.merge(gitHubLayer("merge-gate"), policyLayer);

/** A policy by which a head need not have the newest commit of its base. */
export const untested = Layer.effect(
  OperatorPolicy,
  Effect.map(readPolicy(), (policy) => ({ ...policy, gate: { ...policy.gate, testMergeResult: false } })),
);

/** The repository of the tests. */
export const at = { owner: "acme", repo: "shop" };

/** What a test needs for real pull requests on the local forge, and for the facts about them. The world starts after the file is read. */
export function earnedOn(world: () => ForgeWorld) {
  const publish = (...drafts: readonly FactDraft[]) => world().publishAll(...drafts);

  /** What the gate appended to an issue, in order. */
  async function appendedTo(on: RefOf<"issue">): Promise<readonly string[]> {
    return (await world().history(on)).filter(({ actor }) => actor === "merge-gate").map(({ type }) => type);
  }

  async function fileIssue(title: string): Promise<RefOf<"issue">> {
    const { data } = await world()
      .forge.octokitOf(person)
      .rest.issues.create({ ...at, title, body: "", labels: [readyLabel] });
    return { ...at, kind: "issue", number: data.number };
  }

  /** An issue whose change stands on the forge, tested and approved, and the facts that led there. `more`: files beside its own. */
  async function earnedChange(file: string, author = coder, more: Readonly<Record<string, string>> = {}) {
    const { forge } = world();
    const issue = await fileIssue(file);
    const branch = `feature/issue-${issue.number}-${file}`;
    // As an agent does it: the clone follows the base.
    await forge.git(author, "fetch", "origin");
    const headSha = await forge.push(author, branch, { [`${file}.js`]: `export const ${file} = 1;\n`, ...more });
    const body = pullRequestBody("", { issueNumber: issue.number, epoch: 1 });
    const wanted = { ...at, title: file, head: branch, base: "main", body };
    const { data: pull } = await forge.octokitOf(author).rest.pulls.create(wanted);
    const approves = { ...at, pull_number: pull.number, event: "APPROVE" } as const;
    const { data: review } = await forge.octokitOf(reviewer).rest.pulls.createReview(approves);
    await forge.settled();
    const pr = { ...at, kind: "pr", number: pull.number } as const;
    const change = { title: file, author: author.login, branch, baseBranch: "main", headSha, closes: [issue.number] };
    await publish({ type: "PR_OPENED", on: pr, data: change });
    await publishRun(issue, { prNumber: pr.number, branch, headSha });
    return { issue, pr, headSha, branch, change, reviewId: review.id };
  }

  /** The facts of a run that ended with this pull request, as the holder of the claim publishes them, true or not. */
  async function publishRun(
    issue: RefOf<"issue">,
    named: { readonly prNumber: number; readonly branch: string; readonly headSha: string },
    attempt = 1,
  ): Promise<void> {
    const { prNumber, branch, headSha } = named;
    const dispatch = { attempt, task: "implement", reason: "labelled", prNumber: null, headSha: null } as const;
    const claim = { claimId: randomUUID(), epoch: attempt, agentId: "dev-e", instanceId: "i", attempt };
    const { claimId } = claim;
    const created = { claimId, agentId: "dev-e", prNumber, prUrl: "", branch, epoch: attempt };
    const ended = { claimId, attempt, prNumber, headSha, turns: 1, summary: { text: "done" } };
    await publish(
      ...(attempt > 1 ? [] : [{ type: "ISSUE_APPROVED", on: issue, data: approvalOf() } as const]),
      { type: "ISSUE_QUEUED", on: issue, data: dispatch },
      { type: "ISSUE_ASSIGNED", on: issue, data: claim },
      { type: "PR_CREATED", on: issue, data: created },
      { type: "RUN_SUCCEEDED", on: issue, data: ended },
    );
  }

  async function pullOnForge(number: number) {
    return (
      await world()
        .forge.octokitOf(person)
        .rest.pulls.get({ ...at, pull_number: number })
    ).data;
  }

  return { publish, appendedTo, fileIssue, earnedChange, publishRun, pullOnForge };
}

/** The gate's handler without its consumer: a test hands it one fact, with a GitHub on which something else happens. */
export function handlingOn(world: () => ForgeWorld) {
  /** The gate handles the RUN_SUCCEEDED of an issue, with a GitHub on which something else happens. */
  async function handleWith(
    issue: RefOf<"issue">,
    gitHub: ReturnType<typeof gitHubWith>,
    more: { readonly policy?: typeof policyLayer } = {},
  ): Promise<void> {
    const ended = (await world().history(issue)).findLast((fact) => fact.type === "RUN_SUCCEEDED");
    if (ended?.type !== "RUN_SUCCEEDED") throw new Error("the run did not succeed");
    await handleAs(ended, gitHub, more);
  }

  /** The gate requests the merge and is killed before it asks GitHub for it. */
  async function dieBeforeMerge(issue: RefOf<"issue">): Promise<void> {
    const dying = gitHubWith("merge-gate", (what, call) =>
      what === "merge" ? Effect.fail(new Retryable({ what })) : call,
    );
    await expect(handleWith(issue, dying)).rejects.toMatchObject({ _tag: "Retryable" });
    expect((await world().history(issue)).at(-1)?.type).toBe("MERGE_REQUESTED");
  }

  async function handleAs(
    fact: Consumes<"merge-gate">,
    gitHub: ReturnType<typeof gitHubWith>,
    { policy = policyLayer, clock }: { readonly policy?: typeof policyLayer; readonly clock?: Clock.Clock } = {},
  ): Promise<void> {
    const handling = Effect.flatMap(makeHandle, (handle) => handle(fact));
    const timed = clock === undefined ? handling : Effect.provideService(handling, Clock.Clock, clock);
    await world().as("merge-gate", Effect.provide(timed, Layer.merge(gitHub, policy)));
  }

  /** Lets the durable consumer pass over what is stored, so that a gate that starts later consumes only what follows. */
  async function skipStored(): Promise<void> {
    const consumer = await world().manager.jetstream().consumers.get("EVENTS", "merge-gate");
    for (let left = (await consumer.info()).num_pending; left > 0; left -= 1) {
      const message = await consumer.next();
      await message?.ackAck();
    }
  }

  return { handleWith, handleAs, dieBeforeMerge, skipStored };
}
