import { changeAt, issueAt, type Place, placeName } from "#contracts/aggregates.ts";
import { isOfKind } from "#contracts/envelope.ts";
import type { Check } from "#contracts/gate/condition.ts";
import { type HoldName, holds } from "#contracts/gate/reasons.ts";
import { foldIssue } from "#contracts/issue-life.ts";
import { aggregateFilter } from "#contracts/subjects.ts";
import type { Options } from "./command-line.ts";
import { type Operator, withOperator } from "./connection.ts";
import { type Evaluated, isEvaluated } from "./evaluated.ts";
import { type RigPlaces, rigCommand } from "./places.ts";
import { printError, printJson, printLine } from "./print.ts";

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
  return withOperator(places, async (operator) => {
    const named = { owner, repo, number: Number(number) };
    const at = await changeOf(operator, named);
    const last = (await operator.facts(aggregateFilter(changeAt(at)))).findLast(isEvaluated);
    if (last === undefined) {
      printError(`The gate has not evaluated ${placeName(at)} yet: ${rigCommand(places.data)} issue ${argument}`);
      return 1;
    }
    if (json) printJson({ ...at, ...last.data, at: last.occurredAt, checks: last.data.checks.map(withTodo) });
    else for (const line of explanation(at, last)) printLine(line);
    return 0;
  });
}

/** The pull request that is worked on for an issue, or the place itself. */
async function changeOf(operator: Operator, at: Place): Promise<Place> {
  const facts = await operator.facts(aggregateFilter(issueAt(at)));
  const { pr } = foldIssue(facts.filter((fact) => isOfKind("issue", fact)));
  return { ...at, number: pr?.number ?? at.number };
}

function withTodo(check: Check) {
  return check.hold === undefined ? check : { ...check, ...holds[check.hold], page: pageOf(check.hold) };
}

function pageOf(hold: HoldName): string {
  return `docs/not-merged.md#${hold}`;
}

/** The verdict for a person: what holds comes first, with who can end it, since when, and how. */
function explanation(at: Place, { data, occurredAt }: Evaluated): readonly string[] {
  const { passed, checks, headSha } = data;
  const held = checks.filter((check) => !check.passed);
  const verdict = passed ? "may be merged" : `is held by ${held.length} of ${checks.length} conditions`;
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
