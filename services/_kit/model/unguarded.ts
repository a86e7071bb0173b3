/** The setting with which an operator allows a real model to run commands without guard and sandbox. */
export const unguardedOverride = "RIG_ALLOW_UNGUARDED_MODEL";

/**
 * Refuses a model that is not on loopback, unless `override` is `yes`. A real model runs commands that the issues of strangers suggest, and
 * this rig has no guard and no sandbox. Returns the reason, or null when the model is allowed.
 */
export function refuseUnguarded(baseUrl: string, override: string | undefined): string | null {
  const { hostname } = new URL(baseUrl);
  if (hostname === "127.0.0.1" || hostname === "localhost" || hostname === "[::1]" || override === "yes") return null;
  return `A real model (${hostname}) would run commands here without guard and sandbox, which this rig does not have yet. Unset ANTHROPIC_API_KEY for the scripted model, or set ${unguardedOverride}=yes on a machine that you can lose.`;
}
