import { guardRules } from "#contracts/guard-rules.ts";

/** The section of an agent's prompt that says what the guard blocks and what is allowed instead. */
export function guardSection(): string {
  const lines = Object.entries(guardRules).map(
    ([id, { blocks, instead }]) => `- ${id}: blocked is ${blocks}. ${instead}`,
  );
  return [
    "Every command is parsed and checked before it runs. These rules have no exception, and a blocked command tells you its rule:",
    ...lines,
  ].join("\n");
}
