/** The tables that every projection has beside its own. */
export interface ProjectionTables {
  /**
   * One row: the last sequence that is projected; when the stream was created, because the sequences of a stream that was created again
   * start at 1; and the id of the last reset of the consumer, because only the instance that asked for it applies facts.
   */
  checkpoint: { id: number; sequence: string; stream_created: string; reset_id: string };
  /** Facts that could not be read. The projection went on without them; an operator has to look. */
  parked: { sequence: string; subject: string; reason: string; payload: string };
}

/** The tables that operators read. `life` is what the facts so far add up to, so that the next one can be added. */
export interface StatusTables extends ProjectionTables {
  issue: {
    owner: string;
    repo: string;
    number: number;
    title: string;
    state: string;
    attempt: number;
    agent: string | null;
    pr_number: number | null;
    tokens: string;
    queued_at: string | null;
    updated_at: string;
    life: string;
  };
  change: {
    owner: string;
    repo: string;
    number: number;
    issue_number: number | null;
    head_sha: string;
    open: boolean;
    merged: boolean;
    waiting_for: string;
    updated_at: string;
    life: string;
  };
}

/** The schema that status owns in the database. */
export const statusSchema = "status";
