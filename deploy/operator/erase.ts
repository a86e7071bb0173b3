import { randomUUID } from "node:crypto";
import { isSameRepository, placeName } from "#contracts/aggregates.ts";
import type { Publishes } from "#contracts/choreography.ts";
import { isOfKind } from "#contracts/envelope.ts";
import { erasures } from "#contracts/events/operations.ts";
import { pullRequestsOf } from "#contracts/issue-life.ts";
import { aggregateFilter, factFilter } from "#contracts/subjects.ts";
import { append } from "#kit/facts/aggregate.ts";
import { firstCause } from "#kit/facts/stamp.ts";
import { type Operator, withOperator } from "./connection.ts";
import { type Erasable, findErasable, type SearchResult, type Target } from "./erasable.ts";
import { person } from "./person.ts";
import { type RigPlaces, rigCommand } from "./places.ts";
import { printError, printJson, printLine } from "./print.ts";

/** How the command is called. Without `yes` no whole repository is erased; `dryRun` lists what would be. */
export interface EraseOptions {
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** What the rig cannot erase, for the person who asked. Each line is in docs/operating.md with what to do. */
const stays = [
  "EVENTS keeps titles, labels, names of branches and accounts, the rig's own reasons, and the length and hash of each text.",
  "GitHub keeps the original, and so do its mails: delete it there. A delivery that GitHub sends again is stored again.",
  "A run that is under way may store its text after this: run the command again when the issue is settled.",
  "The services' logs, backups of the streams and copies on other machines are not reached.",
] as const;

/** Erases what was written about an issue, a pull request or a repository: `OWNER/REPO#N` or `OWNER/REPO`. Returns the exit code. */
export async function erase(places: RigPlaces, what: string | undefined, options: EraseOptions): Promise<number> {
  const target = targetIn(what ?? "");
  if (target === null) {
    printError(`Say what: ${rigCommand(places.data)} erase OWNER/REPO#N [--dry-run], or erase OWNER/REPO --yes`);
    return 64;
  }
  if (target.number === null && !options.yes && !options.dryRun) {
    printError(`This erases everything that was written in ${what}: add --yes, or --dry-run to see it first.`);
    return 64;
  }
  return withOperator(places, async (operator) => {
    const result = options.dryRun
      ? await findErasable(await operator.bus.jetstream.jetstreamManager(), target)
      : await eraseTarget(operator, target);
    const related = await relatedTo(operator, target);
    if (options.json) printJson({ ...target, dryRun: options.dryRun, ...result, related, stays });
    else {
      const pulls = related.map((number) => `${rigCommand(places.data)} erase ${placeName({ ...target, number })}`);
      for (const line of report(target, result, pulls, options)) printLine(line);
    }
    return result.found.length === 0 ? 1 : 0;
  });
}

/**
 * Deletes every message about the target and appends TEXT_ERASED before the last one goes, so that a command that is killed finds something
 * when it is run again. Where nothing is found it appends nothing: EVENTS would keep a mistyped name for ever. Deleted one by one and not purged: for a deletion the server overwrites the message on the disk, a purge with a filter leaves it there.
 */
async function eraseTarget(operator: Operator, target: Target): Promise<SearchResult> {
  const manager = await operator.bus.jetstream.jetstreamManager();
  const result = await findErasable(manager, target);
  const last = result.found.at(-1);
  if (last === undefined) return result;
  for (const { stream, sequence } of result.found.slice(0, -1)) await manager.streams.deleteMessage(stream, sequence);
  await record(operator, target, result);
  await manager.streams.deleteMessage(last.stream, last.sequence);
  return result;
}

async function record(operator: Operator, target: Target, { found }: SearchResult): Promise<void> {
  const key = { service: "operator" as const, cause: firstCause(`erase/${randomUUID()}`), step: "erase" };
  const fact = {
    type: "TEXT_ERASED",
    on: erasures,
    data: { ...target, ...countsOf(found), person: person() },
  } satisfies Publishes<"operator">;
  await operator.run(append(key, erasures, () => ({ facts: [fact] })));
}

function targetIn(what: string): Target | null {
  const [, owner, repo, number] = /^([^/#\s]+)\/([^/#\s]+)(?:#([1-9]\d{0,14}))?$/.exec(what) ?? [];
  if (owner === undefined || repo === undefined) return null;
  return { owner, repo, number: number === undefined ? null : Number(number) };
}

/** The pull requests of an issue: what was written about them has numbers of its own. */
async function relatedTo(operator: Operator, { owner, repo, number }: Target): Promise<readonly number[]> {
  if (number === null) return [];
  // GitHub's names have no case: the issue may have histories under more than one spelling.
  const created = (await operator.facts(factFilter("PR_CREATED"))).filter((fact) => isOfKind("issue", fact));
  const filters = created
    .filter(({ on }) => on.number === number && isSameRepository(on, { owner, repo }))
    .map(({ on }) => aggregateFilter(on));
  const histories = await Promise.all([...new Set(filters)].map((filter) => operator.facts(filter)));
  return histories.flatMap((facts) => pullRequestsOf(facts.filter((fact) => isOfKind("issue", fact))));
}

function countsOf(found: readonly Erasable[]) {
  const on = (name: Erasable["stream"]) => found.filter(({ stream }) => stream === name).length;
  return { texts: on("TEXT"), deliveries: on("GITHUB"), deadLetters: on("DLQ") + on("REDO") };
}

function report(
  target: Target,
  { found, unreadable }: SearchResult,
  pulls: readonly string[],
  { dryRun }: EraseOptions,
): readonly string[] {
  const what = placeName(target);
  const { texts, deliveries, deadLetters } = countsOf(found);
  const counts = `${texts} texts, ${deliveries} deliveries, ${deadLetters} dead letters`;
  const line = ({ stream, sequence, subject, bytes }: Erasable) =>
    `  ${stream} ${sequence}  ${subject}  ${bytes} bytes`;
  const erased = dryRun
    ? [`Would erase from ${what}: ${counts}.`, ...found.map(line)]
    : [`Erased from ${what}: ${counts}. The server overwrote them.`];
  return [
    ...(found.length === 0 ? [`Nothing was found that was written about ${what}. Is the name right?`] : erased),
    ...unreadable.map(({ stream, sequence }) =>
      stream === "REDO"
        ? `Message ${sequence} on REDO is no JSON: start its service, which makes it a dead letter again, then run this again.`
        : `Dead letter ${sequence} is no JSON: read it, and dismiss it if it is about this.`,
    ),
    ...pulls.map((command) => `Its pull request has texts of its own: ${command}`),
    ...(found.length === 0 ? [] : whatStays),
  ];
}

const whatStays = [
  "",
  "What the rig cannot erase (docs/operating.md, Somebody pasted a secret):",
  ...stays.map((each) => `- ${each}`),
];
