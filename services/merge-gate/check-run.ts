import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { gateCheck } from "#contracts/checks.ts";
import type { Consumes } from "#contracts/choreography.ts";
import type { Evaluation } from "#contracts/gate/evaluate.ts";
import { holds } from "#contracts/gate/reasons.ts";
import type { GatePolicy } from "#contracts/policy.ts";
import { GitHub, type Octokit } from "#kit/github/github.ts";

// The verdict as people see it on the pull request: one check run of the gate's App on the head, which is updated. It never fails: a held
// change is neutral, which is no red check. GitHub takes neutral for passed, so a rule that requires this check holds nobody.

/** What the check run says. `summary` is Markdown, in which nothing that others wrote can begin a line. */
function runOf({ passed, checks }: Evaluation, mode: GatePolicy["mode"]) {
  const held = checks.filter((check) => !check.passed);
  const titles = held.map(({ hold, name }) => hold ?? name).join(", ");
  const title = passed ? "The gate is open" : `Held: ${titles}`;
  const lines = checks.map((check) => {
    const { hold, name, why } = check;
    const how = hold === undefined ? "" : ` *${holds[hold].who}*: ${holds[hold].todo}`;
    return `- ${check.passed ? "✅" : "✋"} **${name}**: \`${why.replaceAll("`", "'")}\`${how}`;
  });
  const shadow = mode === "shadow" ? ["The gate's policy is `shadow`: it merges nothing.", ""] : [];
  return {
    status: "completed",
    conclusion: passed ? "success" : "neutral",
    output: { title: title.slice(0, titleMax), summary: [...shadow, ...lines].join("\n") },
  } as const;
}

/** GitHub cuts the title of a run at 255 characters. */
const titleMax = 255;

/**
 * Posts the verdict as the one check run of the gate on the head, or updates it. A refusal is logged and holds nothing: only an App may make
 * check runs, and only one with the permission `checks: write`.
 */
export const postVerdict = Effect.fn("postVerdict")(function* (
  pr: Place,
  evaluation: Evaluation,
  { mode }: GatePolicy,
) {
  const github = yield* GitHub;
  const login = yield* github.login;
  const run = runOf(evaluation, mode);
  const posting = github.call("post the verdict", pr, async (octokit, at) => {
    const id = await ownRun(octokit, { ...at, login, headSha: evaluation.headSha });
    const said = { ...at, name: gateCheck, ...run };
    if (id === null) await octokit.rest.checks.create({ ...said, head_sha: evaluation.headSha });
    else await octokit.rest.checks.update({ ...said, check_run_id: id });
  });
  yield* Effect.catchTag(posting, ["GitHubRefused", "Retryable"], (error) =>
    Effect.logWarning("verdict not posted", error.message),
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

/** The login of an App is its slug and `[bot]`. */
export function isOwnApp(slug: string | undefined, login: string): boolean {
  return slug !== undefined && `${slug}[bot]` === login;
}

/** Whether the fact tells of the check suite in which the gate's own run stands: nothing follows from what the gate said itself. */
export const isOfOwnRun = Effect.fn("isOfOwnRun")(function* (cause: Consumes<"merge-gate">) {
  if (cause.type !== "CI_PASSED" && cause.type !== "CI_FAILED") return false;
  const github = yield* GitHub;
  return isOwnApp(cause.data.app, yield* github.login);
});
