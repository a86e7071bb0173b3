/** One line of the bench's table. */
export interface Figure {
  readonly what: string;
  readonly figure: string;
  /** What the project asks for; absent where it asks for no number. */
  readonly goal?: string;
  /** Whether the goal is met; present exactly when there is a goal. */
  readonly met?: boolean;
  /** How it was measured and on how many. */
  readonly how: string;
}

/** The value below or at which the part `p` (0 to 1) of the samples lies, by nearest rank. Throws when there is none. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)];
  if (value === undefined) throw new Error("A percentile of no samples: nothing was measured.");
  return value;
}

/** The middle of the samples, and their ends: `median (min to max)`, each with that many decimals. */
export function spread(samples: readonly number[], decimals: number): string {
  const [low, middle, high] = [0, 0.5, 1].map((p) => percentile(samples, p).toFixed(decimals));
  return `${middle} (${low} to ${high})`;
}

/** `p50 41 ms, p99 63 ms`. */
export function percentiles(samplesMs: readonly number[]): string {
  return `p50 ${percentile(samplesMs, 0.5).toFixed(0)} ms, p99 ${percentile(samplesMs, 0.99).toFixed(0)} ms`;
}

/** Megabytes of 1 000 000 bytes, as the goals count them. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(0)} MB`;
}

/** The table: what, figure, goal, met or missed; under each line how it was measured. */
export function tableLines(figures: readonly Figure[]): readonly string[] {
  const head = { what: "what", figure: "figure", goal: "goal" };
  const width = (key: keyof typeof head) => Math.max(...[head, ...figures].map((each) => (each[key] ?? "-").length));
  const line = (what: string, figure: string, goal: string, met: string) =>
    [what.padEnd(width("what")), figure.padEnd(width("figure")), goal.padEnd(width("goal")), met].join("  ").trimEnd();
  return [
    line(head.what, head.figure, head.goal, "met"),
    ...figures.flatMap(({ what, figure, goal, met, how }) => [
      line(what, figure, goal ?? "-", met === undefined ? "-" : met ? "met" : "MISSED"),
      `    ${how}`,
    ]),
  ];
}
