import { AgentConfig, agentConfigPath, Policy, policyPath } from "#contracts/policy.ts";
import { fieldsOf, jsonSchemaOf, typeName } from "./json-schema.ts";

/** The settings of a repository as a table: each key of its file, and the keys of the operator's file that bound it. */
export function settingsTable(): string {
  const bounding = fieldsOf(jsonSchemaOf(Policy, policyPath)).map(({ path }) => path);
  const rows = fieldsOf(jsonSchemaOf(AgentConfig, agentConfigPath))
    .filter(({ schema }) => schema.properties === undefined)
    .map(({ path, schema, optional }) => {
      const bounds = bounding.filter((key) => key.startsWith(`${path}.`));
      const cells = [
        `\`${path}\`${optional ? "" : " (required)"}`,
        typeName(schema),
        bounds.length === 0 ? "–" : bounds.map((key) => `\`${key}\``).join(", "),
        schema.description ?? "",
      ];
      return `| ${cells.join(" | ")} |`;
    });
  const head = [`key in \`${agentConfigPath}\``, "value", `default and bound in \`${policyPath}\``, "meaning"];
  return [`| ${head.join(" | ")} |`, `|${" --- |".repeat(head.length)}`, ...rows].join("\n");
}
