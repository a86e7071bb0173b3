import { Effect } from "effect";
import { changeAt, issueAt, type Place, placeName } from "#contracts/aggregates.ts";
import { foldChange } from "#contracts/change-life.ts";
import { isOfKind } from "#contracts/envelope.ts";
import type { Check } from "#contracts/gate/condition.ts";
import { hoursOf, pageOf, whatFollows } from "#contracts/gate/hold-waits.ts";
import { holds } from "#contracts/gate/reasons.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import { foldIssue, type IssueFact } from "#contracts/issue-life.ts";
import { aggregateFilter } from "#contracts/subjects.ts";
import { docsFolder } from "#kit/process/settings.ts";
import type { Options } from "./command-line.ts";
import { type Reader, withReader } from "./connection.ts";
import { type Evaluated, isEvaluated } from "./evaluated.ts";
import { type RigPlaces, rigCommand } from "./places.ts";
import { asSentence, printError, printJson, printLine } from "./print.ts";

// Why a change is not merged. It only reads.

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
  return withReader(places, async (reader) => {
    const named = { owner, repo, number: Number(number) };
    const { at, last, mergeSha, stands } = await standingOf(reader, named);
    if (last === undefined) {
      const how =
        stands === null ? "The rig knows nothing of it: is the name spelled as on GitHub?" : asSentence(stands);
      printError(`The gate has not evaluated ${placeName(at)}. ${how} ${rigCommand(places.data)} issue ${argument}`);
      return 1;
    }
    const docs = await Effect.runPromise(docsFolder);
    const checks = last.data.checks.map(withTodo(docs));
    if (json) printJson({ ...at, ...last.data, at: last.occurredAt, mergeSha, checks });
    else for (const line of explanation(at, last, { mergeSha, docs })) printLine(line);
    return 0;
  });
}

/** The pull request that is worked on for an issue, or the one that is named: its last verdict, its merge, and how its issue stands. */
async function standingOf(reader: Reader, named: Place) {
  const own = await issueFacts(reader, named);
  const at = { ...named, number: foldIssue(own).pr?.number ?? named.number };
  const facts = await reader.facts(aggregateFilter(changeAt(at)));
  const number = issueOfChange(foldChange(facts.filter((fact) => isOfKind("pr", fact)))) ?? named.number;
  const ofIssue = own.length > 0 ? own : await issueFacts(reader, { ...at, number });
  const merged = ofIssue.findLast(({ type, data }) => type === "MERGED" && data.prNumber === at.number);
  const { state, asked, refusal } = foldIssue(ofIssue);
  const why = asked ?? (refusal === null ? null : `the label is refused: ${refusal}`);
  return {
    ...{ at, last: facts.findLast(isEvaluated) },
    mergeSha: merged?.type === "MERGED" ? merged.data.mergeSha : null,
    stands: ofIssue.length === 0 ? null : `Issue #${number} is ${state}${why === null ? "" : `: ${why}`}`,
  };
}

async function issueFacts(reader: Reader, at: Place): Promise<readonly IssueFact[]> {
  return (await reader.facts(aggregateFilter(issueAt(at)))).filter((fact) => isOfKind("issue", fact));
}

function withTodo(docs: string) {
  return (check: Check) => {
    if (check.hold === undefined) return check;
    const askAfterHours = hoursOf(check.hold);
    const asks = askAfterHours === undefined ? {} : { askAfterHours };
    return { ...check, ...holds[check.hold], ...asks, page: pageOf(check.hold, docs) };
  };
}

/** The verdict for a person: what holds comes first, with who can end it, since when, and how. */
function explanation(
  at: Place,
  { data, occurredAt }: Evaluated,
  { mergeSha, docs }: { readonly mergeSha: string | null; readonly docs: string },
): readonly string[] {
  const { passed, checks, headSha, shadow } = data;
  const held = checks.filter((check) => !check.passed);
  const found = passed ? "may be merged" : `is held by ${held.length} of ${checks.length} conditions`;
  const follows = shadow === true ? ["  the policy said shadow: nothing is merged, and nobody is asked"] : [];
  const verdict = mergeSha === null ? found : `is merged as ${mergeSha.slice(0, 7)}`;
  return [
    `${placeName(at)} at ${headSha.slice(0, 7)} ${verdict} (evaluated ${occurredAt})`,
    ...(mergeSha === null ? follows : []),
    ...held.flatMap((check) => [`  ✗ ${check.name.padEnd(9)} ${check.why}`, ...howToEnd(check, docs)]),
    ...checks.filter((check) => check.passed).map(({ name, why }) => `  ✓ ${name.padEnd(9)} ${why}`),
  ];
}

function howToEnd({ hold, since }: Check, docs: string): readonly string[] {
  if (hold === undefined) return [];
  const { who, todo } = holds[hold];
  const how = [todo, whatFollows(hold)].filter(Boolean).join(" ");
  return [`    ${[who, since && `since ${since}`].filter(Boolean).join(", ")}: ${how}`, `    ${pageOf(hold, docs)}`];
}
