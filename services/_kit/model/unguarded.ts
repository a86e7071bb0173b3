/** The name of the setting with which an operator lets agents of a real model run commands without guard and sandbox. */
export const unguardedOverride = "RIG_ALLOW_UNGUARDED_MODEL";

/**
 * A model that is not scripted on this machine runs commands that strangers' issues suggest; while no guard and no
 * sandbox stand between, that is refused unless the operator names the override. Returns the reason, or null.
 */
export function refuseUnguarded(baseUrl: string, override: string | undefined): string | null {
  const { hostname } = new URL(baseUrl);
  if (hostname === "127.0.0.1" || hostname === "localhost" || hostname === "[::1]" || override === "yes") return null;
  return `A real model (${hostname}) would run commands here without guard and sandbox, which this rig does not have yet. Unset ANTHROPIC_API_KEY for the scripted model, or set ${unguardedOverride}=yes on a machine that you can lose.`;
}
