import { repositoryName } from "#contracts/aggregates.ts";
import type { Fact } from "#contracts/envelope.ts";
import { factFilter } from "#contracts/subjects.ts";
import type { Operator } from "./connection.ts";
import type { Finding } from "./finding.ts";

/** 7 days: whoever gave the permission since then is not told of it for ever. */
const shownDays = 7;

/** Where GitHub refused the check runs of the gate in the last days, and what stands in their place. */
export async function unshownFindings(operator: Operator, nowMs: number): Promise<readonly Finding[]> {
  return unshownIn(await operator.facts(factFilter("GATE_UNSHOWN")), nowMs);
}

/** One finding for each repository, by its last such fact. */
export function unshownIn(facts: readonly Fact[], nowMs: number): readonly Finding[] {
  const last = new Map<string, Fact<"GATE_UNSHOWN">>();
  for (const fact of facts) {
    const isRecent = Date.parse(fact.occurredAt) > nowMs - shownDays * 86_400_000;
    if (fact.type === "GATE_UNSHOWN" && isRecent) last.set(repositoryName(fact.on), fact);
  }
  return [...last].map(([name, { data, occurredAt }]) => ({
    part: "verdicts",
    state: "look",
    seen: `in ${name} the gate shows ${data.instead === "status" ? "commit statuses in the place of check runs" : "no verdict on pull requests"} (${occurredAt}): ${data.reason}`,
    mend: "let merge-gate be a GitHub App with Checks (write), or give its token Commit statuses (write)",
  }));
}
