import { Effect, Result } from "effect";
import { changeAt, issueAt, type Place, placeName } from "#contracts/aggregates.ts";
import { foldChange } from "#contracts/change-life.ts";
import { type Fact, isOfKind } from "#contracts/envelope.ts";
import { type Evaluation, evaluate } from "#contracts/gate/evaluate.ts";
import { type HoldName, holds } from "#contracts/gate/reasons.ts";
import { decodeSnapshot } from "#contracts/gate/snapshot.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import { foldIssue, type IssueFact } from "#contracts/issue-life.ts";
import type { GatePolicy } from "#contracts/policy.ts";
import { aggregateFilter, factFilter } from "#contracts/subjects.ts";
import { readText } from "#kit/facts/text.ts";
import { readPolicy } from "#kit/policy/policy.ts";
import type { Options } from "./command-line.ts";
import { type Operator, withOperator } from "./connection.ts";
import { type RigPlaces, rigCommand } from "./places.ts";
import { asSentence, printError, printJson, printLine } from "./print.ts";

// Why a change is not merged, and what another policy would have decided. Both only read.

type Evaluated = Fact<"GATE_EVALUATED">;

/** Prints the gate's last verdict on a pull request, or on that of an issue, condition by condition. Returns the exit code. */
export async function explainGate(
  places: RigPlaces,
  argument = "",
  { json }: Pick<Options, "json"> = {},
): Promise<number> {
  const [, owner, repo, number] = /^([^/#\s]+)\/([^/#\s]+)#([1-9]\d*)$/.exec(argument) ?? [];
  if (owner === undefined || repo === undefined) {
    printError(`Say which: ${rigCommand(places.data)} gate explain OWNER/REPO#N`);
    return 64;
  }
  return withOperator(places, async (operator) => {
    const named = { owner, repo, number: Number(number) };
    const { at, last, mergeSha, stands } = await standingOf(operator, named);
    if (last === undefined) {
      const how =
        stands === null ? "The rig knows nothing of it: is the name spelled as on GitHub?" : asSentence(stands);
      printError(`The gate has not evaluated ${placeName(at)}. ${how} ${rigCommand(places.data)} issue ${argument}`);
      return 1;
    }
    if (json) printJson({ ...at, ...last.data, at: last.occurredAt, mergeSha, checks: last.data.checks.map(withTodo) });
    else for (const line of explanation(at, last, mergeSha)) printLine(line);
    return 0;
  });
}

/** The pull request that is worked on for an issue, or the one that is named: its last verdict, its merge, and how its issue stands. */
async function standingOf(operator: Operator, named: Place) {
  const own = await issueFacts(operator, named);
  const at = { ...named, number: foldIssue(own).pr?.number ?? named.number };
  const facts = await operator.facts(aggregateFilter(changeAt(at)));
  const number = issueOfChange(foldChange(facts.filter((fact) => isOfKind("pr", fact)))) ?? named.number;
  const ofIssue = own.length > 0 ? own : await issueFacts(operator, { ...at, number });
  const merged = ofIssue.findLast(({ type, data }) => type === "MERGED" && data.prNumber === at.number);
  const { state, asked, refusal } = foldIssue(ofIssue);
  const why = asked ?? (refusal === null ? null : `the label is refused: ${refusal}`);
  return {
    ...{ at, last: facts.findLast(isEvaluated) },
    mergeSha: merged?.type === "MERGED" ? merged.data.mergeSha : null,
    stands: ofIssue.length === 0 ? null : `Issue #${number} is ${state}${why === null ? "" : `: ${why}`}`,
  };
}

async function issueFacts(operator: Operator, at: Place): Promise<readonly IssueFact[]> {
  return (await operator.facts(aggregateFilter(issueAt(at)))).filter((fact) => isOfKind("issue", fact));
}

function isEvaluated(fact: Fact): fact is Evaluated {
  return fact.type === "GATE_EVALUATED";
}

type Check = Evaluation["checks"][number];

function withTodo(check: Check) {
  return check.hold === undefined ? check : { ...check, ...holds[check.hold], page: pageOf(check.hold) };
}

function pageOf(hold: HoldName): string {
  return `docs/not-merged.md#${hold}`;
}

/** The verdict for a person: what holds comes first, with who can end it, since when, and how. */
function explanation(at: Place, { data, occurredAt }: Evaluated, mergeSha: string | null): readonly string[] {
  const { passed, checks, headSha } = data;
  const held = checks.filter((check) => !check.passed);
  const found = passed ? "may be merged" : `is held by ${held.length} of ${checks.length} conditions`;
  const verdict = mergeSha === null ? found : `is merged as ${mergeSha.slice(0, 7)}`;
  return [
    `${placeName(at)} at ${headSha.slice(0, 7)} ${verdict} (evaluated ${occurredAt})`,
    ...held.flatMap(({ name, why, since, hold }) => [
      `  ✗ ${name.padEnd(9)} ${why}`,
      ...(hold === undefined
        ? []
        : [`    ${[holds[hold].who, since && `since ${since}`].filter(Boolean).join(", ")}: ${holds[hold].todo}`]),
      ...(hold === undefined ? [] : [`    ${pageOf(hold)}`]),
    ]),
    ...checks.filter((check) => check.passed).map(({ name, why }) => `  ✓ ${name.padEnd(9)} ${why}`),
  ];
}

/** What became of one verdict under a policy: `gone` when its snapshot was erased or is older than 30 days, or was never kept. */
interface Replayed {
  readonly at: Place;
  readonly fact: Evaluated;
  readonly now: Evaluation | "gone" | { readonly unreadable: string };
}

/**
 * Evaluates the recorded snapshots again, under the operator's policy or the one in a file, and prints which verdicts differ. Returns the
 * exit code: 1 when the policy cannot be read, 64 for a wrong `since`.
 */
export async function replayGate(
  places: RigPlaces,
  { policy: file, since, json }: Pick<Options, "policy" | "since" | "json">,
): Promise<number> {
  const sinceMs = since === undefined ? 0 : instantOf(since, Date.now());
  if (sinceMs === null) {
    printError(`--since ${since} is no time: write 12h, 7d or 2026-11-28T09:00:00Z.`);
    return 64;
  }
  const policy = await Effect.runPromise(Effect.result(readPolicy(file)));
  if (Result.isFailure(policy)) {
    printError(policy.failure.what);
    return 1;
  }
  return withOperator(places, async (operator) => {
    const facts = (await operator.facts(factFilter("GATE_EVALUATED"))).filter(isEvaluated);
    const wanted = facts.filter(({ occurredAt }) => Date.parse(occurredAt) >= sinceMs);
    const replayed: Replayed[] = [];
    for (const fact of wanted) replayed.push(await replay(operator, fact, policy.success.gate));
    if (json) printJson(replayed.map(toJson));
    else for (const line of replayReport(replayed)) printLine(line);
    return 0;
  });
}

/** The instant that `12h`, `7d` or an ISO 8601 time names, in ms since 1970; null for anything else. */
function instantOf(text: string, nowMs: number): number | null {
  const [, count, unit] = /^(\d{1,4})([hd])$/.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * (unit === "d" ? 24 : 1) * 3_600_000;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

async function replay(operator: Operator, fact: Evaluated, policy: GatePolicy): Promise<Replayed> {
  const { owner, repo, number } = fact.on;
  const at = { owner, repo, number };
  const { snapshot } = fact.data;
  const text = snapshot ? await operator.run(Effect.result(readText(snapshot))) : Result.succeed(null);
  if (Result.isFailure(text)) return { at, fact, now: { unreadable: text.failure.what } };
  if (text.success === null) return { at, fact, now: "gone" };
  const read = decodeSnapshot(text.success);
  if (Result.isFailure(read)) return { at, fact, now: { unreadable: read.failure.reason } };
  return { at, fact, now: evaluate(read.success, policy) };
}

/** The names of the conditions that are not met. */
function heldBy({ checks }: Pick<Evaluation, "checks">): string {
  const held = checks.filter(({ passed }) => !passed).map(({ name, hold }) => hold ?? name);
  return held.length === 0 ? "merges" : `held by ${held.join(", ")}`;
}

function isEvaluation(now: Replayed["now"]): now is Evaluation {
  return now !== "gone" && "checks" in now;
}

function differs({ fact, now }: Replayed): boolean {
  return isEvaluation(now) && heldBy(now) !== heldBy(fact.data);
}

/** Which verdicts differ, and how many could be computed again. */
function replayReport(replayed: readonly Replayed[]): readonly string[] {
  const again = replayed.filter(({ now }) => isEvaluation(now));
  const unreadable = replayed.flatMap(({ at, now }) =>
    now !== "gone" && "unreadable" in now ? [`${placeName(at)}: ${now.unreadable}`] : [],
  );
  const gone = replayed.filter(({ now }) => now === "gone").length;
  const differing = replayed.filter(differs);
  return [
    ...differing.map(({ at, fact, now }) =>
      isEvaluation(now)
        ? `${fact.occurredAt}  ${placeName(at)} at ${fact.data.headSha.slice(0, 7)}: ${heldBy(fact.data)} → ${heldBy(now)}`
        : "",
    ),
    ...unreadable,
    `${replayed.length} verdicts, ${again.length} computed again, ${differing.length} differ${gone === 0 ? "" : `; ${gone} without a snapshot (erased, or older than 30 days)`}`,
  ];
}

function toJson({ at, fact, now }: Replayed) {
  const said = { ...at, at: fact.occurredAt, headSha: fact.data.headSha, was: heldBy(fact.data) };
  return isEvaluation(now) ? { ...said, now: heldBy(now), differs: heldBy(now) !== said.was } : { ...said, now: null };
}
