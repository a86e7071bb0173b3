import type { BroughtAlong } from "./brought-along.ts";
import type { RepositoryOptions } from "./forge/git/create-repository.ts";
import type { Playbook } from "./model/playbook.ts";

/** How the rig is started on one machine. */
export interface RigOptions {
  /** Everything the rig keeps: streams, keys, rows, repositories, logs. One rig at a time. */
  readonly dataDirectory: string;
  /** Whether what an earlier rig kept is used or removed first; default `keep`. */
  readonly data?: "keep" | "fresh";
  /** `together`: all services in one process; `processes`: one process each. */
  readonly services: "together" | "processes";
  readonly broughtAlong: BroughtAlong;
  /** What the local forge has from its first start; a real GitHub in its place has its own repositories. */
  readonly repository: RepositoryOptions;
  /** What the scripted model plays. */
  readonly playbook: Playbook;
  /** Called when a part died and was started again. */
  readonly onRestart?: (name: string, pid: number) => void;
}

/**
 * The young generation of the launcher in MB, as `npm start` and `npm run demo` set it. V8 takes three times 16 MB otherwise; with 1 the
 * whole rig stood at 413 instead of 561 MB after the demo's issue (npm run bench).
 */
export const smallHeap = "--max-semi-space-size=1";

/**
 * The young generation of a service in MB. With 1, what 64 deliveries under way hold outlives it, and collecting the old generation
 * stopped the webhook for 80 to 170 ms every 4 s at 500 deliveries a second (npm run bench).
 */
export const serviceHeap = "--max-semi-space-size=8";
