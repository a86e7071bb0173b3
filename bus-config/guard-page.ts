import { guardRules } from "#contracts/guard-rules.ts";

/** The document docs/guard.md: every rule of the guard. */
export function guardPage(): string {
  return [
    "<!-- Generated from contracts/guard-rules.ts by bus-config/generate.ts. Do not edit: npm run generate -->",
    "# The guard",
    "",
    "Every command of a model is parsed as bash reads it and followed through what may stand around it: wrappers such as `env` and `xargs`,",
    "shells and `eval`, code for interpreters, here-documents, pipes into a shell, functions, aliases (also of git) and variables whose value is",
    "known. What it would run is checked against the rules below. There is no exception, and what cannot be read is blocked. The guard reads no",
    "file and follows no link: what a program of the repository does when it runs is held by the sandbox.",
    "",
    "`npm run rig -- guard -- COMMAND` says whether a command passes, and by which rule not; `npm run rig -- guard --stdin` reads one JSON string",
    "a line and answers one JSON object a line. `npm run bench` measures how many commands of the cases in `services/_agent/guard/cases` have",
    "the verdict that they must have, and how long one takes.",
    "",
    "| rule | blocked is | why | instead |",
    "| --- | --- | --- | --- |",
    ...Object.entries(guardRules).map(
      ([id, { blocks, reason, instead }]) =>
        `| ${[`\`${id}\``, blocks, reason, instead].map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`,
    ),
    "",
  ].join("\n");
}
