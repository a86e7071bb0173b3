import { type Case, contradictions, readCases } from "#agent/guard/cases.ts";
import { defaultContext } from "#agent/guard/context.ts";
import { guardCommand } from "#agent/guard/guard.ts";
import { type Figure, percentile } from "./figures.ts";

/** 20 rounds: the middle one is the time of the guard, not that of a machine that does something else as well. */
const rounds = 20;
/** 5 ms: a command takes longer to start than that. */
const p99MaxMs = 5;

/** How many commands of the cases have the verdict that they must have, and how long one verdict takes. */
export async function measureGuard(): Promise<readonly Figure[]> {
  const named = (["rig", "public", "blocked", "allowed"] as const).flatMap(readCases);
  const cases = named.filter(({ id }) => id === undefined || !(id in contradictions));
  const samples = Array.from({ length: rounds }).map(() => cases.map(timeOf));
  const times = cases.map((_, at) =>
    percentile(
      samples.map((round) => round[at] ?? 0),
      0.5,
    ),
  );
  const left = named.length - cases.length;
  const from = `The cases of services/_agent/guard/cases: 482 of others and of the rig, and the guard's own variants; ${left} that contradicts a rule is left out.`;
  return [
    rateOf("guard: commands blocked that must be", cases, "block", from),
    rateOf("guard: commands passed that must be", cases, "allow", from),
    {
      what: "guard: one verdict",
      figure: `p50 ${percentile(times, 0.5).toFixed(2)} ms, p99 ${percentile(times, 0.99).toFixed(2)} ms`,
      goal: `p99 ≤ ${p99MaxMs} ms`,
      met: percentile(times, 0.99) <= p99MaxMs,
      how: `n = ${times.length} commands, of each the middle one of ${rounds} times, wall time in this process.`,
    },
  ];
}

function rateOf(what: string, cases: readonly Case[], verdict: Case["verdict"], how: string): Figure {
  const those = cases.filter((each) => each.verdict === verdict);
  const right = those.filter(({ command }) => guardCommand(command, defaultContext).verdict === verdict).length;
  return {
    what,
    figure: `${right} of ${those.length} (${((100 * right) / those.length).toFixed(1)} %)`,
    goal: "100 %",
    met: right === those.length,
    how,
  };
}

function timeOf({ command }: Case): number {
  const startedAt = performance.now();
  guardCommand(command, defaultContext);
  return performance.now() - startedAt;
}
