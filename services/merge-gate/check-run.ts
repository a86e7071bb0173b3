import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { gateCheck } from "#contracts/checks.ts";
import type { Consumes } from "#contracts/choreography.ts";
import type { Evaluation } from "#contracts/gate/evaluate.ts";
import { pageOf, whatFollows } from "#contracts/gate/hold-waits.ts";
import { type HoldName, holds } from "#contracts/gate/reasons.ts";
import type { GatePolicy } from "#contracts/policy.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import type { Bus } from "#kit/bus/bus.ts";
import { textHash } from "#kit/facts/text.ts";
import { GitHub, type Octokit } from "#kit/github/github.ts";
import { statusMark } from "#kit/github/head-checks.ts";
import { docsFolder } from "#kit/process/settings.ts";
import { isOwnApp, type Posted, type ShownVerdict } from "./shown-verdict.ts";

// The verdict as people see it on the pull request: one check run of the gate's App on the head, which is updated. It never fails: a held
// change is neutral, which is no red check. GitHub takes neutral for passed, so a rule that requires this check holds nobody. A gate that may
// make no check run sets a commit status.

/** What the check run says. `summary` is Markdown, in which nothing that others wrote can begin a line. */
function runOf({ passed, checks }: Evaluation, { mode, docs }: Pick<Posting, "mode"> & { readonly docs: string }) {
  const held = checks.filter((check) => !check.passed);
  const titles = held.map(({ hold, name }) => hold ?? name).join(", ");
  const title = passed ? "The gate is open" : `Held: ${titles}`;
  const lines = checks.map((check) => {
    const { hold, name, why, since } = check;
    const from = since === undefined ? "" : `, since ${since}`;
    const how = hold === undefined ? "" : ` *${holds[hold].who}${from}*: ${howToEnd(hold, docs)}`;
    return `- ${check.passed ? "✅" : "✋"} **${name}**: \`${why.replaceAll("`", "'")}\`${how}`;
  });
  const shadow = mode === "shadow" ? ["The gate's policy is `shadow`: it merges nothing.", ""] : [];
  return {
    status: "completed",
    conclusion: passed ? "success" : "neutral",
    output: { title: title.slice(0, titleMax), summary: [...shadow, ...lines].join("\n") },
  } as const;
}

/** How a hold ends, what follows where it does not, and where more of it stands. */
export function howToEnd(hold: HoldName, docs: string): string {
  const page = pageOf(hold, docs);
  const more = page.startsWith("http") ? `[More](${page})` : `More: \`${page}\``;
  return [holds[hold].todo, whatFollows(hold), more].filter(Boolean).join(" ");
}

/** GitHub cuts the title of a run at 255 characters, and refuses a longer description of a status than 140 (https://docs.github.com/rest/commits/statuses). */
const titleMax = 255;
const descriptionMax = 140;

/** What the commit status says. GitHub has no neutral one; `pending` is the one that is neither good nor bad. */
function statusOf({ conclusion, output: { title } }: ReturnType<typeof runOf>) {
  const description = title.length > descriptionMax ? `${title.slice(0, descriptionMax - 1)}…` : title;
  return { state: conclusion === "success" ? "success" : "pending", description } as const;
}

/**
 * What is posted. `shown`: what GitHub shows; undefined where it did not tell. `isNew`: whether the verdict is another one than before. `isLast`:
 * whether nobody told a later one, who posts that.
 */
interface Posting {
  readonly evaluation: Evaluation;
  readonly mode: GatePolicy["mode"];
  readonly shown: ShownVerdict | null | undefined;
  readonly isNew: boolean;
  readonly isLast: Effect.Effect<boolean, HandlingError, Bus>;
}

/**
 * Posts the verdict as the one check run of the gate on the head, or updates it, where GitHub shows another one. Only an App may make check runs, and
 * only one with the permission `checks: write`; in its place a commit status is set (`statuses: write`). A refusal holds nothing.
 */
export const postVerdict = Effect.fn("postVerdict")(function* (pr: Place, posting: Posting) {
  const { evaluation, mode, shown, isNew, isLast } = posting;
  const run = runOf(evaluation, { mode, docs: yield* Effect.orDie(docsFolder) });
  const status = statusOf(run);
  const mark = textHash(JSON.stringify(run));
  const isShown = shown != null && shown.mark === (shown.kind === "run" ? mark : statusMark(status));
  if (isShown || (shown === undefined && !isNew) || !(yield* isLast)) return "shown" satisfies Posted as Posted;
  const github = yield* GitHub;
  const login = yield* github.login;
  const { headSha } = evaluation;
  const asRun = github.call("post the verdict", pr, async (octokit, at) => {
    const id = shown?.kind === "run" ? shown.id : await ownRun(octokit, { ...at, login, headSha });
    const said = { ...at, name: gateCheck, external_id: mark, ...run };
    if (id === null) await octokit.rest.checks.create({ ...said, head_sha: headSha });
    else await octokit.rest.checks.update({ ...said, check_run_id: id });
  });
  const instead = github.call("post the verdict as a status", pr, async (octokit, at) => {
    await octokit.rest.repos.createCommitStatus({ ...at, sha: headSha, context: gateCheck, ...status });
  });
  return yield* Effect.as(asRun, "shown" as Posted).pipe(
    Effect.catchTag("GitHubRefused", ({ message: reason }) =>
      Effect.as(instead, { reason, instead: "status" } as Posted).pipe(
        Effect.catchTag("GitHubRefused", () => Effect.succeed<Posted>({ reason, instead: "nothing" })),
      ),
    ),
    Effect.catchTag("Retryable", (error) =>
      Effect.as(Effect.logWarning("verdict not posted yet", error.message), "later" as Posted),
    ),
  );
});

/** The id of the check run that this App made on the head; null when it made none. Another App may use the same name. */
async function ownRun(
  octokit: Octokit,
  {
    login,
    headSha,
    ...at
  }: { readonly owner: string; readonly repo: string; readonly login: string; readonly headSha: string },
): Promise<number | null> {
  const wanted = { ...at, ref: headSha, check_name: gateCheck, filter: "latest", per_page: 100 } as const;
  const { data } = await octokit.rest.checks.listForRef(wanted);
  return data.check_runs.find(({ app }) => app !== null && isOwnApp(app.slug, login))?.id ?? null;
}

/** Whether the fact tells of the check suite in which the gate's own run stands, or of its own status: nothing follows from what the gate said itself. */
export const isOfOwnRun = Effect.fn("isOfOwnRun")(function* (cause: Consumes<"merge-gate">) {
  if (cause.type === "STATUS_REPORTED") return cause.data.context === gateCheck;
  if (cause.type !== "CI_PASSED" && cause.type !== "CI_FAILED") return false;
  const github = yield* GitHub;
  return isOwnApp(cause.data.app, yield* github.login);
});
