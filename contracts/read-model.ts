/** The tables that the kit adds to the tables of every projection. */
export interface ProjectionTables {
  /**
   * One row. `sequence` is the last applied sequence. `stream_created` is the creation time of the stream, because the sequences of a stream
   * that is created again start at 1; behind it stand the fields of the states that the rows keep. `reset_id` is the id of the consumer's last reset: only the instance that made it applies facts.
   */
  checkpoint: { id: number; sequence: string; stream_created: string; reset_id: string };
  /** Facts that could not be decoded. The projection went on without them; the operator has to look at them. */
  parked: { sequence: string; subject: string; reason: string; payload: string };
}

/** The tables that operators read. `life` is the state so far as JSON; the next fact is applied to it. */
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
    /** Why the label that was set last approves nothing; null when it is not refused. */
    refusal: string | null;
    /** Why a person is asked; null when nobody is. */
    asked: string | null;
    tokens: string;
    /** When somebody approved it last: ISO 8601; null while nobody did. */
    approved_at: string | null;
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

/** The database schema of the service `status`. */
export const statusSchema = "status";
