import { isSameRepository, type Place, placeName, repositoryName } from "#contracts/aggregates.ts";
import type { Fact } from "#contracts/envelope.ts";
import type { IssueLife } from "#contracts/issue-life.ts";
import { isWorkedOn } from "#contracts/issue-run.ts";
import { nameAfter } from "#contracts/moves.ts";
import { factFilter } from "#contracts/subjects.ts";
import type { Operator } from "./connection.ts";
import type { Finding } from "./finding.ts";
import type { RigPlaces } from "./places.ts";
import { withReadModel } from "./read-model.ts";

/** An issue that was approved, under the name that its repository had then. */
export interface ApprovedIssue {
  readonly at: Place;
  readonly approvedAtMs: number;
  readonly life: IssueLife;
}

/** What changed the rig's access to GitHub, and the approved issues; null where the database does not answer. */
interface Access {
  readonly facts: readonly Fact[];
  readonly issues: readonly ApprovedIssue[] | null;
}

/** Reads which repositories have another name, which Apps were taken away, and the approved issues. */
export async function readAccess(operator: Operator, places: RigPlaces): Promise<Access> {
  const filters = [factFilter("REPOSITORY_MOVED"), factFilter("INSTALLATION_CHANGED")];
  const facts = (await Promise.all(filters.map((filter) => operator.facts(filter)))).flat();
  return { facts, issues: await issuesIn(places.databaseUrl).catch(() => null) };
}

async function issuesIn(databaseUrl: string): Promise<readonly ApprovedIssue[]> {
  const rows = await withReadModel(databaseUrl, (db) =>
    db.selectFrom("issue").select(["owner", "repo", "number", "approved_at", "life"]).execute(),
  );
  return rows.map(({ owner, repo, number, approved_at: at, life }) => {
    // Postgres gives `life` as the object that it is.
    return {
      at: { owner, repo, number },
      approvedAtMs: new Date(at ?? 0).getTime(),
      life: life as unknown as IssueLife,
    };
  });
}

/** What has to be done about the issues that are under way where the rig's access to GitHub is another one now. */
export function accessFindings({ facts, issues }: Access): readonly Finding[] {
  // Without a database the line of that part says so.
  if (issues === null) return [];
  const underWay = issues.filter(({ life }) => isWorkedOn(life));
  const found = [...movedFindings(facts, { underWay, issues }), ...goneFindings(facts, underWay)];
  const seen = "no App was taken away and no repository moved where issues are under way";
  return found.length > 0 ? found : [{ part: "access", state: "well", seen }];
}

interface Issues {
  readonly underWay: readonly ApprovedIssue[];
  readonly issues: readonly ApprovedIssue[];
}

function movedFindings(facts: readonly Fact[], { underWay, issues }: Issues): readonly Finding[] {
  const stranded = new Map<string, Place[]>();
  for (const issue of underWay) {
    const now = nameAfter(issue.at, facts, issue.approvedAtMs);
    if (isSameRepository(now, issue.at) || isTakenUp({ ...now, number: issue.at.number }, issues)) continue;
    const move = `${repositoryName(issue.at)} is ${repositoryName(now)} now`;
    stranded.set(move, [...(stranded.get(move) ?? []), issue.at]);
  }
  return [...stranded].map(([move, places]) => ({
    ...{ part: "access", state: "ill" },
    seen: `${move}, and under the name before ${wordsFor(places)}`,
    mend: "correct RIG_REPOSITORIES; for each issue close its pull request, take the label off and set it again: work restarts under the name of now",
  }));
}

/** Whether somebody closed the issue under its name of now, or changed its label there. */
function isTakenUp(at: Place, issues: readonly ApprovedIssue[]): boolean {
  const there = issues.find((issue) => issue.at.number === at.number && isSameRepository(issue.at, at));
  return there !== undefined && (there.life.closed || there.life.labelChangedAt !== null);
}

function goneFindings(facts: readonly Fact[], underWay: readonly ApprovedIssue[]): readonly Finding[] {
  const last = new Map<string, Fact<"INSTALLATION_CHANGED">["data"]>();
  for (const { type, data } of facts) {
    if (type === "INSTALLATION_CHANGED") last.set(`${data.appId} ${data.account.toLowerCase()}`, data);
  }
  return [...last.values()].flatMap(({ action, appId, account }): readonly Finding[] => {
    if (action !== "deleted" && action !== "suspend") return [];
    // GitHub may name no account: then it may be any.
    const isThere = ({ owner }: Place) => account === "" || owner.toLowerCase() === account.toLowerCase();
    const places = underWay.map(({ at }) => at).filter(isThere);
    if (places.length === 0) return [];
    const what = action === "deleted" ? "taken away from" : "suspended at";
    const mend = action === "deleted" ? "install it there again on GitHub" : "end the suspension on GitHub";
    return [
      {
        ...{ part: "access", state: "ill" },
        seen: `App ${appId} was ${what} ${account || "an account"}, where ${wordsFor(places)}`,
        mend: `${mend} (the settings GITHUB_APP_ID_… say whose App it is), then replay the dead letters`,
      },
    ];
  });
}

/** 5: enough to see which; `rig -- issues` has them all. */
const namedMax = 5;

function wordsFor(places: readonly Place[]): string {
  const named = places.slice(0, namedMax).map(placeName).join(", ");
  const more = places.length > namedMax ? ` and ${places.length - namedMax} more` : "";
  const count = places.length === 1 ? "1 issue is" : `${places.length} issues are`;
  return `${count} under way: ${named}${more}`;
}
