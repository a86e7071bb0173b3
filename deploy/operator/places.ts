import type { Outside } from "../local/brought-along.ts";

/** How the rig is started on one machine. */
export interface RigOptions {
  /** Everything the rig keeps: streams, keys, rows, repositories, logs. One rig at a time. */
  readonly dataDirectory: string;
  /** Whether what an earlier rig kept is used or removed first; default `keep`. */
  readonly data?: "keep" | "fresh";
  /** `together`: all services in one process; `processes`: one process each. */
  readonly services: "together" | "processes";
  readonly outside: Outside;
  /** Called when a part died and was started again. */
  readonly onRestart?: (name: string, pid: number) => void;
}

/** Where everything is, written to `rig.json` for the operator's commands. */
export interface RigPlaces {
  readonly natsUrl: string;
  readonly natsKeysDirectory: string | undefined;
  readonly databaseUrl: string;
  readonly webhookUrl: string;
  readonly forgeUrl: string | undefined;
  readonly operatorToken: string | undefined;
  readonly pid: number;
  readonly scriptedModel: boolean;
}

/**
 * The young generation in MB. V8 takes three times 16 MB otherwise; with 1 the whole rig stood at 413 instead of 561 MB after the
 * demo's issue, at the same 1.5 ms of CPU per delivery (npm run bench).
 */
export const smallHeap = "--max-semi-space-size=1";
