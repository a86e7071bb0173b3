import { randomUUID } from "node:crypto";
import type { Fact } from "#contracts/envelope.ts";
import { isOfKind } from "#contracts/envelope.ts";
import { freezes } from "#contracts/events/operations.ts";
import { type Freeze, type Frozen, foldFreezes, frozenName, frozenNamed } from "#contracts/freezes.ts";
import { sentence } from "#contracts/reason.ts";
import { aggregateFilter } from "#contracts/subjects.ts";
import { append } from "#kit/facts/aggregate.ts";
import { firstCause } from "#kit/facts/stamp.ts";
import type { Call } from "./command-line.ts";
import { type Operator, withOperator } from "./connection.ts";
import type { Finding } from "./finding.ts";
import { readSeenNames, unseenName } from "./frozen-names.ts";
import { person } from "./person.ts";
import { type RigPlaces, rigCommand } from "./places.ts";
import { printError, printLine } from "./print.ts";

/** Freezes the merges into a branch or a repository, or ends that. Returns the exit code. */
export async function setFreeze(
  places: () => Promise<RigPlaces>,
  how: "freeze" | "unfreeze",
  { argument = "", options: { data, reason = "", yes = false } }: Pick<Call, "argument" | "options">,
): Promise<number> {
  const frozen = frozenNamed(argument);
  if (frozen === null) {
    printError(`Say which: ${rigCommand(data)} ${how} OWNER/REPO, or OWNER/REPO@BRANCH for one base branch`);
    return 64;
  }
  return withOperator(await places(), async (operator) => {
    const fault = how === "unfreeze" || yes ? null : unseenName(frozen, await readSeenNames(operator, frozen));
    if (fault !== null) {
      printError(`${fault} Nothing was frozen; --yes freezes it all the same.`);
      return 1;
    }
    const [said, isDone] = how === "freeze" ? await freeze(operator, frozen, reason) : await unfreeze(operator, frozen);
    printLine(said);
    return isDone ? 0 : 1;
  });
}

type Said = readonly [string, boolean];

async function freeze(operator: Operator, frozen: Frozen, reason: string): Promise<Said> {
  const name = frozenName(frozen);
  const data = { ...frozen, reason: sentence(reason), person: person() };
  await operator.run(
    append(keyOf("freeze"), freezes, (history) => {
      const isThere = standingIn(history, frozen) !== undefined;
      return { facts: isThere ? [] : [{ type: "MERGES_FROZEN", on: freezes, data }] };
    }),
  );
  const { person: by, since } = standingIn(await readAll(operator), frozen) ?? { person: data.person, since: "" };
  return [
    `The merges into ${name} are frozen by ${by} since ${since}. A merge that the gate had asked GitHub for may still end.`,
    true,
  ];
}

async function unfreeze(operator: Operator, frozen: Frozen): Promise<Said> {
  const name = frozenName(frozen);
  const { facts } = await operator.run(
    append(keyOf("unfreeze"), freezes, (history) => {
      if (standingIn(history, frozen) === undefined) return { facts: [] };
      return { facts: [{ type: "MERGES_UNFROZEN", on: freezes, data: { ...frozen, person: person() } }] };
    }),
  );
  if (facts.length > 0) return [`The merges into ${name} are frozen no more; the gate looks at what waited.`, true];
  const others = foldFreezes(ofFleet(await readAll(operator))).map(frozenName);
  const known = others.length === 0 ? "Nothing is frozen." : `What is frozen: ${others.join(", ")}.`;
  return [`${name} is not frozen. ${known}`, false];
}

/** Each call is a cause of its own: what somebody does again later is no repetition. */
function keyOf(how: "freeze" | "unfreeze") {
  return { service: "operator", cause: firstCause(`freeze/${randomUUID()}`), step: how } as const;
}

function standingIn(history: readonly Fact[], frozen: Frozen): Freeze | undefined {
  const name = frozenName(frozen).toLowerCase();
  return foldFreezes(ofFleet(history)).find(
    (each) => each.branch === frozen.branch && frozenName(each).toLowerCase() === name,
  );
}

function readAll(operator: Operator): Promise<readonly Fact[]> {
  return operator.facts(aggregateFilter(freezes));
}

function ofFleet(facts: readonly Fact[]) {
  return facts.filter((fact) => isOfKind("fleet", fact));
}

/** What is frozen, for `doctor`: nobody forgets it then. */
export async function freezeFindings(operator: Operator, rig: string): Promise<readonly Finding[]> {
  return foldFreezes(ofFleet(await readAll(operator))).map((each) => ({
    part: "freeze",
    state: "look",
    seen: `${each.person} froze the merges into ${frozenName(each)} at ${each.since}${each.reason === "" ? "" : `: ${each.reason}`}`,
    mend: `${rig} unfreeze ${frozenName(each)} ends it`,
  }));
}
