import { randomUUID } from "node:crypto";
import { Effect, Layer } from "effect";
import { expect } from "vitest";
import type { RefOf } from "#contracts/aggregates.ts";
import { foldChange } from "#contracts/change-life.ts";
import { reviewClaims } from "#contracts/claims.ts";
import type { FactDraft } from "#contracts/envelope.ts";
import { foldIssue } from "#contracts/issue-life.ts";
import { approvalOf, reviewItem } from "#contracts/test-facts.ts";
import type { Verdict } from "#contracts/verdict.ts";
import { approvedTextHash } from "#kit/facts/text.ts";
import { type Around, type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { Model, type Question } from "#kit/model/model.ts";
import { eventually } from "#kit/test/test-world.ts";
import { claimWork } from "#kit/work/claim.ts";
import type { ForgeUser } from "../../deploy/local/forge/forge.ts";
import { person } from "../../deploy/local/forge/test-forge.ts";
import { reviewE } from "./work.ts";

export const at = { owner: "acme", repo: "shop" };

/** A test that waits for a redelivery does not wait for the next pull of an idle agent. */
const oftenPulled = { pullEveryMs: 200 };

/** What a test changes besides the files of its branch. */
interface Changed {
  readonly unreadableFiles?: "request_changes" | "ask_person";
  /** Changes the branch once more after its files; returns the head's SHA. */
  readonly more?: (branch: string) => Promise<string>;
}

/** A bus, the local forge and a played model, on which reviewers work in a test. */
export class ReviewScene {
  /** What the model answers. */
  verdict: Verdict = approval;
  /** What the model was asked. */
  readonly asked: Question[] = [];

  readonly world: ForgeWorld;
  constructor(world: ForgeWorld) {
    this.world = world;
  }

  /** Begins another test: the model approves, and was asked nothing. */
  restart(): void {
    this.asked.length = 0;
    this.verdict = approval;
  }

  /** The issue of a change. */
  async issueOf(on: RefOf<"pr">): Promise<RefOf<"issue">> {
    const { closes } = foldChange(await this.world.history(on));
    return { ...at, kind: "issue", number: closes[0] ?? 0 };
  }

  /** The hash of the text that is approved of the issue of a change. */
  async approvedText(on: RefOf<"pr">): Promise<string> {
    return approvedTextHash(foldIssue(await this.world.history(await this.issueOf(on))));
  }

  publish(draft: FactDraft) {
    return this.world.publishAll(draft);
  }

  /** A pull request of this author, known to the rig, with its review on the work queue. */
  async changeBy(
    author: ForgeUser,
    file: string,
    files: Readonly<Record<string, string>>,
    { unreadableFiles = "request_changes", more }: Changed = {},
  ): Promise<{ readonly on: RefOf<"pr">; readonly headSha: string }> {
    const { forge } = this.world;
    const wantedIssue = { ...at, title: `Issue ${file}`, body: "Do it." };
    const { data: issue } = await forge.octokitOf(person).rest.issues.create(wantedIssue);
    const ofIssue = { ...at, kind: "issue", number: issue.number } as const;
    const { title } = issue;
    const approval = { ...approvalOf({ title, unreadableFiles }), body: { text: "Do it as approved." } };
    await this.publish({ type: "ISSUE_APPROVED", on: ofIssue, data: approval });
    const pushed = await forge.push(author, file, files);
    const headSha = more === undefined ? pushed : await more(file);
    const wanted = { ...at, title: `Change ${file}`, head: file, base: "main", body: `Closes #${issue.number}` };
    const { data: pull } = await forge.octokitOf(author).rest.pulls.create(wanted);
    const on = { ...at, kind: "pr", number: pull.number } as const;
    const change = { author: author.login, branch: file, baseBranch: "main", headSha, closes: [issue.number] };
    await this.publish({ type: "PR_OPENED", on, data: { ...change, title: wanted.title } });
    const item = { ...at, number: pull.number, title: wanted.title, headSha, issueNumber: issue.number };
    await this.world.enqueue(reviewItem(item));
    return { on, headSha };
  }

  async reviewsOf(number: number) {
    return (await this.world.forge.octokitOf(person).rest.pulls.listReviews({ ...at, pull_number: number })).data;
  }

  startReviewer(around: Around = (_, call) => call) {
    const needs = Layer.merge(gitHubWith("review-e", around), this.#model());
    return this.world.start(
      "review-e",
      Effect.provide(claimWork("review-e", reviewClaims, reviewE, oftenPulled), needs),
    );
  }

  /** Runs a reviewer until the work queue is empty. */
  async reviewEverything(around?: Around): Promise<void> {
    const running = this.startReviewer(around);
    await eventually(
      async () => expect((await this.world.manager.streams.info("WORK")).state.messages).toBe(0),
      15_000,
    );
    await running.stop();
  }

  #model() {
    const counts = { inputTokens: 10, outputTokens: 5, serverToolRequests: 0 };
    const cached = { cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, cacheReadTokens: 0 };
    return Layer.sync(Model, () =>
      Model.of({
        name: "played",
        converse: () => Effect.die("Review-E never converses"),
        ask: (question) =>
          Effect.sync(() => {
            this.asked.push(question);
            const usage = { requestId: randomUUID(), model: "played", ...counts, ...cached };
            return { answer: this.verdict, usage };
          }),
      }),
    );
  }
}

const approval: Verdict = { verdict: "approve", summary: "Good.", comments: [] };

export async function startScene(): Promise<ReviewScene> {
  return new ReviewScene(await startForgeWorld());
}
