import { gateCheck } from "#contracts/checks.ts";
import type { GatePolicy } from "#contracts/policy.ts";
import { type WeighedCheck, weighRequired } from "#contracts/required-checks.ts";
import { baseRedCheck } from "./base-red.ts";
import { type Check, no, yes } from "./condition.ts";
import { graphQlLacks } from "./others.ts";
import type { HoldName } from "./reasons.ts";
import type { ForgeState, Required, Snapshot } from "./snapshot.ts";

/**
 * The checks that GitHub requires, as it counts them, or where nothing is required all that ran. One that is not required holds nothing, and
 * is named when it is red.
 */
export function ciCheck(seen: Snapshot, policy: GatePolicy): Check {
  const { forge } = seen;
  const { required, baseBranch } = forge;
  if (required === null || "untold" in required) return notKnown("ci", required, forge);
  const { requirements, head, gate } = required;
  const weighed = weighRequired(requirements, head, { ownAppId: gate.appId });
  const { lines, failed, aside } = weighed;
  const red = aside.length > 0 ? `; red, but not required: ${aside.join(", ")}` : "";
  const held = (hold: HoldName, why: string) => no("ci", hold, why + red);
  const [missing, running, blocked] = (["missing", "running", "blocked"] as const).map((state) =>
    lines.filter((line) => line.state === state),
  );
  if (weighed.required === "nothing" && policy.nothingRequired === "hold")
    return held("nothing-required", `${baseBranch} requires no check, and the policy wants one`);
  if (head.isCut) return held("checks-cut", "there are more checks on the head than are read: a person has to look");
  if (missing?.length) return held("check-missing", `required and not run: ${explained(missing)}`);
  if (lines.length === 0) return held("no-check", "no check ran on the head");
  if (running?.length) return held("check-running", `running: ${namesOf(running)}`);
  if (blocked?.length && failed.length > 0) return held("check-failed", `failed: ${explained(blocked)}`);
  if (blocked?.length) return held("check-stopped", `not passed: ${explained(blocked)}`);
  if (weighed.required === "nothing" && !hasRun(required))
    return held("no-check-ran", "no check really ran on the head");
  return baseRedCheck(seen) ?? yes("ci", `passed: ${namesOf(lines)}${red}`);
}

/** Why it is not known what is required, and with it what reported on the head. */
export function notKnown(
  name: Check["name"],
  required: { readonly untold: string } | null,
  { baseBranch, ...forge }: ForgeState,
): Check {
  if (required === null) return no(name, "checks-unknown", `what ${baseBranch} requires is ${graphQlLacks(forge)}`);
  const why = `what ${baseBranch} requires is not known, which is not nothing: ${required.untold}`;
  return no(name, "requirements-unknown", why);
}

/** Whether a check succeeded that is not the gate's own. One that was skipped tested nothing. */
function hasRun({ head, gate }: Required): boolean {
  return head.checks.some(
    ({ name, appId, conclusion }) =>
      conclusion === "success" && name !== gateCheck && (appId === null || appId !== gate.appId),
  );
}

function namesOf(lines: readonly WeighedCheck[]): string {
  return lines.map(({ name }) => name).join(", ");
}

function explained(lines: readonly WeighedCheck[]): string {
  return lines.map(({ name, why }) => `${name} (${why})`).join(", ");
}
