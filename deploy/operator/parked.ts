import { Result } from "effect";
import type { StatusTables } from "#contracts/read-model.ts";
import { readFact } from "#contracts/stored-fact.ts";
import type { Kysely } from "#kit/project/database.ts";
import type { Finding } from "./finding.ts";

/** A message that the read model parked. Postgres gives its sequence as text. */
interface Parked {
  readonly sequence: string;
  readonly subject: string;
  readonly reason: string;
}

/** The parked messages, by what has to be done about them, and how many there are. */
export interface ParkedMessages {
  /** Facts: the rows lack what they say. */
  readonly facts: { readonly count: number; readonly first?: Parked };
  /** Messages that are no facts, which the rows need not have. */
  readonly foreign: { readonly count: number; readonly last?: Parked };
}

/** 16: a message on EVENTS has up to 1 MiB. */
const pageRows = 16;

/** Reads all parked messages, a page at a time. */
export async function readParked(db: Kysely<StatusTables>): Promise<ParkedMessages> {
  let { facts, foreign }: ParkedMessages = { facts: { count: 0 }, foreign: { count: 0 } };
  for (let after = "0"; ; ) {
    const pages = db.selectFrom("parked").selectAll().where("sequence", ">", after).orderBy("sequence");
    const rows = await pages.limit(pageRows).execute();
    for (const { payload, ...parked } of rows) {
      if (isForeign({ ...parked, payload })) foreign = { count: foreign.count + 1, last: parked };
      else facts = { first: parked, ...facts, count: facts.count + 1 };
    }
    const last = rows.at(-1);
    if (last === undefined) return { facts, foreign };
    after = last.sequence;
  }
}

/**
 * Whether a parked message is no fact. Postgres keeps no NUL and no broken UTF-8, so what was parked as `not JSON` for one of them may
 * read as a fact here, which it is for nobody.
 */
export function isForeign({ subject, reason, payload }: Parked & { readonly payload: string }): boolean {
  if (reason.startsWith("not JSON: ")) return true;
  const read = readFact(subject, new TextEncoder().encode(payload));
  return Result.isFailure(read) && read.failure.kind === "foreign";
}

/** What has to be done about the parked messages. Only a fact that could not be read is ill: nothing waits for what is no fact. */
export function parkedFindings({ facts, foreign }: ParkedMessages): readonly Finding[] {
  const findings: Finding[] = [];
  if (facts.first !== undefined) {
    const { sequence, reason } = facts.first;
    findings.push({
      ...{ part: "read model", state: "ill" },
      seen: `${facts.count} facts could not be read, the first: ${sequence} ${reason}`,
      mend: "update the rig that reads, then empty status.checkpoint so that it replays (docs/operating.md, Building the read model again)",
    });
  }
  if (foreign.last !== undefined) {
    const { sequence, subject, reason } = foreign.last;
    findings.push({
      ...{ part: "read model", state: "look" },
      seen: `${foreign.count} messages are no facts, the newest: ${sequence} on ${subject}: ${reason}`,
      mend: "nothing waits for them; find out who holds the key of the service that may publish on the subject (docs/operating.md, An agent is paused)",
    });
  }
  return findings;
}
