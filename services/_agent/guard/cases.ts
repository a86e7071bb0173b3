import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A command and what the guard has to say of it. */
export interface Case {
  readonly command: string;
  readonly verdict: "allow" | "block";
  /** The name of a public case. */
  readonly id?: string;
  /** The rule that blocks it, where the case names one. */
  readonly rule?: string;
}

const folder = join(import.meta.dirname, "cases");

/** The cases that the guard is measured with; cases/README.md says where they come from. */
export function readCases(name: "rig" | "public" | "blocked" | "allowed"): readonly Case[] {
  const isText = name === "blocked" || name === "allowed";
  const lines = readFileSync(join(folder, `${name}.${isText ? "txt" : "jsonl"}`), "utf8").split("\n");
  if (!isText) return lines.filter((line) => line !== "").map((line): Case => JSON.parse(line));
  const cases: Case[] = [];
  let heading = "";
  for (const line of lines) {
    if (line.startsWith("# ")) heading = line.slice(2);
    else if (line !== "") {
      const command = line.replaceAll("\\n", "\n");
      cases.push(name === "allowed" ? { command, verdict: "allow" } : { command, verdict: "block", rule: heading });
    }
  }
  return cases;
}

/** Public cases of which a rule of the rig says otherwise, with the reason. */
export const contradictions: Readonly<Record<string, string>> = {
  "dcg:false_positives/git_safe#8":
    "git push origin main: the suite allows a push without force; here only the gate moves a protected branch.",
};
