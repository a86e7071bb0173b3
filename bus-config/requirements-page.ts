import { answers, asks } from "#contracts/requirement-answers.ts";
import { ruleDecisions } from "#contracts/rule-types.ts";
import { marked, replaceBlock } from "./readme.ts";

const path = "docs/requirements.md";

/** A page with nothing but the blocks, for a checkout that has none. */
export const bareRequirements = `# What GitHub requires of a merge\n\n${marked("answers", "")}\n\n${marked("rules", "")}\n`;

/** docs/requirements.md with its tables as the contracts have them: what each answer means, and who judges each rule. Throws `MarkersMissing`. */
export function requirementsPage(page: string): string {
  const meanings = answers.map(({ asked, answer, means }) => [asks[asked], answer, means] as const);
  const rules = Object.entries(ruleDecisions).map(
    ([type, [judge, what]]) => [judges[judge], `\`${type}\``, what] as const,
  );
  const withAnswers = replaceBlock(page, "answers", table(["asked", "answer", "what it means"], meanings), path);
  return replaceBlock(withAnswers, "rules", table(["judged by", "rule", "what of it"], rules), path);
}

const judges = {
  gate: "the gate",
  standing: "GitHub: its `mergeable_state` has to let the change be merged",
  merge: "GitHub: it refuses the merge",
  nobody: "nobody",
  person: "a person",
} as const;

/** A first cell that stands above it too is left out. */
function table(head: readonly string[], rows: readonly (readonly [string, ...string[]])[]): string {
  const lines = rows.map(
    ([first, ...rest], at) => `|${first === rows[at - 1]?.[0] ? "" : ` ${first}`} | ${rest.join(" | ")} |`,
  );
  return [`| ${head.join(" | ")} |`, `| ${head.map(() => "---").join(" | ")} |`, ...lines].join("\n");
}
