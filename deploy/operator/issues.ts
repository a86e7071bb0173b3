import { changeAt, issueAt, type Place, placeName } from "#contracts/aggregates.ts";
import { foldChange } from "#contracts/change-life.ts";
import { type Fact, isOfKind } from "#contracts/envelope.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import { pullRequestsOf } from "#contracts/issue-life.ts";
import { issueStates } from "#contracts/issue-run.ts";
import { readyLabel } from "#contracts/labels.ts";
import { aggregateFilter } from "#contracts/subjects.ts";
import { nearest } from "#kit/process/nearest.ts";
import type { Options } from "./command-line.ts";
import { type Operator, withOperator } from "./connection.ts";
import { toldFact } from "./events.ts";
import { type RigPlaces, rigCommand } from "./places.ts";
import { firstLine, printError, printJson, printLine } from "./print.ts";
import { withReadModel } from "./read-model.ts";
import { timelineLine } from "./timeline.ts";

/** Prints every issue, or those in one state, and what the gate waits for. Returns the exit code. */
export async function showIssues(places: RigPlaces, { state, json }: Pick<Options, "state" | "json">): Promise<number> {
  const issues = (await readIssues(places)).filter((issue) => state === undefined || issue.state === state);
  if (json) {
    printJson(issues);
    return 0;
  }
  if (issues.length === 0) {
    // Only a local forge has the demo's repository, in which `file` files.
    const how =
      places.forgeUrl === undefined ? `Label one ${readyLabel}` : `File one: ${rigCommand(places.data)} file slugify`;
    printLine(state === undefined ? `No issue is known. ${how}` : `No issue is ${state}.`);
  }
  for (const line of issues.flatMap(issueLines)) printLine(line);
  return 0;
}

/** One issue as text: two lines, and one more where somebody has to do something. */
export function issueLines(issue: Awaited<ReturnType<typeof readIssues>>[number]): readonly string[] {
  const { title, state, attempt, agent, prNumber, tokens, waitingFor, refusal, asked } = issue;
  const about = [`attempt ${attempt}`, agent, prNumber === null ? null : `PR #${prNumber}`, `${tokens} tokens`];
  return [
    `${placeName(issue).padEnd(24)} ${state.padEnd(17)} ${firstLine(title)}`,
    `  ${about.filter((part) => part !== null).join(", ")}${waitingFor === null ? "" : `; the gate waits: ${waitingFor}`}`,
    ...(refusal === null ? [] : [`  the label is refused: ${refusal}`]),
    // In one line: rig -- issue N has all of it.
    ...(asked === null ? [] : [`  a person is asked: ${firstLine(asked)}`]),
  ];
}

/** What is wrong with a state that somebody asks for; undefined when issues have such a state. */
export function stateFault(state: string | undefined): string | undefined {
  const known: readonly string[] = issueStates;
  if (state === undefined || known.includes(state)) return undefined;
  return `No issue can be "${state}"; the nearest state is "${nearest(known, state)}". All of them: ${known.join(", ")}`;
}

/** Every issue of the read model, as `issues --json` has it (docs/operating.md). */
async function readIssues(places: RigPlaces) {
  return fromReadModel(places, async (db) => {
    const rows = await db
      .selectFrom("issue")
      .leftJoin("change", (join) =>
        join
          .onRef("change.owner", "=", "issue.owner")
          .onRef("change.repo", "=", "issue.repo")
          .onRef("change.number", "=", "issue.pr_number"),
      )
      .selectAll("issue")
      .select("change.waiting_for")
      .orderBy("issue.owner")
      .orderBy("issue.repo")
      .orderBy("issue.number")
      .execute();
    return rows.map((row) => ({
      ...{ owner: row.owner, repo: row.repo, number: row.number, title: row.title, state: row.state },
      ...{ attempt: row.attempt, agent: row.agent || null, prNumber: row.pr_number, tokens: Number(row.tokens) },
      ...{
        // Of an issue that is done or cancelled the gate waits for nothing, whatever it found last.
        waitingFor: isEnded(row.state) ? null : row.waiting_for || null,
        refusal: row.refusal,
        asked: row.asked,
        approvedAt: row.approved_at,
        updatedAt: row.updated_at,
      },
    }));
  });
}

/** Asks the read model; where it does not answer, the error says what shows why. */
async function fromReadModel<A>(places: RigPlaces, use: Parameters<typeof withReadModel<A>>[1]): Promise<A> {
  return withReadModel(places.databaseUrl, use).catch((cause: Error) => {
    throw new Error(`${cause.message}: ${rigCommand(places.data)} doctor`, { cause });
  });
}

function isEnded(state: string): boolean {
  return state === "done" || state === "cancelled";
}

/** Prints one issue with its history and that of its pull requests. Returns the exit code. */
export async function showIssue(
  places: RigPlaces,
  argument: string | undefined,
  { repo, json }: Pick<Options, "repo" | "json">,
): Promise<number> {
  const wanted = wantedIn(argument, repo);
  if (wanted === null) {
    printError(`Say which issue: ${rigCommand(places.data)} issue 1, or issue OWNER/REPO#1`);
    return 64;
  }
  const at = typeof wanted === "number" ? await findIssue(places, wanted) : wanted;
  if (typeof at === "string") {
    printError(at);
    return 1;
  }
  return withOperator(places, async (operator) => {
    const facts = await historyOf(operator, at);
    if (facts.length === 0) {
      printError(await whatElse(operator, at, rigCommand(places.data)));
      return 1;
    }
    const texts = await operator.texts(facts);
    const startMs = Date.parse(facts[0]?.occurredAt ?? "");
    if (json) printJson({ ...at, history: facts.map((fact) => toldFact(fact, texts)) });
    else for (const fact of facts) printLine(timelineLine(fact, startMs, texts));
    return 0;
  });
}

/** What to say of a number that no issue of the rig has: it may be a pull request. */
async function whatElse(operator: Operator, at: Place, rig: string): Promise<string> {
  const facts = await operator.facts(aggregateFilter(changeAt({ owner: at.owner, repo: at.repo, number: at.number })));
  const change = foldChange(facts.filter((fact) => isOfKind("pr", fact)));
  const issue = issueOfChange(change);
  if (issue !== undefined)
    return `${placeName(at)} is a pull request of #${issue}: ${rig} issue ${placeName({ ...at, number: issue })}`;
  if (change.known) return `${placeName(at)} is a pull request of no issue of the rig.`;
  return `The rig knows nothing of ${placeName(at)}. Has it the label ${readyLabel}, and are the names spelled as on GitHub?`;
}

/** What `N`, `OWNER/REPO#N`, or `N` with `--repo OWNER/REPO` names: a place, or a number whose repository is to be found. */
function wantedIn(argument = "", repository: string | undefined): Place | number | null {
  const text = repository === undefined ? argument : `${repository}#${argument}`;
  const [, owner, repo, number] = /^(?:([^/#\s]+)\/([^/#\s]+)#)?([1-9]\d*)$/.exec(text) ?? [];
  if (number === undefined) return null;
  return owner === undefined || repo === undefined ? Number(number) : { owner, repo, number: Number(number) };
}

/** The one issue of the read model with this number, or what to say when there is none or more than one. */
async function findIssue(places: RigPlaces, number: number): Promise<Place | string> {
  const [only, ...others] = (await readIssues(places)).filter((issue) => issue.number === number);
  const pulls = only === undefined ? await pullRequests(places, number) : [];
  // As for one that is named with its repository: it leads to its issue.
  if (pulls[0] !== undefined && pulls.length === 1) return pulls[0];
  if (only === undefined)
    return `The rig knows no issue ${number}. ${rigCommand(places.data)} issues shows those that it knows.`;
  if (others.length === 0) return { owner: only.owner, repo: only.repo, number };
  return `Several repositories have an issue ${number}. Say which: ${[only, ...others].map(placeName).join(", ")}`;
}

/** The pull requests of the read model with this number. */
function pullRequests(places: RigPlaces, number: number): Promise<readonly Place[]> {
  return fromReadModel(places, (db) =>
    db.selectFrom("change").select(["owner", "repo", "number"]).where("number", "=", number).execute(),
  );
}

/** The facts of an issue, of its pull requests and of what it cost, in the order of time. */
async function historyOf(operator: Operator, { owner, repo, number }: Place): Promise<readonly Fact[]> {
  const at = { owner, repo, number };
  const own = await operator.facts(aggregateFilter(issueAt(at)));
  const pulls = pullRequestsOf(own.filter((fact) => isOfKind("issue", fact)));
  const ofPulls = await Promise.all(
    pulls.map((pull) => operator.facts(aggregateFilter(changeAt({ owner, repo, number: pull })))),
  );
  const money = await operator.facts(aggregateFilter({ kind: "ops", ...at }));
  return [...own, ...ofPulls.flat(), ...money].sort((a, b) => Date.parse(a.occurredAt) - Date.parse(b.occurredAt));
}
