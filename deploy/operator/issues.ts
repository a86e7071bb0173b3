import { changeAt, issueAt } from "#contracts/aggregates.ts";
import { type StatusTables, statusSchema } from "#contracts/read-model.ts";
import { aggregateFilter } from "#contracts/subjects.ts";
import { openPool, tables } from "#kit/project/database.ts";
import { connectOperator } from "./connection.ts";
import { printFacts } from "./events.ts";
import type { RigPlaces } from "./places.ts";

/** Prints every issue, or those in one state, and what the gate waits for. Returns the exit code. */
export async function showIssues(places: RigPlaces, state: string | undefined): Promise<number> {
  const pool = openPool(places.databaseUrl);
  try {
    const db = tables<StatusTables>(pool, statusSchema);
    const query = db.selectFrom("issue").selectAll().orderBy("owner").orderBy("repo").orderBy("number");
    const rows = await (state === undefined ? query : query.where("state", "=", state)).execute();
    const changes = await db.selectFrom("change").select(["owner", "repo", "number", "waiting_for"]).execute();
    if (rows.length === 0) console.log("No issue is known. File one: npm run rig -- file slugify");
    for (const row of rows) {
      const change = changes.find(
        (each) => each.owner === row.owner && each.repo === row.repo && each.number === row.pr_number,
      );
      const about = [
        `attempt ${row.attempt}`,
        row.agent ?? "",
        row.pr_number === null ? "" : `PR #${row.pr_number}`,
        `${row.tokens} tokens`,
      ];
      console.log(`${`${row.owner}/${row.repo}#${row.number}`.padEnd(24)} ${row.state.padEnd(17)} ${row.title}`);
      console.log(
        `  ${about.filter((part) => part !== "").join(", ")}${change?.waiting_for ? `; the gate waits: ${change.waiting_for}` : ""}`,
      );
    }
    return 0;
  } finally {
    await pool.end();
  }
}

/** Prints one issue with its history and that of its pull requests. `repository` is `owner/name`. Returns the exit code. */
export async function showIssue(places: RigPlaces, number: number, repository: string): Promise<number> {
  const [owner, repo] = repository.split("/");
  if (!Number.isInteger(number) || number < 1 || owner === undefined || repo === undefined) {
    console.error("Say which issue: npm run rig -- issue 1 [--repo OWNER/NAME]");
    return 64;
  }
  const operator = await connectOperator({ url: places.natsUrl, keysDirectory: places.natsKeysDirectory });
  try {
    const at = { owner, repo, number };
    const own = await operator.facts(aggregateFilter(issueAt(at)));
    const pulls = [...new Set(own.flatMap((fact) => (fact.type === "PR_CREATED" ? [fact.data.prNumber] : [])))];
    const ofPulls = await Promise.all(
      pulls.map((pull) => operator.facts(aggregateFilter(changeAt({ owner, repo, number: pull })))),
    );
    const money = await operator.facts(aggregateFilter({ kind: "ops", ...at }));
    const facts = [...own, ...ofPulls.flat(), ...money].sort(
      (a, b) => Date.parse(a.occurredAt) - Date.parse(b.occurredAt),
    );
    if (facts.length === 0) {
      console.error(`The rig knows nothing of ${repository}#${number}. Has it the label agent-ready?`);
      return 1;
    }
    printFacts(facts, await operator.texts(facts));
    return 0;
  } finally {
    await operator.close();
  }
}
