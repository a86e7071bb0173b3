import { Effect, Result } from "effect";
import { type Place, placeName } from "#contracts/aggregates.ts";
import { type Evaluation, evaluate } from "#contracts/gate/evaluate.ts";
import { decodeSnapshot } from "#contracts/gate/snapshot.ts";
import type { GatePolicy } from "#contracts/policy.ts";
import { factFilter } from "#contracts/subjects.ts";
import { readText } from "#kit/facts/text.ts";
import { readPolicy } from "#kit/policy/policy.ts";
import type { Options } from "./command-line.ts";
import { type Reader, withReader } from "./connection.ts";
import { type Evaluated, isEvaluated } from "./evaluated.ts";
import type { RigPlaces } from "./places.ts";
import { printError, printJson, printLine } from "./print.ts";

// What another policy would have decided. It only reads.

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
  return withReader(places, async (reader) => {
    const facts = (await reader.facts(verdicts)).filter(isEvaluated);
    const wanted = facts.filter(({ occurredAt }) => Date.parse(occurredAt) >= sinceMs);
    const replayed: Replayed[] = [];
    for (const fact of wanted) replayed.push(await replay(reader, fact, policy.success.gate));
    if (json) printJson(replayed.map(toJson));
    else for (const line of replayReport(replayed, await reader.unread(verdicts))) printLine(line);
    return 0;
  });
}

const verdicts = factFilter("GATE_EVALUATED");

/** The instant that `12h`, `7d` or an ISO 8601 time names, in ms since 1970; null for anything else. */
function instantOf(text: string, nowMs: number): number | null {
  const [, count, unit] = /^(\d{1,4})([hd])$/.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * (unit === "d" ? 24 : 1) * 3_600_000;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

async function replay(reader: Reader, fact: Evaluated, policy: GatePolicy): Promise<Replayed> {
  const { owner, repo, number } = fact.on;
  const at = { owner, repo, number };
  const { snapshot } = fact.data;
  const text = snapshot ? await reader.run(Effect.result(readText(snapshot))) : Result.succeed(null);
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

/** Which verdicts differ, and how many could be computed again. `unread`: how many an earlier or later rig stored, which this one does not read. */
function replayReport(replayed: readonly Replayed[], unread: number): readonly string[] {
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
    ...(unread === 0 ? [] : [`left out, because another version of the rig stored them: ${unread}`]),
    `${replayed.length} verdicts, ${again.length} computed again, ${differing.length} differ${gone === 0 ? "" : `; ${gone} without a snapshot (erased, or older than 30 days)`}`,
  ];
}

function toJson({ at, fact, now }: Replayed) {
  const said = { ...at, at: fact.occurredAt, headSha: fact.data.headSha, was: heldBy(fact.data) };
  if (isEvaluation(now)) return { ...said, now: heldBy(now), differs: heldBy(now) !== said.was };
  return { ...said, now: null, ...(now === "gone" ? {} : now) };
}
