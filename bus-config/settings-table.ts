import { AgentConfig, agentConfigPath, Policy, policyPath } from "#contracts/policy.ts";
import { type Field, fieldsOf, jsonSchemaOf, typeName } from "./json-schema.ts";

/**
 * The settings as a table: each key of a repository's file with the keys of the operator's file that bound it, then the keys that are the
 * operator's alone.
 */
export function settingsTable(): string {
  const policy = fieldsOf(jsonSchemaOf(Policy, policyPath)).filter(isLeaf);
  const bounding = policy.map(({ path }) => path);
  const own = fieldsOf(jsonSchemaOf(AgentConfig, agentConfigPath)).filter(isLeaf);
  const ofOperator = policy
    .filter(({ path }) => !own.some((key) => bounds(path, key.path)))
    .map(({ path, schema }) => `| – | ${typeName(schema)} | \`${path}\` | ${schema.description ?? ""} |`);
  const rows = own.map(({ path, schema, optional }) => {
    const bound = bounding.filter((key) => bounds(key, path));
    const cells = [
      `\`${path}\`${optional ? "" : " (required)"}`,
      typeName(schema),
      bound.length === 0 ? "–" : bound.map((key) => `\`${key}\``).join(", "),
      schema.description ?? "",
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const head = [`key in \`${agentConfigPath}\``, "value", `default and bound in \`${policyPath}\``, "meaning"];
  return [`| ${head.join(" | ")} |`, `|${" --- |".repeat(head.length)}`, ...rows, ...ofOperator].join("\n");
}

/** Whether a key of the operator's file bounds this key of a repository's: it has the same name, or is a part of it, such as its `max`. */
function bounds(ofOperator: string, ofRepository: string): boolean {
  return ofOperator === ofRepository || ofOperator.startsWith(`${ofRepository}.`);
}

function isLeaf({ schema }: Field): boolean {
  return schema.properties === undefined;
}
