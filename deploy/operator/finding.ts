import type { Schedule } from "#contracts/schedules.ts";

/** One finding of `doctor`: what was looked at, how it is, and what to do when it is not well. */
export interface Finding {
  readonly part: Exclude<Part, "clock"> | `clock ${Schedule}`;
  readonly state: "well" | "ill" | "look";
  readonly seen: string;
  readonly mend?: string;
}

/** What `doctor` looks at. docs/operating.md has a row for each. */
export const parts = [
  "node",
  "git",
  "nats-server",
  "rig",
  "ports",
  "database",
  "read model",
  "forge",
  "webhook",
  "base branch",
  "access",
  "bus",
  "work",
  "dead letters",
  "dead letter",
  "given up",
  "clock",
  "bytes",
  "freeze",
  "verdicts",
  "operator",
] as const;
type Part = (typeof parts)[number];
