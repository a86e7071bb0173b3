import { Schema } from "effect";
import { type CheckEnd, gateCheck, isPassing, isRed, type RequiredCheck } from "./checks.ts";
import type { RequiredWorkflow, Requirements } from "./requirements.ts";

const AppId = Schema.NullOr(Schema.Int);
const NullOrText = Schema.NullOr(Schema.String);

/** A check run or commit status of one head, with what tells the latest one and whom it waits for. */
const HeadCheck = Schema.Struct({
  kind: Schema.Literals(["run", "status"]),
  name: Schema.String,
  /** The App that reported it; null where nobody did, or where GitHub does not tell it. */
  appId: AppId,
  /** GitHub's id of a run: a later run has a higher one. null for a status, of which GitHub shows only the latest, and where it is not told. */
  id: Schema.NullOr(Schema.Int),
  /** `completed`, or how far it is: `queued`, `in_progress`, `waiting` … */
  status: Schema.String,
  /** How it ended, in GitHub's word; null while it has not. */
  conclusion: NullOrText,
  /** When it began: ISO 8601; null where GitHub does not tell it. */
  since: NullOrText,
  /** Whether GitHub requires it for this pull request, also by a rule that is not shown. */
  isRequired: Schema.Boolean,
});
export type HeadCheck = typeof HeadCheck.Type;

/** What one App, or one workflow of GitHub Actions, does for one head. A suite may end, or wait, without a run. */
const CheckSuite = Schema.Struct({
  id: Schema.NullOr(Schema.Int),
  appId: AppId,
  /** The App's slug; empty where GitHub does not tell it. */
  app: Schema.String,
  status: Schema.String,
  conclusion: NullOrText,
  runs: Schema.Int,
  /** Whose file it runs, and whether that stands in the repository of the pull request; null for another App, and where it is not told. */
  workflow: Schema.NullOr(Schema.Struct({ path: Schema.String, isOwn: Schema.Boolean })),
});
export type CheckSuite = typeof CheckSuite.Type;

/** Everything that reports on one head. `isCut`: there is more than is read. */
export const HeadChecks = Schema.Struct({
  checks: Schema.Array(HeadCheck),
  suites: Schema.Array(CheckSuite),
  isCut: Schema.Boolean,
});
export type HeadChecks = typeof HeadChecks.Type;

/** What became of one thing that is required. `name` is that of the check, the status, or the path of the workflow. */
export interface WeighedCheck {
  readonly name: string;
  /** The App that has to report it; null: any. */
  readonly appId: number | null;
  /** `missing`: never reported, so it waits for its deadline and then for a person; `blocked`: it ended, and not well. */
  readonly state: "passed" | "running" | "blocked" | "missing";
  readonly why: string;
  /** When the last that counts for it began: ISO 8601; null where nothing did, or where GitHub does not tell it. */
  readonly since: string | null;
}

/** How the checks of a head stand to what is required. A head may be merged only if every line passed. */
export interface WeighedRequired<Check extends HeadCheck> {
  readonly lines: readonly WeighedCheck[];
  /**
   * The checks that lead to a fix: red ones that a rule or the protection names, or where neither names any, all that are red. One that was
   * cancelled, is stale or asks for something needs a person, and so does a workflow, and what only a rule demands that is not shown.
   */
  readonly failed: readonly Check[];
  /** What is red and not required, by name: it holds nothing, and is shown. */
  readonly aside: readonly string[];
  /** `nothing`: no ruleset, no protection and no rule that is not shown requires any check, so the lines are all that reported. */
  readonly required: "something" | "nothing";
}

/** What reported on a head, each with more where the caller has more of it. */
interface Reported<Check extends HeadCheck> {
  readonly checks: readonly Check[];
  readonly suites: readonly CheckSuite[];
}

/**
 * Weighs what reported on a head against what is required, as GitHub counts it:
 * - `success`, `skipped` and `neutral` pass; all else that ended blocks: `failure`, `error`, `timed_out`, `cancelled`, `action_required`,
 *   `stale`, `startup_failure` ("Successful check statuses are: success, skipped, and neutral",
 *   https://docs.github.com/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/troubleshooting-required-status-checks).
 * - A check and a status of one name both have to pass (the same page), and so do those of several Apps where any App will do.
 * - One that has to be a certain App's is reported by that App alone (the same page, "Required status checks from unexpected sources").
 * - A workflow that was skipped reports nothing and is waited for, while a job that was skipped passes (the same page).
 * - The latest run of a name counts (`latestRuns`). What the gate itself reports (`ownAppId`) never does: it would wait for itself.
 */
export function weighRequired<Check extends HeadCheck>(
  { checks, workflows }: Pick<Requirements, "checks" | "workflows">,
  head: Reported<Check>,
  { ownAppId }: { readonly ownAppId: number | null },
): WeighedRequired<Check> {
  const isOwn = ({ appId }: { readonly appId: number | null }) => appId !== null && appId === ownAppId;
  // A gate that may make no check run sets a commit status.
  const isOwnStatus = ({ kind, name }: Check) => kind === "status" && name === gateCheck;
  const reported = head.checks.filter((check) => !isOwn(check) && !isOwnStatus(check));
  const suites = head.suites.filter((suite) => !isOwn(suite));
  const named = checks.filter((one) => !isOwn(one) && !(one.appId === null && one.name === gateCheck));
  const unseen = reported.filter((check) => check.isRequired && !named.some((one) => isOf(one, check)));
  const wanted = distinct([...named, ...unseen.map(({ name, appId }) => ({ name, appId }))]);
  const required = wanted.length + workflows.length > 0 ? "something" : "nothing";
  const red = reported.filter(isRed);
  const failed = named.length === 0 ? red : red.filter((check) => isDemanded(check, named));
  if (required === "nothing") {
    const silent = suites.filter(isUnreported).map(suiteLine);
    return { lines: [...reported.map(checkLine), ...silent], failed, aside: [], required };
  }
  const aside = red.filter((check) => !isDemanded(check, wanted)).map(({ name }) => name);
  const lines = [
    ...wanted.map((one) => requiredLine(one, { checks: reported, suites })),
    ...workflows.map((one) => workflowLine(one, suites)),
  ];
  return { lines, failed, aside: [...new Set(aside)], required };
}

/**
 * Of the runs of one name and App the latest, over all suites; an earlier one says nothing any more. Without an id or an App each counts.
 * `workflowOf`: the workflow that a run is a job of; null where that is not told. Jobs of two workflows may have one name ("Use unique job names",
 * https://docs.github.com/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/troubleshooting-required-status-checks),
 * and then neither says anything about the other one.
 */
export function latestRuns<Run extends Pick<HeadCheck, "name" | "appId" | "id">>(
  runs: readonly Run[],
  workflowOf: (run: Run) => string | null = () => null,
): readonly Run[] {
  const isOther = (one: string | null, other: string | null) => one !== null && other !== null && one !== other;
  const isLater = (other: Run, run: Run) =>
    other.name === run.name &&
    other.appId === run.appId &&
    other.id !== null &&
    run.id !== null &&
    other.id > run.id &&
    !isOther(workflowOf(other), workflowOf(run));
  return runs.filter((run) => run.appId === null || !runs.some((other) => isLater(other, run)));
}

function isOf(required: RequiredCheck, { name, appId }: CheckEnd): boolean {
  return name === required.name && (required.appId === null || required.appId === appId);
}

/** GitHub does not tell which App set this status: it shows nothing of what an App has to show, and still blocks as if it were that App's. */
function mayBeOf(required: RequiredCheck, { kind, name, appId }: HeadCheck): boolean {
  return kind === "status" && name === required.name && appId === null;
}

function isDemanded(check: HeadCheck, wanted: readonly RequiredCheck[]): boolean {
  return wanted.some((one) => isOf(one, check) || mayBeOf(one, check));
}

function distinct(required: readonly RequiredCheck[]): readonly RequiredCheck[] {
  return required.filter((one, at) => {
    return required.findIndex(({ name, appId }) => name === one.name && appId === one.appId) === at;
  });
}

function requiredLine(required: RequiredCheck, head: Reported<HeadCheck>): WeighedCheck {
  const found = head.checks.filter((check) => isOf(required, check));
  if (found.length === 0) return missingLine(required, head);
  const maybe = head.checks.filter((check) => mayBeOf(required, check) && !isOf(required, check));
  const lines = [...found, ...maybe].map(checkLine);
  const worst = ["blocked", "running", "passed"].flatMap((state) => lines.find((line) => line.state === state) ?? []);
  return { ...(worst[0] ?? missingLine(required, head)), ...required };
}

/** Why a required check has not reported: another App did, or a suite that might bring it ended or waits without a run. */
function missingLine({ name, appId }: RequiredCheck, head: Reported<HeadCheck>): WeighedCheck {
  const others = head.checks.filter((check) => check.name === name).length;
  const silent = head.suites.filter((suite) => isUnreported(suite) && (appId === null || suite.appId === appId));
  const ofApp = appId === null ? "" : ` by ${appNamed(appId, head.suites)}`;
  const why = [
    `it has not reported${ofApp}`,
    ...(others > 0 ? ["what has its name was reported by others"] : []),
    ...silent.map((suite) => suiteLine(suite).why),
  ];
  return { name, appId, state: "missing", why: why.join("; "), since: null };
}

function appNamed(appId: number, suites: readonly CheckSuite[]): string {
  const slug = suites.find((suite) => suite.appId === appId)?.app ?? "";
  return slug === "" ? `App ${appId}` : slug;
}

function checkLine({ name, appId, conclusion, status, since }: HeadCheck): WeighedCheck {
  if (conclusion === null) return { name, appId, state: "running", why: `it is ${status}`, since };
  const state = isPassing(conclusion) ? "passed" : "blocked";
  return { name, appId, state, why: `it ended as ${conclusion}`, since };
}

/** GitHub makes an idle suite for each App that may write checks (`queued`, for ever); GitHub Actions makes one only for what it runs. */
function isUnreported({ runs, status, conclusion, app }: CheckSuite): boolean {
  if (runs > 0) return false;
  if (status === "completed") return !isPassing(conclusion);
  return status !== "queued" || app === "github-actions";
}

function suiteLine({ app, appId, status, conclusion, workflow }: CheckSuite): WeighedCheck {
  const name = workflow?.path ?? `suite of ${app === "" ? "an App" : app}`;
  const ended = status === "completed";
  const why = ended
    ? `${name} ended as ${conclusion ?? "nothing"} without a run`
    : `${name} is ${status} without a run`;
  return { name, appId, state: ended ? "blocked" : "running", why, since: null };
}

/** A required workflow shows itself as a suite of GitHub Actions with its path. A file of that path in another repository is another one. */
function workflowLine({ path, isOwn }: RequiredWorkflow, suites: readonly CheckSuite[]): WeighedCheck {
  const line = { name: path, appId: null, since: null };
  const found = suites.filter(({ workflow }) => workflow?.path === path && workflow.isOwn === isOwn);
  const untold = suites.some(({ app, workflow }) => app === "github-actions" && workflow === null);
  const why = untold ? "it has not run, or GitHub does not tell: give the App Actions (read)" : "it has not run";
  const last = found.reduce<CheckSuite | undefined>((latest, suite) => laterOf(latest, suite), undefined);
  if (last === undefined) return { ...line, state: "missing", why };
  const { status, conclusion } = last;
  if (status !== "completed") return { ...line, state: "running", why: `it is ${status}` };
  const state = isPassing(conclusion) ? "passed" : "blocked";
  return { ...line, state, why: `it ended as ${conclusion ?? "nothing"}` };
}

/** The later of two suites; where GitHub tells no id, the one that has not passed. */
function laterOf(one: CheckSuite | undefined, other: CheckSuite): CheckSuite {
  if (one === undefined) return other;
  if (one.id !== null && other.id !== null) return other.id > one.id ? other : one;
  return isPassing(one.conclusion) ? other : one;
}
