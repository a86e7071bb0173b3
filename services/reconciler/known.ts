import { Effect } from "effect";
import type { Place, RepositoryRef } from "#contracts/aggregates.ts";
import { type IssueState, isWorkedOn } from "#contracts/issue-run.ts";
import { type StatusTables, statusSchema } from "#contracts/read-model.ts";
import { outside } from "#kit/errors.ts";
import { Database, type Kysely, sql, tables } from "#kit/project/database.ts";

/** What the read model has of one repository. It only says where to look: what is missing is decided on the histories. */
export interface KnownRepository extends RepositoryRef {
  /** The issues that the rig works on, and the open ones that wait for a person or had the label and were not approved yet. */
  readonly issues: ReadonlyMap<number, KnownIssue>;
  /** The numbers of the pull requests that are open as far as the rig knows. */
  readonly changes: ReadonlySet<number>;
}

export interface KnownIssue {
  /** Whether the rig works on it, as in contracts/issue-life.ts. One that waits for a person goes on with a label, like an unknown one. */
  readonly isWorkedOn: boolean;
  readonly prNumber: number | null;
  /** When it was approved last; null while nobody approved it. */
  readonly approvedAt: string | null;
}

/** Reads every repository that the rig knows. Fails with `Retryable` while the database is away or has no tables of `status` yet. */
export const readKnown = Effect.gen(function* () {
  const { pool } = yield* Database;
  const db = tables<StatusTables>(pool, statusSchema);
  return yield* outside("read the read model", () => knownIn(db));
});

async function knownIn(db: Kysely<StatusTables>): Promise<readonly KnownRepository[]> {
  const repositories = await db
    .selectFrom("issue")
    .select(["owner", "repo"])
    .union(db.selectFrom("change").select(["owner", "repo"]))
    .execute();
  const issues = await db
    .selectFrom("issue")
    .select(["owner", "repo", "number", "state", "pr_number", "approved_at"])
    .where("state", "not in", ["done", "cancelled"])
    // A comment of anybody makes a row. Without a label nothing follows from it, and a lost label is found by the list of labelled issues.
    .where(sql<boolean>`not (state = 'new' and life->>'lastLabel' is null)`)
    .where(sql<boolean>`not (state in ('new', 'needs_human') and life->>'closed' = 'true')`)
    .execute();
  const changes = await db.selectFrom("change").select(["owner", "repo", "number"]).where("open", "=", true).execute();
  return repositories.map(({ owner, repo }) => {
    const isHere = (place: Place) => place.owner === owner && place.repo === repo;
    return {
      ...{ owner, repo },
      issues: new Map(
        issues.filter(isHere).map(({ number, state, pr_number: prNumber, approved_at }) => {
          const approvedAt = approved_at === null ? null : new Date(approved_at).toISOString();
          return [number, { isWorkedOn: isWorkedOn({ state: state as IssueState }), prNumber, approvedAt }];
        }),
      ),
      changes: new Set(changes.filter(isHere).map(({ number }) => number)),
    };
  });
}
